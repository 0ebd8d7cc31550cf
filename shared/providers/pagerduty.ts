import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources",
  date: "2026-07-14",
};
const REVIEW: Source = { grade: "third-party", from: "svix.com, review of PagerDuty's webhooks", date: "2026-11-21" };

export const pagerduty: Provider = {
  id: "pagerduty",
  name: "PagerDuty",
  recognise: [[{ place: { in: "header", name: "X-PagerDuty-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "X-PagerDuty-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
    ],
  },
  secret: { called: "webhook secret", where: "shown when the subscription is made", source: PRESET },
  event: {
    type: [{ in: "body", path: "event.event_type" }],
    id: [
      { in: "body", path: "event.id" },
      { in: "header", name: "X-Webhook-Id" },
    ],
    source: PRESET,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: { value: { attempts: 5, overSeconds: 1_200 }, source: REVIEW },
    disable: "not found",
  },
  notes: ["Webhooks of version 3 only; the older extensions are not signed in this way."],
};
