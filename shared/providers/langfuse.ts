import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SIGNATURE: Source = {
  grade: "official-source",
  from: "github.com/langfuse/langfuse 1761df0 packages/shared/src/encryption/signature.ts",
  date: "2026-11-21",
};
const SENDER: Source = {
  grade: "official-source",
  from: "github.com/langfuse/langfuse 0146ddc worker/src/queues/webhooks.ts",
  date: "2026-11-21",
};
const DOC: Source = {
  grade: "official-doc",
  from: "langfuse.com/docs/prompt-management/features/webhooks-slack-integrations",
  date: "2026-11-21",
};

export const langfuse: Provider = {
  id: "langfuse",
  name: "Langfuse",
  recognise: [[{ place: { in: "header", name: "x-langfuse-signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "x-langfuse-signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "x-langfuse-signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "s",
        },
        source: SIGNATURE,
      },
    ],
  },
  secret: { called: "signing secret", where: "shown when the automation is created", prefix: "lf-whsec_", source: SIGNATURE },
  event: {
    type: [
      { in: "body", path: "type" },
      { in: "body", path: "action" },
    ],
    id: [{ in: "body", path: "id" }],
    source: DOC,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, note: "By default; who runs Langfuse can set another one.", source: SENDER },
    success: { value: "2xx", note: "Redirects are followed.", source: SENDER },
    retries: { value: { attempts: 4 }, note: "At once one after another, with the same body and signature.", source: SENDER },
    disable: { value: { failures: 5, of: "deliveries", consecutive: true }, source: SENDER },
  },
  notes: ["The secret is used whole, lf-whsec_ included."],
};
