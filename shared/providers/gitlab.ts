import type { Provider } from "../signatures/provider.ts";
import type { Condition, Source } from "../signatures/scheme.ts";

const SENDER: Source = {
  grade: "official-source",
  from: "github.com/gitlabhq/gitlabhq 017a6c1 app/services/web_hook_service.rb",
  date: "2026-11-21",
};
const SIGNING_TOKEN: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev 5f54fb2 internal-packages/webhook-sources, after docs.gitlab.com",
  date: "2026-07-14",
};
const DISABLING: Source = {
  grade: "official-doc",
  from: "gitlab.com issues and release posts on webhooks that disable themselves",
  date: "2026-11-21",
};

const EVENT: Condition = { place: { in: "header", name: "X-Gitlab-Event" } };

export const gitlab: Provider = {
  id: "gitlab",
  name: "GitLab",
  recognise: [
    [EVENT],
    // more than the three headers of a plain Standard Webhooks sender
    [
      EVENT,
      { place: { in: "header", name: "webhook-id" } },
      { place: { in: "header", name: "webhook-timestamp" } },
      { place: { in: "header", name: "webhook-signature" } },
    ],
  ],
  signing: {
    schemes: [
      {
        id: "signing-token",
        note: "The newer signing token, the form of Standard Webhooks.",
        signature: [{ in: "header", name: "webhook-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "webhook-id" },
        time: { place: { in: "header", name: "webhook-timestamp" }, unit: "s" },
        source: SIGNING_TOKEN,
      },
      {
        id: "secret-token",
        note: "The secret itself in a header: it covers no byte of the body.",
        signature: [{ in: "header", name: "X-Gitlab-Token" }],
        algorithm: "token",
        encoding: "text",
        key: { form: "text" },
        signed: "",
        source: SENDER,
      },
    ],
    unsigned: { note: "Without a secret token GitLab sends nothing to check.", source: SENDER },
  },
  secret: { called: "secret token", where: "chosen by you in the settings of the webhook", source: SENDER },
  event: {
    type: [{ in: "header", name: "X-Gitlab-Event" }],
    id: [
      { in: "header", name: "Idempotency-Key" },
      { in: "header", name: "webhook-id" },
      { in: "header", name: "X-Gitlab-Webhook-UUID" },
    ],
    source: SENDER,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, note: "The default; an administrator of a GitLab can set another.", source: DISABLING },
    success: { value: "2xx", note: "Redirections count as success too.", source: SENDER },
    retries: "not found",
    disable: {
      value: { failures: 4, of: "attempts", consecutive: true },
      note: "For 1 minute at first, doubled with each failure up to 24 hours; after 40 failures in a row for good.",
      source: DISABLING,
    },
  },
  notes: [
    "X-Gitlab-Token is compared as it stands: a valid one says nothing about the body or its age.",
    "X-Gitlab-Event-UUID is passed on when one webhook causes another, so it does not tell deliveries apart.",
  ],
};
