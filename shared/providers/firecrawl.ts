import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SECURITY: Source = { grade: "official-doc", from: "docs.firecrawl.dev/webhooks/security", date: "2026-11-21" };
const OVERVIEW: Source = { grade: "official-doc", from: "docs.firecrawl.dev/webhooks/overview", date: "2026-11-21" };
const EVENTS: Source = {
  grade: "official-doc",
  from: "docs.firecrawl.dev/api-reference/endpoint/webhook-agent-started",
  date: "2026-11-21",
};

export const firecrawl: Provider = {
  id: "firecrawl",
  name: "Firecrawl",
  recognise: [[{ place: { in: "header", name: "X-Firecrawl-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-Firecrawl-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        hexCase: "any",
        key: { form: "text" },
        signed: "{body}",
        source: SECURITY,
      },
    ],
  },
  secret: { called: "webhook secret of the account", where: "account settings, Advanced", source: SECURITY },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "body", path: "webhookId" }], source: EVENTS },
  handshakes: [],
  delivery: {
    deadline: { value: 10, note: "An older copy of the page says 30 s.", source: OVERVIEW },
    success: { value: "2xx", source: OVERVIEW },
    retries: { value: { attempts: 4, waits: [60, 300, 900] }, source: OVERVIEW },
    disable: "not found",
  },
  notes: ["The signature is there only when the account has a webhook secret."],
};
