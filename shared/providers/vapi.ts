import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = { grade: "third-party", from: "npm @trigger.dev/core 4.8.3 (webhook presets)", date: "2026-11-21" };
const SECRET: Source = { grade: "official-doc", from: "github.com/VapiAI/docs pull 678", date: "2026-11-21" };
const TOKEN: Source = { grade: "official-doc", from: "docs.vapi.ai/server-url/server-authentication, an older copy", date: "2026-11-21" };
const CREDENTIALS: Source = { grade: "official-doc", from: "docs.vapi.ai/server-url/server-authentication", date: "2026-11-21" };
const SAMPLES: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources/src/handAuthored/vapi.ts",
  date: "2026-07-01",
};

export const vapi: Provider = {
  id: "vapi",
  name: "Vapi",
  recognise: [[{ place: { in: "header", name: "X-Vapi-Signature" } }], [{ place: { in: "header", name: "X-Vapi-Secret" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-Vapi-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
      {
        id: "signature-token",
        note: "An older copy of Vapi's page says that the header holds the secret itself.",
        signature: [{ in: "header", name: "X-Vapi-Signature" }],
        algorithm: "token",
        encoding: "text",
        key: { form: "text" },
        signed: "",
        source: TOKEN,
      },
      {
        id: "secret",
        note: "The secret itself, as server.secret sets it.",
        signature: [{ in: "header", name: "X-Vapi-Secret" }],
        algorithm: "token",
        encoding: "text",
        key: { form: "text" },
        signed: "",
        source: SECRET,
      },
    ],
  },
  secret: { called: "server secret, or the secret of the HMAC credential", where: "dashboard, Custom Credentials", source: CREDENTIALS },
  event: {
    type: [{ in: "body", path: "message.type" }],
    id: [],
    derivedId: [
      { in: "body", path: "message.timestamp" },
      { in: "body", path: "message.type" },
      { in: "body", path: "message.call.id" },
    ],
    source: SAMPLES,
  },
  handshakes: [],
  delivery: {
    deadline: {
      value: 7.5,
      note: "For assistant-request, whose answer starts the call; for other messages none is stated.",
      source: SECRET,
    },
    success: "not found",
    retries: "not found",
    disable: "not found",
  },
  notes: [
    "An HMAC credential may name other headers, a prefix and another signed text; by default it sends X-Signature and X-Timestamp over timestamp, dot and body. Describe it as a provider of your own.",
    "A bearer credential sends its token in Authorization, or in a header of your choice.",
  ],
};
