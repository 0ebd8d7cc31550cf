import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SKILLS: Source = { grade: "third-party", from: "github.com/hookdeck/webhook-skills f8a4801", date: "2026-11-21" };
const PRESET: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev de4fce8 internal-packages/webhook-sources",
  date: "2026-07-14",
};

export const vercel: Provider = {
  id: "vercel",
  name: "Vercel",
  recognise: [[{ place: { in: "header", name: "x-vercel-signature" } }]],
  signing: {
    schemes: [
      {
        id: "sha1",
        signature: [{ in: "header", name: "x-vercel-signature" }],
        algorithm: "hmac-sha1",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: SKILLS,
      },
    ],
  },
  secret: { called: "webhook secret", where: "shown when the webhook is made", source: SKILLS },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "body", path: "id" }], source: PRESET },
  handshakes: [],
  delivery: {
    deadline: { value: 30, source: SKILLS },
    success: "not found",
    retries: { value: { overSeconds: 86_400 }, note: "With growing waits.", source: SKILLS },
    disable: "not found",
  },
  notes: ["The hash is SHA-1; libraries that say SHA-256 are wrong."],
};
