import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const DOCS: Source = { grade: "official-doc", from: "docs.sentry.io, integration platform, webhooks", date: "2026-11-21" };
const CHANGELOG: Source = { grade: "official-doc", from: "sentry.io/changelog, webhook timeouts", date: "2023-10-01" };

export const sentry: Provider = {
  id: "sentry",
  name: "Sentry",
  recognise: [[{ place: { in: "header", name: "Sentry-Hook-Signature" } }], [{ place: { in: "header", name: "Sentry-Hook-Resource" } }]],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "Sentry-Hook-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: DOCS,
      },
    ],
  },
  secret: { called: "client secret", where: "in the settings of your integration", source: DOCS },
  event: {
    type: [
      { in: "header", name: "Sentry-Hook-Resource" },
      { in: "body", path: "action" },
    ],
    id: [{ in: "header", name: "Request-ID" }],
    source: DOCS,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 1, source: CHANGELOG },
    success: "not found",
    retries: "not found",
    disable: {
      value: { failures: 1_000, of: "attempts", consecutive: false },
      note: "1000 timeouts within 24 hours end the subscription.",
      source: CHANGELOG,
    },
  },
  notes: ["Sentry-Hook-Timestamp is sent and not signed: anyone can change it."],
};
