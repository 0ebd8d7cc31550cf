import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @sendgrid/eventwebhook 8.0.0", date: "2026-11-21" };
const SKILLS: Source = { grade: "third-party", from: "github.com/hookdeck/webhook-skills f8a4801", date: "2026-11-21" };
const DOCS: Source = {
  grade: "official-doc",
  from: "docs.sendgrid.com/for-developers/tracking-events/troubleshooting",
  date: "2026-11-21",
};
const GUIDE: Source = { grade: "third-party", from: "hookdeck.com, guide to SendGrid webhooks", date: "2026-11-21" };

export const sendgrid: Provider = {
  id: "sendgrid",
  name: "SendGrid",
  recognise: [[{ place: { in: "header", name: "X-Twilio-Email-Event-Webhook-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "ecdsa",
        signature: [{ in: "header", name: "X-Twilio-Email-Event-Webhook-Signature" }],
        algorithm: "ecdsa-p256-der",
        encoding: "base64",
        key: { form: "public" },
        signed: "{timestamp}{body}",
        time: {
          place: { in: "header", name: "X-Twilio-Email-Event-Webhook-Timestamp" },
          unit: "s",
          officialVerifier: "checks no time",
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "verification key", where: "in the settings of the event webhook, once its signature is switched on", source: SKILLS },
  event: {
    type: [{ in: "body", path: "0.event" }],
    id: [{ in: "body", path: "0.sg_event_id" }],
    batch: true,
    source: DOCS,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, source: GUIDE },
    success: { value: "2xx", source: DOCS },
    retries: { value: { overSeconds: 86_400 }, note: "With growing waits, for 24 hours after the event.", source: DOCS },
    disable: "not found",
  },
  notes: [
    "One delivery holds a list of events; type and id shown are those of the first.",
    "Inbound Parse is another webhook, without this signature.",
  ],
};
