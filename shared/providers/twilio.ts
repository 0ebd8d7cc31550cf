import type { Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm twilio 6.2.0", date: "2026-11-21" };
const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev 67725a9 internal-packages/webhook-sources",
  date: "2026-07-14",
};
const OVERRIDES: Source = {
  grade: "official-doc",
  from: "twilio.com/docs/usage/webhooks/webhooks-connection-overrides",
  date: "2026-11-21",
};

const SHARED: Pick<Scheme, "signature" | "algorithm" | "encoding" | "key" | "urlVariants" | "source"> = {
  signature: [{ in: "header", name: "X-Twilio-Signature" }],
  algorithm: "hmac-sha1",
  encoding: "base64",
  key: { form: "text" },
  urlVariants: ["default-port-toggled"],
  source: PACKAGE,
};

export const twilio: Provider = {
  id: "twilio",
  name: "Twilio",
  recognise: [[{ place: { in: "header", name: "X-Twilio-Signature" } }]],
  signing: {
    schemes: [
      {
        ...SHARED,
        id: "form",
        note: "The public URL, then name and value of every form field by name; values that one name has twice count once.",
        when: [{ place: { in: "header", name: "Content-Type" }, startsWith: "application/x-www-form-urlencoded" }],
        signed: "{url}{form-sorted-unique}",
      },
      {
        ...SHARED,
        id: "body-digest",
        note: "The public URL, which holds the SHA-256 of the body as bodySHA256.",
        when: [{ place: { in: "query", name: "bodySHA256" } }],
        signed: "{url}",
        bodyDigest: { place: { in: "query", name: "bodySHA256" }, hash: "sha256", encoding: "hex" },
      },
      {
        ...SHARED,
        id: "url",
        note: "The public URL alone, where everything stands in the query.",
        when: [{ place: { in: "method" }, equals: "GET" }],
        signed: "{url}",
      },
    ],
  },
  secret: { called: "auth token", where: "in the Twilio console", source: PACKAGE },
  event: {
    type: [
      { in: "form", name: "SmsStatus" },
      { in: "form", name: "CallStatus" },
    ],
    id: [{ in: "header", name: "I-Twilio-Idempotency-Token" }],
    source: PRESET,
  },
  handshakes: [],
  delivery: {
    deadline: {
      value: 15,
      note: "The default, to the first byte of the answer; 5 seconds for the connection. The fragment of the URL can set both.",
      source: OVERRIDES,
    },
    success: "not found",
    retries: { value: {}, note: "Set for each URL by its fragment; what holds without one was not found.", source: OVERRIDES },
    disable: "not found",
  },
  notes: [
    "The URL that counts is the one you gave Twilio, with its query: a proxy that changes host, scheme or path breaks the signature.",
    "The URL is tried with and without the standard port, as Twilio's own package does; the package also tries the URL as new URL() and querystring write it.",
  ],
};
