import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @slack/bolt 5.1.0", date: "2026-11-21" };
const CHALLENGE: Source = { grade: "official-doc", from: "api.slack.com/events/url_verification", date: "2026-11-21" };
const AGNO: Source = { grade: "third-party", from: "docs.agno.com, Slack interface", date: "2026-11-21" };
const ARTICLE: Source = {
  grade: "third-party",
  from: "Classmethod, article on how the Slack Events API sends again (Serverless on AWS)",
  date: "2026-11-21",
};

export const slack: Provider = {
  id: "slack",
  name: "Slack",
  recognise: [[{ place: { in: "header", name: "X-Slack-Signature" } }], [{ place: { in: "header", name: "X-Slack-Request-Timestamp" } }]],
  signing: {
    schemes: [
      {
        id: "v0",
        signature: [{ in: "header", name: "X-Slack-Signature", prefix: "v0=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "v0:{timestamp}:{body}",
        time: { place: { in: "header", name: "X-Slack-Request-Timestamp" }, unit: "s", tolerance: { old: 300, future: null } },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "signing secret", source: PACKAGE },
  event: {
    type: [{ in: "body", path: "event.type" }],
    id: [{ in: "body", path: "event_id" }],
    attempt: { in: "header", name: "X-Slack-Retry-Num" },
    source: AGNO,
  },
  handshakes: [
    {
      id: "url-verification",
      match: [{ place: { in: "body", path: "type" }, equals: "url_verification" }, { place: { in: "body", path: "challenge" } }],
      signed: true,
      answer: { status: 200, contentType: "text/plain", body: "{body:challenge}" },
      note: "Sent when the request URL is saved; the answer repeats the challenge, as text, form or JSON.",
      source: CHALLENGE,
    },
  ],
  delivery: {
    deadline: { value: 3, source: AGNO },
    success: { value: "2xx", source: ARTICLE },
    retries: {
      value: { attempts: 4, waits: [0, 60, 300] },
      note: "A failed answer with the header X-Slack-No-Retry: 1 stops them; a late one does not.",
      source: ARTICLE,
    },
    disable: "not found",
  },
  notes: ["Slash commands and buttons are forms, signed in the same way over the bytes of the form."],
};
