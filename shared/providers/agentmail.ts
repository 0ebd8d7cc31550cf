import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const RETRIES: Source = { grade: "official-doc", from: "docs.svix.com/retries", date: "2026-11-21" };
const VERIFY: Source = { grade: "official-doc", from: "docs.agentmail.to/webhook-verification", date: "2026-11-21" };
const EVENTS: Source = { grade: "official-doc", from: "docs.agentmail.to/events", date: "2026-11-21" };

export const agentmail: Provider = {
  id: "agentmail",
  name: "AgentMail",
  sameAs: "svix",
  recognise: [
    [
      { place: { in: "header", name: "svix-signature" } },
      { place: { in: "body", path: "type" }, equals: "event" },
      { place: { in: "body", path: "event_type" } },
    ],
    [{ place: { in: "header", name: "svix-signature" } }],
    [{ place: { in: "header", name: "svix-id" } }],
  ],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "svix-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "svix-id" },
        time: {
          place: { in: "header", name: "svix-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: VERIFY,
      },
    ],
  },
  secret: { called: "signing secret", where: "the AgentMail console, or the answer of the webhooks API", prefix: "whsec_", source: VERIFY },
  event: {
    type: [{ in: "body", path: "event_type" }],
    id: [
      { in: "header", name: "svix-id" },
      { in: "body", path: "event_id" },
    ],
    source: EVENTS,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 15, note: "AgentMail sends with Svix; this is Svix's number.", source: RETRIES },
    success: { value: "2xx", note: "AgentMail sends with Svix; this is Svix's rule.", source: RETRIES },
    retries: {
      value: { attempts: 8, waits: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] },
      note: "AgentMail sends with Svix; this is Svix's schedule.",
      source: RETRIES,
    },
    disable: { value: {}, note: "By Svix's rule, when all attempts have failed for 5 days.", source: RETRIES },
  },
  notes: ["type is event in every body; the name of the event is in event_type."],
};
