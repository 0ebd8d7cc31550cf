import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const DOC: Source = { grade: "official-doc", from: "developers.docusign.com/platform/webhooks/connect/validate", date: "2026-11-21" };
const SAMPLES: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources/src/handAuthored/docusign.ts",
  date: "2026-07-01",
};

export const docusign: Provider = {
  id: "docusign",
  name: "DocuSign",
  recognise: [[{ place: { in: "header", name: "X-DocuSign-Signature-1" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        note: "One header for each of the account's keys, numbered from 1.",
        signature: [{ in: "header", name: "X-DocuSign-Signature-", numbered: true }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}",
        source: DOC,
      },
    ],
  },
  secret: { called: "Connect key (HMAC), up to 100 of them", source: DOC },
  event: {
    type: [{ in: "body", path: "event" }],
    id: [],
    derivedId: [
      { in: "body", path: "event" },
      { in: "body", path: "data.envelopeId" },
      { in: "body", path: "data.recipientId" },
    ],
    attempt: { in: "body", path: "retryCount" },
    attemptCounts: "retries",
    source: SAMPLES,
  },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  notes: ["Which members stand under data.envelopeSummary depends on the Connect configuration."],
};
