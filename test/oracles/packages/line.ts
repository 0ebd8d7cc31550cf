import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = { validateSignature(body: Buffer, secret: string, signature: string): boolean };

export const line: Oracle = {
  provider: "line",
  package: "@line/bot-sdk",
  keys: shared("8c570fa6dd201bb328f1c1eac23a96d8"),
  otherKeys: shared("8c570fa6dd201bb328f1c1eac23a96d9"),
  request: REQUEST,
  accepts: (request, key) => load<Package>("@line/bot-sdk").validateSignature(request.body, key, headerText(request, "x-line-signature")),
  takes: [{ what: /^x-line-signature: (without its last|with one) character/i, because: "it decodes base64 leniently" }],
};
