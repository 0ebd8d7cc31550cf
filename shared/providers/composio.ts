import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const VERIFY: Source = { grade: "official-doc", from: "docs.composio.dev/docs/webhook-verification", date: "2026-11-21" };
const EVENTS: Source = { grade: "official-doc", from: "docs.composio.dev/reference/api-reference/webhook-events", date: "2026-11-21" };

export const composio: Provider = {
  id: "composio",
  name: "Composio",
  sameAs: "standard-webhooks",
  recognise: [
    [{ place: { in: "header", name: "webhook-signature" } }, { place: { in: "header", name: "x-composio-webhook-version" } }],
    [{ place: { in: "header", name: "x-composio-delivery-attempt" } }],
  ],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "webhook-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "webhook-id" },
        time: {
          place: { in: "header", name: "webhook-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: VERIFY,
      },
    ],
  },
  secret: {
    called: "webhook secret",
    where: "in the answer that creates the webhook subscription or rotates its secret, and only there",
    source: VERIFY,
  },
  event: {
    type: [{ in: "body", path: "type" }],
    id: [{ in: "header", name: "webhook-id" }],
    attempt: { in: "header", name: "x-composio-delivery-attempt" },
    source: EVENTS,
  },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  notes: [
    "The tolerance can be set in Composio's package; 0 switches the check of the time off.",
    "x-composio-webhook-version says which of three forms the body has; they are signed alike.",
  ],
};
