import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @line/bot-sdk 10.8.0", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "developers.line.biz/en/docs/messaging-api/receiving-messages", date: "2026-11-21" };

export const line: Provider = {
  id: "line",
  name: "LINE",
  recognise: [[{ place: { in: "header", name: "x-line-signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "x-line-signature" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "channel secret", source: DOC },
  event: {
    type: [{ in: "body", path: "events.0.type" }],
    id: [{ in: "body", path: "events.0.webhookEventId" }],
    batch: true,
    source: PACKAGE,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: "not found",
    disable: { value: {}, note: "Sending may be suspended when an endpoint has failed for a long time.", source: DOC },
  },
  notes: [
    "A repeat has deliveryContext.isRedelivery true and the same webhookEventId.",
    "Channels with LINE Chat Plus sign with the switcher secret.",
  ],
};
