import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const API: Source = {
  grade: "official-doc",
  from: "core.telegram.org/bots/api#setwebhook, as docs.rs and others quote it",
  date: "2026-11-21",
};
const PACKAGE: Source = { grade: "third-party", from: "npm grammy 1.46.0", date: "2026-11-21" };

export const telegram: Provider = {
  id: "telegram",
  name: "Telegram",
  recognise: [[{ place: { in: "header", name: "X-Telegram-Bot-Api-Secret-Token" } }], [{ place: { in: "body", path: "update_id" } }]],
  signing: {
    schemes: [
      {
        id: "secret-token",
        note: "The secret itself in a header: it covers no byte of the body.",
        signature: [{ in: "header", name: "X-Telegram-Bot-Api-Secret-Token" }],
        algorithm: "token",
        encoding: "text",
        key: { form: "text" },
        signed: "",
        source: PACKAGE,
      },
    ],
    unsigned: { note: "Without secret_token in setWebhook, Telegram sends nothing to check.", source: API },
  },
  secret: { called: "secret_token", where: "chosen by you in setWebhook: 1 to 256 of A-Z a-z 0-9 _ -", source: API },
  event: { type: [], id: [{ in: "body", path: "update_id" }], source: API },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "2xx", source: API },
    retries: { value: {}, note: "A reasonable number of attempts, without a figure.", source: API },
    disable: "not found",
  },
  notes: [
    "The kind of an update is the name of the member beside update_id (message, callback_query, …).",
    "Telegram calls only the ports 443, 80, 88 and 8443.",
  ],
};
