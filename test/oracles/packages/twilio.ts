import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  getExpectedTwilioSignature(token: string, url: string, params: Record<string, string | string[]>): string;
  validateRequest(token: string, signature: string, url: string, params: Record<string, string | string[]>): boolean;
  validateRequestWithBody(token: string, signature: string, url: string, body: string): boolean;
};

const KEYS = { keys: shared("12345678901234567890123456789012"), otherKeys: shared("12345678901234567890123456789013") };
const SIGNATURE = "X-Twilio-Signature";

/** Form fields as Express reads them. */
function fieldsOf(body: Buffer): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const name of new Set(new URLSearchParams(body.toString()).keys())) {
    const values = new URLSearchParams(body.toString()).getAll(name);
    fields[name] = values.length > 1 ? values : (values[0] ?? "");
  }
  return fields;
}

export const twilioForm: Oracle = {
  provider: "twilio",
  package: "twilio",
  ...KEYS,
  request: {
    ...REQUEST,
    headers: ["Content-Type", "application/x-www-form-urlencoded"],
    body: Buffer.from("CallSid=CA123&To=%2B18005551212&Digits=12&From=J%C3%BCrgen+%2B1&MediaUrl=b&MediaUrl=a&MediaUrl=b&Empty="),
  },
  accepts: (request, key) =>
    load<Package>("twilio").validateRequest(key, headerText(request, SIGNATURE), request.url, fieldsOf(request.body)),
  signs: (request, key) =>
    withHeaders(request, [SIGNATURE, load<Package>("twilio").getExpectedTwilioSignature(key, request.url, fieldsOf(request.body))]),
};

export const twilioBody: Oracle = {
  provider: "twilio",
  scheme: "body-digest",
  package: "twilio",
  ...KEYS,
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("twilio").validateRequestWithBody(key, headerText(request, SIGNATURE), request.url, request.body.toString()),
};

export const twilioGet: Oracle = {
  provider: "twilio",
  scheme: "url",
  package: "twilio",
  ...KEYS,
  request: { ...REQUEST, method: "GET", url: `${REQUEST.url}&CallSid=CA123&From=%2B18005551212`, headers: [], body: Buffer.alloc(0) },
  accepts: (request, key) =>
    request.method === "GET" && load<Package>("twilio").validateRequest(key, headerText(request, SIGNATURE), request.url, {}),
  signs: (request, key) => withHeaders(request, [SIGNATURE, load<Package>("twilio").getExpectedTwilioSignature(key, request.url, {})]),
};
