import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = {
  readonly Paddle: new (apiKey: string) => {
    readonly webhooks: { isSignatureValid(body: string, secret: string, signature: string): Promise<boolean> };
  };
};

export const paddle: Oracle = {
  provider: "paddle",
  package: "@paddle/paddle-node-sdk",
  keys: shared("pdl_ntfset_01gkdqvmade_up"),
  otherKeys: shared("pdl_ntfset_01gkdqvother"),
  request: REQUEST,
  accepts: (request, key) =>
    new (load<Package>("@paddle/paddle-node-sdk").Paddle)("made-up").webhooks.isSignatureValid(
      request.body.toString(),
      key,
      headerText(request, "paddle-signature"),
    ),
  refuses: [{ what: /^right, wrong$/, because: "it looks at the last h1 alone" }],
};
