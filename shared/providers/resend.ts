import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const VERIFY: Source = { grade: "official-doc", from: "resend.com/docs/webhooks/verify-webhooks-requests", date: "2026-11-21" };
const RETRIES: Source = { grade: "official-doc", from: "resend.com/docs/webhooks/retries-and-replays", date: "2026-11-21" };
const PACKAGE: Source = { grade: "package", from: "npm resend 6.38.0", date: "2026-11-21" };

export const resend: Provider = {
  id: "resend",
  name: "Resend",
  sameAs: "svix",
  recognise: [[{ place: { in: "header", name: "svix-signature" } }], [{ place: { in: "header", name: "svix-id" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "svix-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "svix-id" },
        time: {
          place: { in: "header", name: "svix-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: {
    called: "signing secret",
    where: "the details of the webhook in the dashboard, and the answers of the webhooks API",
    prefix: "whsec_",
    source: VERIFY,
  },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "header", name: "svix-id" }], source: VERIFY },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: { value: { attempts: 8, waits: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] }, source: RETRIES },
    disable: {
      value: {},
      note: "An endpoint that goes on failing is disabled in the end, with a mail; after how long is not said.",
      source: RETRIES,
    },
  },
  notes: ["A delivery can be sent again by hand from the dashboard or the API."],
};
