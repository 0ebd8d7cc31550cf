import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources",
  date: "2026-07-14",
};
const DOCS: Source = { grade: "official-doc", from: "developers.intercom.com/docs/webhooks/webhook-notifications", date: "2026-11-21" };

export const intercom: Provider = {
  id: "intercom",
  name: "Intercom",
  recognise: [
    [
      { place: { in: "header", name: "X-Hub-Signature" }, startsWith: "sha1=" },
      { place: { in: "body", path: "type" }, equals: "notification_event" },
    ],
    [{ place: { in: "body", path: "type" }, equals: "notification_event" }, { place: { in: "body", path: "topic" } }],
  ],
  signing: {
    schemes: [
      {
        id: "sha1",
        signature: [{ in: "header", name: "X-Hub-Signature", prefix: "sha1=" }],
        algorithm: "hmac-sha1",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
    ],
  },
  secret: { called: "client secret of the app", source: PRESET },
  event: {
    type: [{ in: "body", path: "topic" }],
    id: [{ in: "body", path: "id" }],
    attempt: { in: "body", path: "delivery_attempts" },
    source: PRESET,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: "not found",
    disable: {
      value: {},
      note: "After seven days of error statuses, private apps only. Over 1000 errors in a row within 15 minutes pause it for 15 minutes.",
      source: DOCS,
    },
  },
  notes: ["Endpoints that take longer than 500 ms to answer are served later than others."],
};
