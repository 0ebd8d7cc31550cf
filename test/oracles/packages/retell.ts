import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  verify(body: string, apiKey: string, signature: string): Promise<boolean>;
  sign(body: string, apiKey: string): Promise<string>;
};

export const retell: Oracle = {
  provider: "retell",
  package: "retell-sdk",
  keys: shared("key_made_up"),
  otherKeys: shared("key_other"),
  request: REQUEST,
  accepts: (request, key) => load<Package>("retell-sdk").verify(request.body.toString(), key, headerText(request, "x-retell-signature")),
  signs: async (request, key) =>
    withHeaders(request, ["X-Retell-Signature", await load<Package>("retell-sdk").sign(request.body.toString(), key)]),
  refuses: [{ what: /^(right, wrong|wrong, right)$/, because: "it reads a header of one v and one d alone" }],
};
