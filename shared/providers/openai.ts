import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const GUIDE: Source = { grade: "third-party", from: "hookdeck.com, Guide to OpenAI Webhooks", date: "2026-11-21" };
const PACKAGE: Source = { grade: "package", from: "npm openai 6.49.0", date: "2026-11-21" };

export const openai: Provider = {
  id: "openai",
  name: "OpenAI",
  sameAs: "standard-webhooks",
  recognise: [
    [{ place: { in: "header", name: "webhook-signature" } }, { place: { in: "header", name: "user-agent" }, startsWith: "OpenAI/" }],
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
    called: "signing secret",
    where: "shown once when the webhook is created in the settings of the project",
    prefix: "whsec_",
    source: GUIDE,
  },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "header", name: "webhook-id" }], source: GUIDE },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", note: "A redirect (3xx) counts as a failure.", source: GUIDE },
    retries: { value: { overSeconds: 259_200 }, note: "Exponential backoff for up to 72 hours.", source: GUIDE },
    disable: "not found",
  },
  notes: ["The answer is expected within a few seconds; no source has a number."],
};
