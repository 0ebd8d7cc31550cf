import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const CODE: Source = {
  grade: "official-source",
  from: "github.com/woocommerce/woocommerce 00e1bc4 plugins/woocommerce/includes/class-wc-webhook.php",
  date: "2026-11-21",
};

export const woocommerce: Provider = {
  id: "woocommerce",
  name: "WooCommerce",
  recognise: [
    [{ place: { in: "header", name: "X-WC-Webhook-Signature" } }],
    [{ place: { in: "header", name: "X-WC-Webhook-Topic" } }],
    [{ place: { in: "header", name: "User-Agent" }, startsWith: "WooCommerce/" }],
  ],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-WC-Webhook-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}",
        source: CODE,
      },
    ],
  },
  secret: { called: "secret", where: "WooCommerce, Settings, Advanced, Webhooks", source: CODE },
  event: {
    type: [{ in: "header", name: "X-WC-Webhook-Topic" }],
    id: [],
    derivedId: [
      { in: "header", name: "X-WC-Webhook-Delivery-ID" },
      { in: "header", name: "X-WC-Webhook-Topic" },
      { in: "body", path: "id" },
    ],
    source: CODE,
  },
  handshakes: [
    {
      id: "ping",
      match: [{ place: { in: "header", name: "User-Agent" }, startsWith: "WooCommerce/" }, { place: { in: "form", name: "webhook_id" } }],
      onlyMembers: ["webhook_id"],
      signed: false,
      answer: { status: 200, body: "" },
      note: "Sent when the webhook is created, a form with its number and without any signature: the app answers exactly 200.",
      source: CODE,
    },
  ],
  delivery: {
    deadline: { value: 60, source: CODE },
    success: { value: "2xx", note: "301 and 302 count as success too, without being followed.", source: CODE },
    retries: { value: { attempts: 1 }, note: "The code that delivers does not try again.", source: CODE },
    disable: {
      value: { failures: 7, of: "attempts", consecutive: true },
      note: "Its comment says more than five; the count is compared before it is raised. A filter of the shop can change it.",
      source: CODE,
    },
  },
  notes: [
    "X-WC-Webhook-Delivery-ID is made of the webhook and the second: two deliveries of one webhook within a second share it.",
    "HTML entities in the secret are decoded before it becomes the key.",
  ],
};
