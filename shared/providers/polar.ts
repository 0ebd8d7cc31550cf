import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SOURCE: Source = {
  grade: "official-source",
  from: "github.com/polarsource/polar 00c67be server/polar/webhook/tasks.py",
  date: "2026-11-21",
};
const DELIVERY: Source = { grade: "official-doc", from: "polar.sh/docs/integrate/webhooks/delivery", date: "2026-11-21" };
const PACKAGE: Source = { grade: "package", from: "npm @polar-sh/sdk 0.40.3", date: "2026-11-21" };

export const polar: Provider = {
  id: "polar",
  name: "Polar",
  sameAs: "standard-webhooks",
  recognise: [
    [{ place: { in: "header", name: "webhook-signature" } }, { place: { in: "header", name: "user-agent" }, equals: "polar.sh webhooks" }],
    [{ place: { in: "header", name: "webhook-signature" } }],
    [{ place: { in: "header", name: "webhook-id" } }],
  ],
  signing: {
    schemes: [
      {
        id: "v1-text-key",
        note: "The whole text of the secret is the key: Polar's package, and secrets made before 8 September 2026.",
        signature: [{ in: "header", name: "webhook-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "webhook-id" },
        time: {
          place: { in: "header", name: "webhook-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: PACKAGE,
      },
      {
        id: "v1-decoded-key",
        note: "The key is decoded from the base64 after whsec_, as in Standard Webhooks: secrets made since 8 September 2026.",
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
        source: SOURCE,
      },
    ],
  },
  secret: { called: "webhook secret", where: "set or made when the endpoint is created", source: DELIVERY },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "header", name: "webhook-id" }], source: SOURCE },
  handshakes: [],
  delivery: {
    deadline: { value: 10, note: "As in the sending code; the page on deliveries says 20 s.", source: SOURCE },
    success: { value: "2xx", source: SOURCE },
    retries: {
      value: { attempts: 10 },
      note: "Exponential backoff, at most 20 min between two. Later events of the endpoint wait for an earlier one.",
      source: SOURCE,
    },
    disable: {
      value: { failures: 10, of: "deliveries", consecutive: true },
      source: { grade: "third-party", from: "www.mintlify.com/polarsource/polar/integrate/webhooks/endpoints", date: "2026-11-21" },
    },
  },
  notes: [
    "The API names the form of an endpoint's key in uses_standard_webhook_signature. Polar's package (0.40.3) knows the older form only and refuses every delivery of the newer one.",
  ],
};
