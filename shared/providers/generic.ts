import type { Provider } from "../signatures/provider.ts";
import type { HeaderPlace, Scheme, Source } from "../signatures/scheme.ts";

const ARTICLE: Source = { grade: "third-party", from: "agntapi.com, Dana Kim on webhooks for agents", date: "2026-03-17" };

const HEADER: HeaderPlace = { in: "header", name: "X-Webhook-Signature" };
const TIMESTAMP: HeaderPlace = { in: "header", name: "X-Webhook-Timestamp" };
const BODY: Pick<Scheme, "algorithm" | "key" | "signed"> = { algorithm: "hmac-sha256", key: { form: "text" }, signed: "{body}" };
const TIMED: Pick<Scheme, "signature" | "algorithm" | "encoding" | "key" | "signed"> = {
  signature: [HEADER],
  algorithm: "hmac-sha256",
  encoding: "hex",
  key: { form: "text" },
  signed: "{timestamp}.{body}",
};

/** No sender: the header name that many senders chose, with the readings it has. */
export const generic: Provider = {
  id: "generic",
  name: "Generic (X-Webhook-Signature)",
  aliases: ["generic-x-webhook-signature"],
  recognise: [[{ place: { in: "header", name: "X-Webhook-Signature" } }]],
  signing: {
    schemes: [
      {
        ...BODY,
        id: "prefixed-hex",
        note: "sha256= and the HMAC of the body in hexadecimal, as UpMoltWork and others send it.",
        signature: [{ ...HEADER, prefix: "sha256=" }],
        encoding: "hex",
        source: { grade: "official-source", from: "github.com/MinglesAI/UpMoltWork 296be56 src/lib/webhooks.ts", date: "2026-03-24" },
      },
      {
        ...BODY,
        id: "hex",
        note: "The HMAC of the body in hexadecimal, as OpenJobs sends it.",
        signature: [HEADER],
        encoding: "hex",
        source: ARTICLE,
      },
      {
        ...BODY,
        id: "base64",
        note: "The HMAC of the body in base64.",
        signature: [HEADER],
        encoding: "base64",
        source: { grade: "assumed", from: "a usual way to write the same HMAC", date: "2026-11-21" },
      },
      {
        ...TIMED,
        id: "timestamp-seconds",
        note: "The HMAC of timestamp, dot and body, with seconds in X-Webhook-Timestamp.",
        time: { place: TIMESTAMP, unit: "s" },
        source: { grade: "assumed", from: "the form of TaskFast, with a time in seconds", date: "2026-11-21" },
      },
      {
        ...TIMED,
        id: "timestamp-milliseconds",
        note: "The HMAC of timestamp, dot and body, with milliseconds in X-Webhook-Timestamp.",
        time: { place: TIMESTAMP, unit: "ms" },
        source: { grade: "assumed", from: "the form of TaskFast, with a time in milliseconds", date: "2026-11-21" },
      },
      {
        ...TIMED,
        id: "timestamp-iso",
        note: "The HMAC of timestamp, dot and body, with an ISO time in X-Webhook-Timestamp, as TaskFast sends it.",
        time: { place: TIMESTAMP, unit: "iso" },
        source: { grade: "third-party", from: "TaskFast's documentation of its webhooks", date: "2026-11-21" },
      },
      {
        ...TIMED,
        id: "timestamp-nonce",
        note: "The HMAC of timestamp, nonce and body, joined by dots, with milliseconds in X-Webhook-Timestamp, as PayZu sends it.",
        signed: "{timestamp}.{header:X-Webhook-Nonce}.{body}",
        time: { place: TIMESTAMP, unit: "ms" },
        source: { grade: "official-doc", from: "docs.payzu.com.br/en/docs/cartao/webhooks", date: "2026-11-21" },
      },
      {
        id: "jws",
        note: "A JWS (HS256) whose claim sha256 is the hash of the body, as Netlify sends it.",
        signature: [HEADER],
        algorithm: "jwt-hs256",
        encoding: "jwt",
        key: { form: "text" },
        signed: "",
        bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "hex" },
        source: {
          grade: "third-party",
          from: "github.com/triggerdotdev/trigger.dev b082e44 internal-packages/webhook-sources",
          date: "2026-11-21",
        },
      },
    ],
  },
  event: { type: [], id: [], source: ARTICLE },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  notes: [
    "The header name identifies no sender: a dozen use it, each in its own way. The scheme that matched says which way it was, not who sent it.",
    "The article's Flask example reads request.data, which is empty for application/x-www-form-urlencoded: a correct signature of a form is refused there.",
  ],
};
