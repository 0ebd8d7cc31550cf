import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @linear/sdk 98.0.0", date: "2026-11-21" };
const DOCS: Source = { grade: "official-doc", from: "developers.linear.app/docs/graphql/webhooks", date: "2026-11-21" };

export const linear: Provider = {
  id: "linear",
  name: "Linear",
  recognise: [[{ place: { in: "header", name: "Linear-Signature" } }], [{ place: { in: "header", name: "Linear-Delivery" } }]],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "Linear-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        time: { place: { in: "body", path: "webhookTimestamp" }, unit: "ms", tolerance: { old: 60, future: 60 } },
        extraHeaders: [["Linear-Timestamp", "{timestamp}"]],
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "signing secret", where: "in the settings of the webhook", prefix: "lin_wh_", source: PACKAGE },
  event: {
    type: [
      { in: "body", path: "type" },
      { in: "body", path: "action" },
    ],
    id: [{ in: "header", name: "Linear-Delivery" }],
    source: PACKAGE,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 5, source: DOCS },
    success: { value: "200", source: DOCS },
    retries: { value: { attempts: 4, waits: [60, 3_600, 21_600] }, source: DOCS },
    disable: "not found",
  },
  notes: [
    "The time stands inside the body, so that sending a recorded delivery again with a new time changes the body.",
    "The header Linear-Timestamp is not signed, and Linear's package ignores it.",
  ],
};
