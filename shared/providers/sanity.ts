import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @sanity/webhook 4.0.4", date: "2026-11-21" };
const CHANGELOG: Source = {
  grade: "official-doc",
  from: "sanity.io/docs/changelog/50ec6abf-fe0c-475b-ae72-314148860132",
  date: "2026-04-29",
};
const TERN: Source = { grade: "third-party", from: "npm @hookflo/tern 4.1.0", date: "2026-11-21" };

export const sanity: Provider = {
  id: "sanity",
  name: "Sanity",
  recognise: [[{ place: { in: "header", name: "sanity-webhook-signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "sanity-webhook-signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "base64url",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "sanity-webhook-signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "ms",
          officialVerifier: "checks no time, but that it is not before 2021",
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "webhook secret", where: "chosen for the webhook, at sanity.io/manage", source: PACKAGE },
  event: { type: [], id: [{ in: "header", name: "idempotency-key" }], source: TERN },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: { value: { attempts: 3, waits: [30, 30] }, note: "After 429 or 5xx.", source: CHANGELOG },
    disable: "not found",
  },
  notes: [
    "There are no names of events: a filter decides what is sent, and a projection what the body holds.",
    "Sanity's package does not take an empty body.",
  ],
};
