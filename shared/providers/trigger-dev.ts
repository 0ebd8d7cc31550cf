import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @trigger.dev/sdk 4.8.3", date: "2026-11-21" };
const SENDER: Source = {
  grade: "official-source",
  from: "github.com/triggerdotdev/trigger.dev 0d1bae7 apps/webapp/app/v3/services/alerts/deliverAlert.server.ts",
  date: "2026-11-21",
};
const WORKER: Source = {
  grade: "official-source",
  from: "github.com/triggerdotdev/trigger.dev 0d9d5bb apps/webapp/app/v3/alertsWorker.server.ts",
  date: "2026-11-21",
};

export const triggerDev: Provider = {
  id: "trigger.dev",
  name: "Trigger.dev",
  recognise: [[{ place: { in: "header", name: "x-trigger-signature-hmacsha256" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "x-trigger-signature-hmacsha256" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "secret of the alert webhook", source: SENDER },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "body", path: "id" }], source: SENDER },
  handshakes: [],
  delivery: {
    deadline: { value: 5, source: SENDER },
    success: { value: "2xx", source: SENDER },
    retries: { value: { attempts: 3 }, source: WORKER },
    disable: "not found",
  },
  notes: ["Alert webhooks in their first version have neither type nor id."],
};
