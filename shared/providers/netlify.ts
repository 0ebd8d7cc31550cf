import type { Provider } from "../signatures/provider.ts";
import type { Condition, Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev d53655f internal-packages/webhook-sources",
  date: "2026-07-14",
};
const DOCS: Source = { grade: "official-doc", from: "netlify.com/docs/webhooks", date: "2026-11-21" };
const RECEIVERS: Source = { grade: "third-party", from: "public code of receivers on github.com", date: "2026-11-21" };

/** A JSON object in base64url begins like this; other senders write other things into this header. */
const JWS: Condition = { place: { in: "header", name: "X-Webhook-Signature" }, startsWith: "eyJ" };

export const netlify: Provider = {
  id: "netlify",
  name: "Netlify",
  recognise: [
    [JWS, { place: { in: "header", name: "X-Netlify-Event" } }],
    [JWS, { place: { in: "body", path: "site_id" } }],
  ],
  signing: {
    schemes: [
      {
        id: "jws",
        signature: [{ in: "header", name: "X-Webhook-Signature" }],
        algorithm: "jwt-hs256",
        encoding: "jwt",
        key: { form: "text" },
        signed: "",
        bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "hex" },
        claims: { iss: "netlify" },
        source: PRESET,
      },
    ],
    unsigned: { note: "Netlify signs only the notifications that have a JWS secret.", source: DOCS },
  },
  secret: { called: "JWS secret token", where: "chosen by you in the settings of the notification", source: DOCS },
  event: { type: [{ in: "header", name: "X-Netlify-Event" }], id: [], source: RECEIVERS },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
};
