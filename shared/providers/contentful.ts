import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @contentful/node-apps-toolkit 3.16.1", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "contentful.com/developers/docs/webhooks/request-verification", date: "2026-11-21" };
const HEADERS: Source = { grade: "official-doc", from: "contentful.com/developers/docs/webhooks/headers", date: "2026-11-21" };
const RETRIES: Source = { grade: "official-doc", from: "contentful.com/developers/docs/webhooks/retry-policy", date: "2026-11-21" };
const FORUM: Source = { grade: "third-party", from: "contentfulcommunity.com/t/webhook-retry-on-failure/137", date: "2026-11-21" };

export const contentful: Provider = {
  id: "contentful",
  name: "Contentful",
  recognise: [[{ place: { in: "header", name: "X-Contentful-Signature" } }], [{ place: { in: "header", name: "X-Contentful-Topic" } }]],
  signing: {
    schemes: [
      {
        id: "canonical-request",
        note: "Method, path, the headers that X-Contentful-Signed-Headers lists, and the body.",
        signature: [{ in: "header", name: "X-Contentful-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{contentful}",
        time: {
          place: { in: "header", name: "X-Contentful-Timestamp" },
          unit: "ms",
          tolerance: { old: 30, future: null },
          inclusive: false,
        },
        extraHeaders: [["X-Contentful-Signed-Headers", "x-contentful-signed-headers,x-contentful-timestamp"]],
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "signing secret (64 characters)", source: DOC },
  event: {
    type: [{ in: "header", name: "X-Contentful-Topic" }],
    id: [{ in: "header", name: "X-Contentful-Idempotency-Key" }],
    source: HEADERS,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 30, source: FORUM },
    success: "not found",
    retries: {
      value: { attempts: 3, waits: [30, 30] },
      note: "By default; a retry policy of the space can ask for up to 99 retries over about 24 h.",
      source: RETRIES,
    },
    disable: "not found",
  },
  notes: ["Thirty seconds are short: a delivery that is sent again as recorded is too old for Contentful's package."],
};
