import { headerText, load, type Oracle, REQUEST, type SentRequest, shared, withHeaders } from "../oracle.ts";

type Input = { clientSecret: string; requestBody: string; url: string; timestamp?: number; signature?: string };
type Package = {
  readonly Signature: {
    isValid(input: Input & { method: string; signatureVersion: string; signature: string }): boolean;
    getSignature(method: string, version: string, input: Input): string;
  };
};

const KEYS = { keys: shared("hubspot-client-secret made up"), otherKeys: shared("hubspot-client-secret other") };

function inputOf(request: SentRequest, key: string): Input {
  return { clientSecret: key, requestBody: request.body.toString(), url: request.url };
}

export const hubspotV3: Oracle = {
  provider: "hubspot",
  package: "@hubspot/api-client",
  ...KEYS,
  request: { ...REQUEST, url: "https://hooks.example.com/in/a?tenant=7" },
  accepts: (request, key) =>
    load<Package>("@hubspot/api-client").Signature.isValid({
      ...inputOf(request, key),
      method: request.method,
      signatureVersion: "v3",
      timestamp: Number(headerText(request, "x-hubspot-request-timestamp")),
      signature: headerText(request, "x-hubspot-signature-v3"),
    }),
  signs(request, key) {
    const timestamp = Date.now();
    const input = { ...inputOf(request, key), timestamp };
    const signature = load<Package>("@hubspot/api-client").Signature.getSignature(request.method, "v3", input);
    return withHeaders(request, ["X-HubSpot-Signature-v3", signature, "X-HubSpot-Request-Timestamp", String(timestamp)]);
  },
};

function older(version: "v1" | "v2"): Oracle {
  return {
    provider: "hubspot",
    scheme: version,
    package: "@hubspot/api-client",
    ...KEYS,
    request: { ...REQUEST, url: "https://hooks.example.com/in/a?tenant=7" },
    accepts: (request, key) =>
      headerText(request, "x-hubspot-signature-version") === version &&
      load<Package>("@hubspot/api-client").Signature.isValid({
        ...inputOf(request, key),
        method: request.method,
        signatureVersion: version,
        signature: headerText(request, "x-hubspot-signature"),
      }),
    signs: (request, key) =>
      withHeaders(request, [
        "X-HubSpot-Signature",
        load<Package>("@hubspot/api-client").Signature.getSignature(request.method, version, inputOf(request, key)),
        "X-HubSpot-Signature-Version",
        version,
      ]),
  };
}

export const hubspotV2 = older("v2");
export const hubspotV1 = older("v1");
