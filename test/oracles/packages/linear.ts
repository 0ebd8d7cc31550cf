import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = { readonly LinearWebhookClient: new (secret: string) => { verify(body: Buffer, signature: string): boolean } };

export const linear: Oracle = {
  provider: "linear",
  package: "@linear/sdk",
  keys: shared("lin_wh_made_up"),
  otherKeys: shared("lin_wh_other"),
  request: {
    ...REQUEST,
    body: Buffer.from('{"action":"create","type":"Issue", "data":{"title":"Jürgen"},"webhookTimestamp":1700000000000}'),
  },
  accepts: (request, key) =>
    new (load<Package>("@linear/sdk/webhooks").LinearWebhookClient)(key).verify(request.body, headerText(request, "linear-signature")),
};
