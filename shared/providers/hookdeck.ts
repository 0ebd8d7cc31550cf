import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PRESET: Source = { grade: "third-party", from: "npm @trigger.dev/core 4.8.3 (webhook presets)", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "hookdeck.com/docs/destinations", date: "2026-11-21" };

export const hookdeck: Provider = {
  id: "hookdeck",
  name: "Hookdeck",
  recognise: [
    [{ place: { in: "header", name: "X-Hookdeck-Signature" } }],
    [{ place: { in: "header", name: "X-Hookdeck-Signature-2" } }],
    [{ place: { in: "header", name: "X-Hookdeck-EventID" } }],
  ],
  signing: {
    schemes: [
      {
        id: "hmac",
        note: "While the secret is changed, a second header has the signature of the other one.",
        signature: [
          { in: "header", name: "X-Hookdeck-Signature" },
          { in: "header", name: "X-Hookdeck-Signature-2" },
        ],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}",
        source: PRESET,
      },
    ],
  },
  secret: { called: "signing secret of the project", where: "Settings, Secrets", source: PRESET },
  event: {
    type: [],
    id: [{ in: "header", name: "X-Hookdeck-EventID" }],
    attempt: { in: "header", name: "X-Hookdeck-Attempt-Count" },
    source: DOC,
  },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  notes: [
    "Hookdeck passes on what another sender sent, with its headers: name that one by --provider to check its own signature.",
    "A project can give its headers another beginning than X-Hookdeck; the two signature headers keep theirs.",
  ],
};
