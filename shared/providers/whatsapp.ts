import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "third-party", from: "npm whatsapp-api-js 6.3.0", date: "2026-11-21" };
const GETTING_STARTED: Source = {
  grade: "official-doc",
  from: "developers.facebook.com/docs/graph-api/webhooks/getting-started",
  date: "2026-11-21",
};

const MESSAGES = "entry.0.changes.0.value";

export const whatsapp: Provider = {
  id: "whatsapp",
  name: "WhatsApp and other webhooks of Meta",
  aliases: ["meta"],
  recognise: [
    [
      { place: { in: "header", name: "X-Hub-Signature-256" } },
      { place: { in: "body", path: "object" } },
      { place: { in: "body", path: "entry.0.id" } },
    ],
    [{ place: { in: "body", path: "object" }, equals: "whatsapp_business_account" }, { place: { in: "body", path: "entry.0.id" } }],
    [
      { place: { in: "method" }, equals: "GET" },
      { place: { in: "query", name: "hub.mode" }, equals: "subscribe" },
      { place: { in: "query", name: "hub.challenge" } },
      { place: { in: "query", name: "hub.verify_token" } },
    ],
  ],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "X-Hub-Signature-256", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        hexCase: "any",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "app secret", source: PACKAGE },
  event: {
    type: [{ in: "body", path: "entry.0.changes.0.field" }],
    id: [{ in: "body", path: `${MESSAGES}.messages.0.id` }],
    derivedId: [
      { in: "body", path: `${MESSAGES}.statuses.0.id` },
      { in: "body", path: `${MESSAGES}.statuses.0.status` },
    ],
    batch: true,
    source: PACKAGE,
  },
  handshakes: [
    {
      id: "hub-challenge",
      match: [
        { place: { in: "method" }, equals: "GET" },
        { place: { in: "query", name: "hub.mode" }, equals: "subscribe" },
        { place: { in: "query", name: "hub.challenge" } },
      ],
      signed: false,
      answer: { status: 200, contentType: "text/plain", body: "{query:hub.challenge}" },
      note: "Sent when the URL or the verify token is saved; an app compares hub.verify_token with its own and repeats hub.challenge.",
      source: GETTING_STARTED,
    },
  ],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  notes: [
    "Meta signs the body with every character beyond ASCII written as \\u escape, which is how it sends it; a body that was parsed and written anew does not match.",
    "Strava and WebSub hubs verify an endpoint with the same query parameters.",
  ],
};
