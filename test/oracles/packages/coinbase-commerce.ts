import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = { readonly Webhook: { verifySigHeader(payload: string, signature: string, secret: string): true } };

export const coinbaseCommerce: Oracle = {
  provider: "coinbase-commerce",
  package: "coinbase-commerce-node",
  keys: shared("coinbase made up"),
  otherKeys: shared("coinbase other"),
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("coinbase-commerce-node").Webhook.verifySigHeader(
      request.body.toString(),
      headerText(request, "x-cc-webhook-signature"),
      key,
    ),
};
