import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @shopify/shopify-api 12.3.0", date: "2026-11-21" };
const DOCS: Source = { grade: "official-doc", from: "shopify.dev/docs/apps/build/webhooks", date: "2026-11-21" };
const HTTPS: Source = { grade: "official-doc", from: "shopify.dev/apps/webhooks/https", date: "2026-11-21" };
const CHANGELOG: Source = { grade: "official-doc", from: "shopify.dev/changelog/updates-to-webhook-retry-mechanism", date: "2024-09-10" };

export const shopify: Provider = {
  id: "shopify",
  name: "Shopify",
  recognise: [[{ place: { in: "header", name: "X-Shopify-Hmac-Sha256" } }], [{ place: { in: "header", name: "X-Shopify-Topic" } }]],
  signing: {
    schemes: [
      {
        id: "hmac-sha256",
        signature: [{ in: "header", name: "X-Shopify-Hmac-Sha256" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "client secret of the app", source: PACKAGE },
  event: {
    type: [{ in: "header", name: "X-Shopify-Topic" }],
    id: [
      { in: "header", name: "X-Shopify-Event-Id" },
      { in: "header", name: "X-Shopify-Webhook-Id" },
    ],
    source: DOCS,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 5, note: "1 second of it for the connection.", source: DOCS },
    success: { value: "2xx", source: HTTPS },
    retries: {
      value: { attempts: 9, overSeconds: 14_400 },
      note: "8 retries with growing waits, always with the first payload; X-Shopify-Triggered-At says when it happened.",
      source: CHANGELOG,
    },
    disable: {
      value: { failures: 8, of: "attempts", consecutive: true },
      note: "A subscription made with the Admin API is deleted.",
      source: DOCS,
    },
  },
  notes: [
    "Deliveries of 2025 carry X-Shopify-Webhook-Id and no X-Shopify-Event-Id.",
    "Test notifications sent from the settings of a store fail the check, says Shopify's package.",
  ],
};
