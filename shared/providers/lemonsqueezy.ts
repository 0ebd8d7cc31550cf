import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const REQUESTS: Source = { grade: "official-doc", from: "docs.lemonsqueezy.com/help/webhooks/webhook-requests", date: "2026-11-21" };
const SIGNING: Source = { grade: "official-doc", from: "docs.lemonsqueezy.com/help/webhooks/signing-requests", date: "2026-11-21" };
const API: Source = { grade: "official-doc", from: "lemonsqueezy.com/docs/api/webhooks", date: "2026-11-21" };

export const lemonsqueezy: Provider = {
  id: "lemonsqueezy",
  name: "Lemon Squeezy",
  aliases: ["lemon-squeezy"],
  recognise: [[{ place: { in: "header", name: "X-Event-Name" } }, { place: { in: "header", name: "X-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: SIGNING,
      },
    ],
  },
  secret: { called: "signing secret", where: "chosen when the webhook is created, 6 to 40 characters", source: SIGNING },
  event: { type: [{ in: "body", path: "meta.event_name" }], id: [], source: API },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "200", source: REQUESTS },
    retries: {
      value: { attempts: 4, waits: [5, 25, 125] },
      note: "Up to three more times; the waits are the document's example of its backoff.",
      source: REQUESTS,
    },
    disable: "not found",
  },
};
