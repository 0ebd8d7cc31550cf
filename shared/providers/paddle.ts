import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @paddle/paddle-node-sdk 3.10.0", date: "2026-11-21" };
const GUIDE: Source = {
  grade: "third-party",
  from: "github.com/hookdeck/webhook-skills f8a4801 skills/paddle-webhooks",
  date: "2026-11-21",
};

export const paddle: Provider = {
  id: "paddle",
  name: "Paddle",
  recognise: [[{ place: { in: "header", name: "Paddle-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "h1",
        signature: [{ in: "header", name: "Paddle-Signature", field: { name: "h1", separator: ";", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}:{body}",
        time: {
          place: { in: "header", name: "Paddle-Signature", field: { name: "ts", separator: ";", assign: "=" } },
          unit: "s",
          tolerance: { old: 5, future: null },
          officialVerifier: "counts fractions of a second: at 5.1 s a delivery is too old",
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "secret key of the notification destination", prefix: "pdl_ntfset_", source: GUIDE },
  event: { type: [{ in: "body", path: "event_type" }], id: [{ in: "body", path: "event_id" }], source: GUIDE },
  handshakes: [],
  delivery: {
    deadline: { value: 5, source: GUIDE },
    success: "not found",
    retries: {
      value: { overSeconds: 259_200 },
      note: "60 times in 3 days, 20 of them in the first hour. In a sandbox 3 times in 15 min.",
      source: GUIDE,
    },
    disable: "not found",
  },
  notes: ["Five seconds are short: a delivery that is sent again as recorded is too old for Paddle's package."],
};
