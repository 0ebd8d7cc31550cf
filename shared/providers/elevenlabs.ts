import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @elevenlabs/elevenlabs-js 2.73.0", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "elevenlabs.io/docs/eleven-api/resources/webhooks", date: "2026-11-21" };
const CALLS: Source = { grade: "official-doc", from: "elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks", date: "2026-11-21" };
const GUIDE: Source = {
  grade: "third-party",
  from: "github.com/hookdeck/webhook-skills f8a4801 skills/elevenlabs-webhooks",
  date: "2026-11-21",
};

export const elevenlabs: Provider = {
  id: "elevenlabs",
  name: "ElevenLabs",
  recognise: [[{ place: { in: "header", name: "ElevenLabs-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v0",
        signature: [{ in: "header", name: "ElevenLabs-Signature", field: { name: "v0", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "ElevenLabs-Signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "s",
          tolerance: { old: 1_800, future: null },
          officialVerifier: "counts fractions of a second: at 1800.1 s a delivery is too old",
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "webhook secret", prefix: "wsec_", source: GUIDE },
  event: {
    type: [{ in: "body", path: "type" }],
    id: [],
    derivedId: [
      { in: "body", path: "data.conversation_id" },
      { in: "body", path: "type" },
    ],
    source: CALLS,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, source: DOC },
    success: "not found",
    retries: { value: { attempts: 1 }, note: "Retries are off until they are switched on for the webhook.", source: DOC },
    disable: {
      value: { failures: 10, of: "deliveries", consecutive: true },
      note: "Only when the last success is more than 7 days ago, or there never was one.",
      source: DOC,
    },
  },
};
