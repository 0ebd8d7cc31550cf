import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @workos-inc/node 7.82.0", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "workos.com/docs/events/data-syncing/webhooks", date: "2026-11-21" };
const PRACTICE: Source = { grade: "official-doc", from: "workos.com/docs/webhooks", date: "2026-11-21" };

export const workos: Provider = {
  id: "workos",
  name: "WorkOS",
  recognise: [[{ place: { in: "header", name: "WorkOS-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "WorkOS-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "WorkOS-Signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "ms",
          tolerance: { old: 180, future: null },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "webhook secret", where: "dashboard, at the webhook endpoint", source: DOC },
  event: { type: [{ in: "body", path: "event" }], id: [{ in: "body", path: "id" }], source: PACKAGE },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", source: PRACTICE },
    retries: {
      value: { attempts: 13, overSeconds: 259_200 },
      note: "Up to 12 retries over 3 days; outside production for some minutes only.",
      source: DOC,
    },
    disable: "not found",
  },
  notes: [
    "WorkOS's package signs the parsed body written again, so that it also takes a body whose white space has changed; devhook does not.",
  ],
};
