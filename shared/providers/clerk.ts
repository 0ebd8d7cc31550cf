import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const RETRIES: Source = { grade: "official-doc", from: "docs.svix.com/retries", date: "2026-11-21" };
const OVERVIEW: Source = { grade: "official-doc", from: "clerk.com/docs/integrations/webhooks/overview", date: "2026-11-21" };
const PACKAGE: Source = { grade: "package", from: "npm @clerk/backend 3.16.0", date: "2026-11-21" };

export const clerk: Provider = {
  id: "clerk",
  name: "Clerk",
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
    called: "webhook signing secret",
    where: "the endpoint on the Webhooks page of the Clerk Dashboard",
    prefix: "whsec_",
    source: OVERVIEW,
  },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "header", name: "svix-id" }], source: OVERVIEW },
  handshakes: [],
  delivery: {
    deadline: { value: 15, note: "Clerk sends with Svix; this is Svix's number.", source: RETRIES },
    success: { value: "2xx", note: "Clerk sends with Svix; this is Svix's rule.", source: RETRIES },
    retries: {
      value: { attempts: 8, waits: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] },
      note: "Clerk sends with Svix; this is Svix's schedule.",
      source: RETRIES,
    },
    disable: { value: {}, note: "By Svix's rule, when all attempts have failed for 5 days.", source: RETRIES },
  },
};
