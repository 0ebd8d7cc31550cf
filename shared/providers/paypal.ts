import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const VERIFY: Source = { grade: "official-doc", from: "docs.paypal.ai/reference/api/rest/verify-webhook-signature", date: "2026-11-21" };
const GUIDE: Source = { grade: "official-doc", from: "developer.paypal.com/api/rest/webhooks/rest", date: "2026-11-21" };
const RETRIES: Source = { grade: "third-party", from: "hooklistener.com/learn/paypal-webhooks-guide", date: "2026-11-21" };

export const paypal: Provider = {
  id: "paypal",
  name: "PayPal",
  recognise: [
    [{ place: { in: "header", name: "PAYPAL-TRANSMISSION-SIG" } }],
    [{ place: { in: "header", name: "PAYPAL-TRANSMISSION-ID" } }],
  ],
  signing: {
    schemes: [],
    unverifiable: {
      reason:
        "PayPal signs with a certificate that would have to be fetched from PAYPAL-CERT-URL, a URL in the request itself; devhook fetches nothing that a request names.",
      source: VERIFY,
    },
  },
  event: { type: [{ in: "body", path: "event_type" }], id: [{ in: "body", path: "id" }], source: VERIFY },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", source: GUIDE },
    retries: { value: { overSeconds: 259_200 }, note: "Up to 25 times over 3 days.", source: RETRIES },
    disable: "not found",
  },
  notes: [
    "PayPal checks a delivery for you: POST /v1/notifications/verify-webhook-signature with the five PAYPAL-… headers, the id of the webhook and the body.",
    "Deliveries of the webhook simulator cannot be checked with that call.",
  ],
};
