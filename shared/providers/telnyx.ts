import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm telnyx 7.24.0", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "developers.telnyx.com/api-reference/callbacks", date: "2026-11-21" };

export const telnyx: Provider = {
  id: "telnyx",
  name: "Telnyx",
  recognise: [[{ place: { in: "header", name: "telnyx-signature-ed25519" } }]],
  signing: {
    schemes: [
      {
        id: "ed25519",
        signature: [{ in: "header", name: "telnyx-signature-ed25519" }],
        algorithm: "ed25519",
        encoding: "base64",
        key: { form: "public" },
        signed: "{timestamp}|{body}",
        time: { place: { in: "header", name: "telnyx-timestamp" }, unit: "s", tolerance: { old: 300, future: 300 } },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "public key (base64)", where: "Mission Control", source: PACKAGE },
  event: {
    type: [{ in: "body", path: "data.event_type" }],
    id: [{ in: "body", path: "data.id" }],
    attempt: { in: "body", path: "meta.attempt" },
    source: PACKAGE,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "200", source: DOC },
    retries: { value: {}, note: "A failed delivery is sent again to the failover URL; how often is not stated.", source: DOC },
    disable: "not found",
  },
};
