import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev 8b7eace internal-packages/webhook-sources",
  date: "2026-07-14",
};
const DOCS: Source = { grade: "official-doc", from: "typeform.com/developers/webhooks", date: "2026-11-21" };

export const typeform: Provider = {
  id: "typeform",
  name: "Typeform",
  recognise: [
    [{ place: { in: "header", name: "Typeform-Signature" } }],
    [{ place: { in: "body", path: "event_type" }, startsWith: "form_response" }, { place: { in: "body", path: "form_response.form_id" } }],
  ],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "Typeform-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
    ],
    unsigned: { note: "Typeform signs only the deliveries of webhooks that have a secret.", source: PRESET },
  },
  secret: { called: "webhook secret", where: "chosen by you in the settings of the webhook", source: PRESET },
  event: { type: [{ in: "body", path: "event_type" }], id: [{ in: "body", path: "event_id" }], source: PRESET },
  handshakes: [],
  delivery: {
    deadline: { value: 30, source: DOCS },
    success: { value: "2xx", source: DOCS },
    retries: {
      value: { waits: [300, 600, 1_200, 3_600, 7_200, 10_800, 14_400] },
      note: "The document says five retries and then lists seven waits. After 408, 423, 429 or 503 it tries every 2 to 3 minutes for 10 hours.",
      source: DOCS,
    },
    disable: { value: {}, note: "At once after 404 or 410.", source: DOCS },
  },
};
