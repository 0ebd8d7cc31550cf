import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOwnProvider } from "../../../shared/catalogue/own-provider.ts";
import { answerHandshake } from "../../../shared/signatures/handshake-answer.ts";
import { createMessage } from "../../../shared/signatures/message.ts";
import { runCommand } from "../commands/command-line.ts";
import { createHome, type Home } from "../settings/home.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/signatures.md"), "utf8");
/** The worked example. */
const example = /```json\n(\{\n {2}"providers"[\s\S]*?)```/.exec(page)?.[1] ?? "";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

describe("the example in docs/signatures.md of a provider of one's own", () => {
  it("is accepted as a configuration", async () => {
    await home.write("work/project/devhook.config.json", example);
    const { code, stdout } = await runCommand(home, ["config", "check", "--json"]);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true }]);
  });

  it("signs as the page says, and what it signs is recognised and valid, with type and id of the event", async () => {
    await home.write("work/project/devhook.config.json", example);
    const env = { DEVHOOK_SECRET_ACME: "acme_made-up" };
    const body = '{"event":"order.created"}';
    const at = ["--at", "1790000000000"];
    const { stdout } = await runCommand(home, ["sign", "-", "--provider", "acme", ...at], { stdin: body, env });
    expect(stdout).toBe(
      `Acme-Signature: t=1790000000,v1=${createHmac("sha256", "acme_made-up").update(`1790000000.${body}`).digest("hex")}\n`,
    );
    await home.write("work/project/headers.txt", `${stdout}Acme-Delivery: d1\n`);
    const checked = await runCommand(home, ["verify", "-", "--headers", "headers.txt", "--json", ...at], { stdin: body, env });
    expect(JSON.parse(checked.stdout)).toMatchObject({ verdict: "valid", provider: "acme", eventType: "order.created", eventId: "d1" });
  });

  it("answers its handshake with JSON", () => {
    const json = (JSON.parse(example) as { providers: Record<string, unknown> }).providers["acme"];
    const own = readOwnProvider("acme", json);
    const handshake = own.kind === "provider" ? own.provider.handshakes[0] : undefined;
    if (handshake === undefined) throw new Error("the example has no handshake");
    const body = Buffer.from('{"event":"ping","challenge":"a\\"b"}');
    const message = createMessage({ method: "POST", url: undefined, headers: [], body });
    const answer = answerHandshake(handshake, message, undefined);
    expect(JSON.parse(String(answer?.body))).toEqual({ challenge: 'a"b' });
  });

  it("stands among tables that name every member of a scheme", () => {
    const members = [
      "id",
      "signature",
      "algorithm",
      "encoding",
      "key",
      "signed",
      "messageId",
      "time",
      "bodyDigest",
      "claims",
      "when",
      "urlVariants",
      "extraHeaders",
    ];
    for (const member of members) expect(page).toContain(`| \`${member}\` |`);
  });
});
