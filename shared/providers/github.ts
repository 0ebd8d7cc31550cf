import type { Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @octokit/webhooks-methods 6.0.0", date: "2026-11-21" };
const DOCS: Source = { grade: "official-doc", from: "github.com/github/docs 058fa63 content/webhooks/using-webhooks", date: "2026-11-21" };
const HEADERS: Source = { grade: "official-doc", from: "docs.github.com/webhooks/webhook-events-and-payloads", date: "2026-11-21" };
const ARTICLE: Source = { grade: "third-party", from: "dev.to/webhookadmin, how senders retry", date: "2026-09-01" };

const BODY: Pick<Scheme, "encoding" | "key" | "signed"> = { encoding: "hex", key: { form: "text" }, signed: "{body}" };

export const github: Provider = {
  id: "github",
  name: "GitHub",
  recognise: [[{ place: { in: "header", name: "X-GitHub-Event" } }]],
  signing: {
    schemes: [
      {
        ...BODY,
        id: "sha256",
        signature: [{ in: "header", name: "X-Hub-Signature-256", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        source: PACKAGE,
      },
      {
        ...BODY,
        id: "sha1",
        note: "The older signature, which GitHub still sends beside the other; it counts only where the other is missing.",
        signature: [{ in: "header", name: "X-Hub-Signature", prefix: "sha1=" }],
        algorithm: "hmac-sha1",
        source: HEADERS,
      },
    ],
    unsigned: { note: "GitHub signs only the deliveries of webhooks that have a secret.", source: HEADERS },
  },
  secret: {
    called: "webhook secret",
    where: "chosen by you in the settings of the webhook, which do not show it again",
    source: DOCS,
  },
  event: {
    type: [
      { in: "header", name: "X-GitHub-Event" },
      { in: "body", path: "action" },
    ],
    id: [{ in: "header", name: "X-GitHub-Delivery" }],
    source: DOCS,
  },
  handshakes: [
    {
      id: "ping",
      match: [{ place: { in: "header", name: "X-GitHub-Event" }, equals: "ping" }],
      signed: true,
      answer: { status: 200, body: "" },
      note: "Sent once when a webhook is made; any 2xx answers it.",
      source: HEADERS,
    },
  ],
  delivery: {
    deadline: { value: 10, note: "30 seconds on GitHub Enterprise Server.", source: DOCS },
    success: { value: "2xx", source: DOCS },
    retries: { value: { attempts: 1 }, note: "Never by itself; a delivery can be sent again by hand for three days.", source: ARTICLE },
    disable: "not found",
  },
  notes: ["A delivery that is sent again by hand has the X-GitHub-Delivery of the first one.", "No time is signed."],
};
