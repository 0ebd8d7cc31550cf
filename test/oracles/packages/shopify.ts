import { headerRecord, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Shopify = {
  readonly webhooks: {
    validate(input: { rawBody: string; rawRequest: object }): Promise<{ readonly valid: boolean }>;
  };
};
type Package = { readonly shopifyApi: (config: object) => Shopify };

/** The package picks its adapter by an import with side effects. */
function shopifyWith(secret: string): Shopify {
  load("@shopify/shopify-api/adapters/node");
  const { shopifyApi } = load<Package>("@shopify/shopify-api");
  return shopifyApi({
    apiKey: "made-up",
    apiSecretKey: secret,
    hostName: "hooks.example.com",
    apiVersion: "2026-01",
    isEmbeddedApp: false,
    logger: { log: () => undefined },
  });
}

export const shopify: Oracle = {
  provider: "shopify",
  package: "@shopify/shopify-api",
  keys: shared("shpss_made_up"),
  otherKeys: shared("shpss_other"),
  request: {
    ...REQUEST,
    headers: [
      "Content-Type",
      "application/json",
      "X-Shopify-Topic",
      "orders/create",
      "X-Shopify-API-Version",
      "2026-01",
      "X-Shopify-Shop-Domain",
      "example.myshopify.com",
      "X-Shopify-Webhook-Id",
      "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    ],
  },
  async accepts(request, key) {
    const { method, url, body } = request;
    const { pathname, search } = new URL(url);
    const rawRequest = { method, url: pathname + search, headers: headerRecord(request) };
    return (await shopifyWith(key).webhooks.validate({ rawBody: body.toString(), rawRequest })).valid;
  },
};
