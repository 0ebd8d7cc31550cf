import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Bot = { handleUpdate(update: unknown): Promise<void> };
type Adapter = (request: { header: string | undefined; update: unknown }) => object;
type Package = {
  readonly Bot: new (token: string, options: { botInfo: object }) => Bot;
  readonly webhookCallback: (
    bot: Bot,
    adapter: Adapter,
    options: { secretToken: string },
  ) => (request: { header: string | undefined; update: unknown }) => Promise<void>;
};

export const telegram: Oracle = {
  provider: "telegram",
  package: "grammy",
  by: "grammY",
  keys: shared("A-secret_token-1234"),
  otherKeys: shared("A-secret_token-1235"),
  request: REQUEST,
  async accepts(request, key) {
    const { Bot, webhookCallback } = load<Package>("grammy");
    const bot = new Bot("123456:made-up", { botInfo: { id: 1, is_bot: true, first_name: "bot", username: "bot" } });
    bot.handleUpdate = () => Promise.resolve();
    let isRefused = false;
    const callback = webhookCallback(
      bot,
      ({ header, update }) => ({
        header,
        update: Promise.resolve(update),
        respond: () => undefined,
        unauthorized: () => {
          isRefused = true;
        },
      }),
      { secretToken: key },
    );
    await callback({ header: headerText(request, "x-telegram-bot-api-secret-token"), update: {} });
    return !isRefused;
  },
};
