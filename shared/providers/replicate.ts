import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const RECEIVE: Source = { grade: "official-doc", from: "replicate.com/docs/topics/webhooks/receive-webhook", date: "2026-11-21" };
const PACKAGE: Source = { grade: "package", from: "npm replicate 1.4.0", date: "2026-11-21" };

export const replicate: Provider = {
  id: "replicate",
  name: "Replicate",
  sameAs: "standard-webhooks",
  recognise: [[{ place: { in: "header", name: "webhook-signature" } }], [{ place: { in: "header", name: "webhook-id" } }]],
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
          officialVerifier: "checks no time",
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "webhook signing secret", prefix: "whsec_", source: PACKAGE },
  event: { type: [{ in: "body", path: "status" }], id: [{ in: "header", name: "webhook-id" }], source: RECEIVE },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", source: RECEIVE },
    retries: {
      value: { overSeconds: 60 },
      note: "Several times with exponential backoff, for the last webhook of a prediction only; the final one about a minute after its end. Webhooks of intermediate states are not tried again.",
      source: RECEIVE,
    },
    disable: "not found",
  },
  notes: [
    "The body is the prediction itself; its status stands for the event.",
    "The answer is expected within a few seconds; the document has no number.",
    "The tolerance of 300 s is that of Standard Webhooks: Replicate's own helper takes deliveries of any age.",
  ],
};
