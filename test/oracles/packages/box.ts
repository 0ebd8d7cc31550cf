import { headerRecord, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = { validateWebhookMessage(body: string, headers: Record<string, string>, primary: string, secondary?: string): boolean };

export const box: Oracle = {
  provider: "box",
  package: "box-node-sdk",
  keys: shared("SamplePrimaryKey"),
  otherKeys: shared("OtherPrimaryKey"),
  request: REQUEST,
  accepts: (request, key) => load<Package>("box-node-sdk").validateWebhookMessage(request.body.toString(), headerRecord(request), key),
  takes: [{ what: /^box-signature-primary: (without its last|with one) character/i, because: "it decodes base64 leniently" }],
};
