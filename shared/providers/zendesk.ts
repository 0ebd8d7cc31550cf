import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const VERIFYING: Source = { grade: "official-doc", from: "developer.zendesk.com/documentation/webhooks/verifying", date: "2026-11-21" };
const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev c0b8459 internal-packages/webhook-sources",
  date: "2026-07-14",
};
const ARTICLE: Source = { grade: "third-party", from: "alboz.eu, webhooks of Zendesk in four steps", date: "2025-10-29" };

export const zendesk: Provider = {
  id: "zendesk",
  name: "Zendesk",
  recognise: [[{ place: { in: "header", name: "X-Zendesk-Webhook-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac-sha256",
        signature: [{ in: "header", name: "X-Zendesk-Webhook-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{timestamp}{body}",
        time: { place: { in: "header", name: "X-Zendesk-Webhook-Signature-Timestamp" }, unit: "iso" },
        source: VERIFYING,
      },
    ],
  },
  secret: { called: "signing secret", where: "in the webhook's details", source: VERIFYING },
  event: {
    type: [{ in: "body", path: "type", prefix: "zen:event-type:" }],
    id: [{ in: "header", name: "X-Zendesk-Webhook-Invocation-Id" }],
    source: PRESET,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, source: ARTICLE },
    success: "not found",
    retries: "not found",
    disable: {
      value: {},
      note: "A short pause when 70 % of the requests of five minutes fail, or more than 1000 of them.",
      source: ARTICLE,
    },
  },
  notes: [
    "The body of a webhook that a trigger or an automation calls is whatever its author wrote; only event webhooks name their event.",
    "The secret looks like base64 and is used as the text it is.",
  ],
};
