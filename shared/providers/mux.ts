import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @mux/mux-node 15.3.0", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "docs.mux.com/core/verify-webhook-signatures", date: "2026-11-21" };

export const mux: Provider = {
  id: "mux",
  name: "Mux",
  recognise: [[{ place: { in: "header", name: "Mux-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "Mux-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "Mux-Signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "s",
          tolerance: { old: 300, future: null },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "signing secret", where: "webhook settings of the environment, another one for each endpoint", source: DOC },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "body", path: "id" }], source: PACKAGE },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
};
