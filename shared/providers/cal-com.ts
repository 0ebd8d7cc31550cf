import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SENDER: Source = {
  grade: "official-source",
  from: "github.com/calcom/cal.com 008952d packages/features/webhooks/lib/sendPayload.ts",
  date: "2026-11-21",
};

export const calCom: Provider = {
  id: "cal.com",
  name: "Cal.com",
  aliases: ["calcom"],
  recognise: [[{ place: { in: "header", name: "X-Cal-Signature-256" } }]],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "X-Cal-Signature-256" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: SENDER,
      },
    ],
  },
  secret: { called: "webhook secret", where: "chosen by you in the settings of the webhook", source: SENDER },
  event: { type: [{ in: "body", path: "triggerEvent" }], id: [], source: SENDER },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", note: "Redirections are not followed.", source: SENDER },
    retries: "not found",
    disable: "not found",
  },
  notes: [
    "A webhook without a secret sends the words no-secret-provided in the place of the signature.",
    "A payload template can give the body any shape, also that of a form; then the event may not be found.",
  ],
};
