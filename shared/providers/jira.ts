import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources",
  date: "2026-07-14",
};
const RETRY: Source = {
  grade: "official-doc",
  from: "community.developer.atlassian.com, New Jira Cloud Webhook Retry Policy",
  date: "2026-11-21",
};
const GUIDE: Source = { grade: "third-party", from: "hookdeck.com, guide to Jira webhooks", date: "2026-11-21" };

export const jira: Provider = {
  id: "jira",
  name: "Jira",
  recognise: [
    [{ place: { in: "header", name: "X-Atlassian-Webhook-Identifier" } }],
    [{ place: { in: "header", name: "X-Hub-Signature" } }, { place: { in: "body", path: "webhookEvent" } }],
  ],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "X-Hub-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
    ],
    unsigned: { note: "Jira signs only the deliveries of webhooks that have a secret.", source: PRESET },
  },
  secret: { called: "webhook secret", source: PRESET },
  event: {
    type: [{ in: "body", path: "webhookEvent" }],
    id: [{ in: "header", name: "X-Atlassian-Webhook-Identifier" }],
    attempt: { in: "header", name: "X-Atlassian-Webhook-Retry" },
    source: PRESET,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 20, note: "5 seconds of it for the connection.", source: GUIDE },
    success: "not found",
    retries: {
      value: { overSeconds: 1_800 },
      note: "After 408, 409, 425, 429, 5xx, a timeout or a failed connection; a delivery may come up to 30 minutes late. Numbers were not found.",
      source: RETRY,
    },
    disable: "not found",
  },
  notes: ["Webhooks of Connect and OAuth apps carry a JWT in Authorization instead, which is not checked here."],
};
