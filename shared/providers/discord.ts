import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm discord-interactions 4.4.0", date: "2026-11-21" };
const INTERACTIONS: Source = {
  grade: "official-doc",
  from: "github.com/discord/discord-api-docs c98d64b docs/interactions/overview.mdx",
  date: "2026-11-21",
};
const EVENTS: Source = {
  grade: "official-doc",
  from: "github.com/discord/discord-api-docs c98d64b docs/events/webhook-events.mdx",
  date: "2026-11-21",
};

export const discord: Provider = {
  id: "discord",
  name: "Discord",
  recognise: [[{ place: { in: "header", name: "X-Signature-Ed25519" } }, { place: { in: "header", name: "X-Signature-Timestamp" } }]],
  signing: {
    schemes: [
      {
        id: "ed25519",
        signature: [{ in: "header", name: "X-Signature-Ed25519" }],
        algorithm: "ed25519",
        encoding: "hex",
        hexCase: "any",
        key: { form: "public" },
        signed: "{timestamp}{body}",
        time: { place: { in: "header", name: "X-Signature-Timestamp" }, unit: "s", officialVerifier: "checks no time" },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "public key", where: "in the settings of your app in the Developer Portal", source: INTERACTIONS },
  event: {
    type: [
      { in: "body", path: "type" },
      { in: "body", path: "event.type" },
    ],
    id: [{ in: "body", path: "id" }],
    source: EVENTS,
  },
  handshakes: [
    {
      id: "interactions-ping",
      // an event has type 1 as well, but no id
      match: [{ place: { in: "body", path: "type" }, equals: "1" }, { place: { in: "body", path: "id" } }],
      signed: true,
      answer: { status: 200, contentType: "application/json", body: '{{"type":1}}' },
      note: "Sent when the interactions URL is saved; the answer is a JSON object with type 1.",
      source: INTERACTIONS,
    },
    {
      id: "events-ping",
      match: [{ place: { in: "body", path: "type" }, equals: "0" }, { place: { in: "body", path: "application_id" } }],
      signed: true,
      answer: { status: 204, contentType: "application/json", body: "" },
      note: "Sent when the webhook events URL is saved; the answer is 204 without a body, but with a content type.",
      source: EVENTS,
    },
  ],
  delivery: {
    deadline: { value: 3, source: EVENTS },
    success: { value: "200-or-204", note: "Events want 204 without a body, interactions 200 with a JSON answer.", source: EVENTS },
    retries: { value: { overSeconds: 600 }, note: "Events, with growing waits; interactions are not sent again.", source: EVENTS },
    disable: {
      value: {},
      note: "Events stop when the app fails to answer too often, without a number; a URL that takes a wrong signature is removed.",
      source: EVENTS,
    },
  },
  notes: [
    "Discord sends wrong signatures on purpose, now and then: they must be answered with 401, or the URL is removed. A delivery shown as invalid may be such a test.",
  ],
};
