import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources, and skills.sh",
  date: "2026-07-14",
};
const HELP: Source = { grade: "official-doc", from: "help.mailgun.com/hc/en-us/articles/202236504-Webhooks", date: "2026-11-21" };

export const mailgun: Provider = {
  id: "mailgun",
  name: "Mailgun",
  recognise: [
    [
      { place: { in: "body", path: "signature.token" } },
      { place: { in: "body", path: "signature.signature" } },
      { place: { in: "body", path: "event-data.event" } },
    ],
  ],
  signing: {
    schemes: [
      {
        id: "in-body",
        signature: [{ in: "body", path: "signature.signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}{body:signature.token}",
        time: { place: { in: "body", path: "signature.timestamp" }, unit: "s" },
        source: PRESET,
      },
    ],
  },
  secret: { called: "webhook signing key", source: PRESET },
  event: { type: [{ in: "body", path: "event-data.event" }], id: [{ in: "body", path: "signature.token" }], source: PRESET },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "200", note: "406 ends the tries as well.", source: HELP },
    retries: { value: { attempts: 8, waits: [600, 600, 900, 1_800, 3_600, 7_200, 14_400] }, source: HELP },
    disable: "not found",
  },
  notes: [
    "The signature covers the time and a random token, not the event: whoever has one valid delivery can put other event data beside its signature. Remember the tokens you have seen, and refuse old times.",
    "The older form webhooks carry the three values as form fields, which is not checked here.",
  ],
};
