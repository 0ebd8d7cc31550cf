import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @notionhq/client 5.26.0", date: "2026-11-21" };
const ARTICLE: Source = { grade: "third-party", from: "hooksbase.com, Notion webhooks", date: "2026-11-21" };
const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev 797bf89 internal-packages/webhook-sources",
  date: "2026-07-14",
};

export const notion: Provider = {
  id: "notion",
  name: "Notion",
  recognise: [
    [{ place: { in: "header", name: "X-Notion-Signature" } }],
    [{ place: { in: "method" }, equals: "POST" }, { place: { in: "body", path: "verification_token" } }],
  ],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "X-Notion-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        hexCase: "any",
        key: { form: "text" },
        signed: "{body}",
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "verification token", where: "in the first delivery to your URL, member verification_token", source: PACKAGE },
  event: {
    type: [{ in: "body", path: "type" }],
    id: [{ in: "body", path: "id" }],
    attempt: { in: "body", path: "attempt_number" },
    source: PRESET,
  },
  handshakes: [
    {
      id: "verification-token",
      match: [{ place: { in: "body", path: "verification_token" } }],
      onlyMembers: ["verification_token"],
      signed: false,
      answer: { status: 200, body: "" },
      note: "Sent once when the subscription is made; paste the token in Notion's settings to start it, and keep it: it is the secret of all later deliveries.",
      source: ARTICLE,
    },
  ],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
};
