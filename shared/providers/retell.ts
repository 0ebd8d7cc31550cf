import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm retell-sdk 5.66.1", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "docs.retellai.com/features/webhook", date: "2026-11-21" };
const SECURE: Source = { grade: "official-doc", from: "docs.retellai.com/features/secure-webhook", date: "2026-11-21" };

export const retell: Provider = {
  id: "retell",
  name: "Retell AI",
  recognise: [[{ place: { in: "header", name: "x-retell-signature" } }]],
  signing: {
    schemes: [
      {
        id: "v-d",
        signature: [{ in: "header", name: "x-retell-signature", field: { name: "d", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        hexCase: "any",
        key: { form: "text" },
        signed: "{body}{timestamp}",
        time: {
          place: { in: "header", name: "x-retell-signature", field: { name: "v", separator: ",", assign: "=" } },
          unit: "ms",
          tolerance: { old: 300, future: 300 },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "API key, the one with the webhook badge", prefix: "key_", source: SECURE },
  event: {
    type: [{ in: "body", path: "event" }],
    id: [],
    derivedId: [
      { in: "body", path: "call.call_id" },
      { in: "body", path: "event" },
    ],
    source: DOC,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, source: DOC },
    success: "not found",
    retries: { value: { attempts: 4 }, note: "Retried up to three times.", source: DOC },
    disable: "not found",
  },
  notes: ["transcript_updated comes many times in one call, and nothing tells one from a repeat of another."],
};
