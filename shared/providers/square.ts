import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm square 46.0.0", date: "2026-11-21" };
const TROUBLE: Source = { grade: "official-doc", from: "developer.squareup.com/docs/webhooks/troubleshooting", date: "2026-11-21" };
const MANAGE: Source = { grade: "official-doc", from: "developer.squareup.com/docs/webhooks/step4manage", date: "2026-11-21" };
const SLA: Source = { grade: "official-doc", from: "developer.squareup.com/docs/webhooks-api/delivery-sla", date: "2026-11-21" };
const OBSERVED: Source = {
  grade: "third-party",
  from: "github.com/hookdeck/webhook-skills 0616efb skills/square-webhooks",
  date: "2026-11-21",
};

export const square: Provider = {
  id: "square",
  name: "Square",
  recognise: [[{ place: { in: "header", name: "x-square-hmacsha256-signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "x-square-hmacsha256-signature" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{url}{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "signature key", where: "Developer Console, at the webhook subscription", source: PACKAGE },
  event: {
    type: [{ in: "body", path: "type" }],
    id: [{ in: "body", path: "event_id" }],
    attempt: { in: "header", name: "square-retry-number" },
    attemptCounts: "retries",
    source: OBSERVED,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, note: "An older copy of the page says so; the newer one asks for an answer as soon as possible.", source: SLA },
    success: { value: "2xx", note: "A redirect counts as a failure.", source: SLA },
    retries: {
      value: { overSeconds: 86_400 },
      note: "An older page says 72 h, with waits of 1, 2, 4, 8, 16 and 32 min and then 60 min.",
      source: TROUBLE,
    },
    disable: { value: {}, note: "When no call was answered with 2xx for three weeks; a mail warns after each week.", source: MANAGE },
  },
  notes: [
    "The notification URL is signed, spelled as in the subscription. Behind a tunnel that is the public URL.",
    "x-square-signature, seen beside the signature, is of an older kind and in no document.",
  ],
};
