import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SKILL: Source = {
  grade: "third-party",
  from: "copies of Anthropic's claude-api skill, shared/managed-agents-webhooks.md (github.com/maveeshah/my-skills adedf8f)",
  date: "2026-11-21",
};
const PACKAGE: Source = { grade: "package", from: "npm @anthropic-ai/sdk 1.11.0", date: "2026-11-21" };

export const anthropic: Provider = {
  id: "anthropic",
  name: "Anthropic",
  sameAs: "standard-webhooks",
  recognise: [
    [
      { place: { in: "header", name: "webhook-signature" } },
      { place: { in: "body", path: "type" }, equals: "event" },
      { place: { in: "body", path: "data.type" } },
    ],
    [{ place: { in: "header", name: "webhook-signature" } }],
    [{ place: { in: "header", name: "webhook-id" } }],
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
        source: PACKAGE,
      },
    ],
  },
  secret: {
    called: "webhook signing key",
    where: "Console, Manage, Webhooks; shown once when the endpoint is created",
    prefix: "whsec_",
    source: SKILL,
  },
  event: {
    type: [{ in: "body", path: "data.type" }],
    id: [
      { in: "header", name: "webhook-id" },
      { in: "body", path: "id" },
    ],
    source: SKILL,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", source: SKILL },
    retries: {
      value: { attempts: 3 },
      note: "Exponential backoff between 5 and 120 s with jitter; after the last attempt the event is dropped.",
      source: SKILL,
    },
    disable: {
      value: {},
      note: "At once for a redirect (3xx) or an address that is not public; otherwise after failing without a break for long, how long is not said. An older edition says about 20 failed deliveries in a row.",
      source: SKILL,
    },
  },
  notes: [
    "type is event in every body; the name of the event is in data.type.",
    "Guides that name a single header X-Webhook-Signature describe another form; Anthropic's own package reads the three webhook- headers.",
  ],
};
