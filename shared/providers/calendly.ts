import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const DOCS: Source = { grade: "official-doc", from: "developer.calendly.com/api-docs, webhook signatures", date: "2026-11-21" };
const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources",
  date: "2026-07-14",
};
const FAQ: Source = { grade: "official-doc", from: "community.calendly.com, developer FAQ 548", date: "2026-11-21" };

export const calendly: Provider = {
  id: "calendly",
  name: "Calendly",
  recognise: [[{ place: { in: "header", name: "Calendly-Webhook-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "Calendly-Webhook-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "Calendly-Webhook-Signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: PRESET,
      },
    ],
  },
  secret: { called: "signing key", where: "sent by you as signing_key when the subscription is made", source: DOCS },
  event: { type: [{ in: "body", path: "event" }], id: [], source: PRESET },
  handshakes: [],
  delivery: {
    deadline: { value: 15, note: "10 seconds for the connection, 15 for the answer.", source: DOCS },
    success: { value: "2xx", source: FAQ },
    retries: { value: { overSeconds: 86_400 }, note: "With growing waits.", source: FAQ },
    disable: { value: {}, note: "When a delivery has failed for 24 hours; the subscription must then be made again.", source: FAQ },
  },
  notes: ["Some receivers take a delivery for 3 minutes only, and look at old ones alone."],
};
