import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  isValidSignature(body: string, signature: string, secret: string): Promise<boolean>;
  encodeSignatureHeader(body: string, timestamp: number, secret: string): Promise<string>;
};

export const sanity: Oracle = {
  provider: "sanity",
  package: "@sanity/webhook",
  keys: shared("sanity made up"),
  otherKeys: shared("sanity other"),
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("@sanity/webhook").isValidSignature(request.body.toString(), headerText(request, "sanity-webhook-signature"), key),
  signs: async (request, key) =>
    withHeaders(request, [
      "Sanity-Webhook-Signature",
      await load<Package>("@sanity/webhook").encodeSignatureHeader(request.body.toString(), Date.now(), key),
    ]),
  refuses: [{ what: /^(right, wrong|wrong, right)$/, because: "it reads a header of one t and one v1 alone" }],
};
