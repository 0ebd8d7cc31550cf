import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm coinbase-commerce-node 1.0.4", date: "2026-11-21" };
const OVERVIEW: Source = {
  grade: "official-doc",
  from: "docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview",
  date: "2026-11-21",
};
const FIELDS: Source = {
  grade: "official-doc",
  from: "docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-fields",
  date: "2026-11-21",
};
const SECURITY: Source = {
  grade: "official-doc",
  from: "docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security",
  date: "2026-11-21",
};

export const coinbaseCommerce: Provider = {
  id: "coinbase-commerce",
  name: "Coinbase Commerce",
  recognise: [[{ place: { in: "header", name: "X-CC-Webhook-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-CC-Webhook-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "webhook shared secret", where: "Settings, Notifications", source: SECURITY },
  event: {
    type: [{ in: "body", path: "event.type" }],
    id: [{ in: "body", path: "event.id" }],
    attempt: { in: "body", path: "attempt_number" },
    source: FIELDS,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "200", source: OVERVIEW },
    retries: { value: { overSeconds: 259_200 }, note: "Ever longer waits, at most 1 h.", source: OVERVIEW },
    disable: "not found",
  },
};
