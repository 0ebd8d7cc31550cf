import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm razorpay 2.9.8", date: "2026-11-21" };
const PRACTICE: Source = { grade: "official-doc", from: "razorpay.com/docs/webhooks/best-practices", date: "2026-11-21" };
const FAQ: Source = { grade: "official-doc", from: "razorpay.com/docs/webhooks/faqs", date: "2026-11-21" };

export const razorpay: Provider = {
  id: "razorpay",
  name: "Razorpay",
  recognise: [[{ place: { in: "header", name: "X-Razorpay-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-Razorpay-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "webhook secret", where: "chosen when the webhook is created; it need not be the key secret", source: FAQ },
  event: {
    type: [{ in: "body", path: "event" }],
    id: [{ in: "header", name: "X-Razorpay-Event-Id" }],
    source: PRACTICE,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", source: PRACTICE },
    retries: { value: { overSeconds: 86_400 }, note: "Ever longer waits, for 24 h from the event.", source: PRACTICE },
    disable: { value: {}, note: "When it has failed for 24 h; it has to be enabled again in the dashboard.", source: PRACTICE },
  },
  notes: ["A retry is signed with the secret that was set when the event happened, also after the secret has been changed."],
};
