import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev b082e44 internal-packages/webhook-sources",
  date: "2026-07-14",
};
const SAMPLES: Source = { grade: "third-party", from: "github.com/hookdeck/webhook-samples 84a3957", date: "2026-11-21" };
const TROUBLESHOOT: Source = {
  grade: "official-doc",
  from: "support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks",
  date: "2026-11-21",
};

export const bitbucket: Provider = {
  id: "bitbucket",
  name: "Bitbucket",
  recognise: [
    [{ place: { in: "header", name: "X-Event-Key" } }, { place: { in: "header", name: "X-Hub-Signature" } }],
    [{ place: { in: "header", name: "X-Event-Key" } }, { place: { in: "header", name: "X-Request-UUID" } }],
  ],
  signing: {
    schemes: [
      {
        id: "sha256",
        signature: [{ in: "header", name: "X-Hub-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
    ],
    unsigned: { note: "Bitbucket signs only the deliveries of webhooks that have a secret.", source: PRESET },
  },
  secret: { called: "webhook secret", source: PRESET },
  event: {
    type: [{ in: "header", name: "X-Event-Key" }],
    id: [{ in: "header", name: "X-Request-UUID" }],
    attempt: { in: "header", name: "X-Attempt-Number" },
    source: SAMPLES,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, source: TROUBLESHOOT },
    success: "not found",
    retries: { value: { attempts: 3 }, note: "Only after a status of 500 to 599; the waits are not stated.", source: TROUBLESHOOT },
    disable: "not found",
  },
  notes: [
    "X-Hub-Signature holds SHA-256 here; at GitHub and Intercom the same header holds SHA-1.",
    "A body over 256 KB may never be sent, without any message.",
  ],
};
