import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Home, makeHome, run, startTunnel } from "../rig/programs.ts";
import { startRecordingApp } from "../rig/recording-app.ts";
import { send } from "../rig/send.ts";

const SECRET = "made-up-secret-of-moltify";
const BODY = '{"event":"task.submitted","data":{"taskId":"task_1","agreedPrice":142.50}}\n';

let home: Home;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  home = makeHome();
  closers.push(home.remove);
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function moltify(body: string, at = String(Date.now())): Record<string, string> {
  return { "X-Moltify-Timestamp": at, "X-Moltify-Signature": createHmac("sha256", SECRET).update(`${at}.${body}`).digest("hex") };
}

function write(name: string, content: string): void {
  writeFileSync(join(home.folder, name), content);
}

describe("the commands for signatures", () => {
  it("verify a body with the headers that curl shows, once the secret is stored from stdin", async () => {
    write("body.json", BODY);
    const lines = Object.entries({ Host: "x.example", "User-Agent": "curl/8.5.0", ...moltify(BODY) }).map((pair) => `> ${pair.join(": ")}`);
    write("headers.txt", `> POST /hook HTTP/1.1\r\n${lines.join("\r\n")}\r\n>\r\n`);
    const args = ["verify", "@body.json", "--headers", "headers.txt"];
    expect(await run(args, { home })).toMatchObject({ code: 1 });
    const set = await run(["secrets", "set", "moltify"], { home, stdin: `${SECRET}\n` });
    expect([set.code, set.stdout.toString() + set.stderr]).toEqual([0, expect.not.stringContaining(SECRET)]);
    const { code, stdout } = await run(args, { home });
    expect([code, stdout.toString()]).toEqual([0, expect.stringMatching(/^✓ valid Moltify/)]);
    write("body.json", BODY.trimEnd());
    expect((await run(args, { home })).code).toBe(1);
  });

  it("sign what verify finds valid, byte for byte", async () => {
    const env = { MOLTIFY: SECRET };
    const signed = await run(["sign", "-", "--provider", "moltify", "--secret-env", "MOLTIFY"], { home, env, stdin: BODY });
    write("headers.txt", signed.stdout.toString());
    const checked = await run(["verify", "-", "--headers", "headers.txt", "--secret-env", "MOLTIFY", "--json"], { home, env, stdin: BODY });
    expect([checked.code, JSON.parse(checked.stdout.toString())]).toMatchObject([0, { verdict: "valid", provider: "moltify" }]);
  });

  it("give the catalogue as JSON, with the user's own providers", async () => {
    const scheme = {
      id: "v1",
      signature: [{ in: "header", name: "X-Acme" }],
      algorithm: "hmac-sha256",
      encoding: "hex",
      key: { form: "text" },
      signed: "{body}",
    };
    write("devhook.config.json", JSON.stringify({ providers: { acme: { signing: { schemes: [scheme] } } } }));
    const { code, stdout } = await run(["providers", "--json"], { home });
    const ids = (JSON.parse(stdout.toString()) as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(code).toBe(0);
    expect(ids).toEqual(expect.arrayContaining(["acme", "moltify", "moltjobs", "upmoltwork", "agentpost", "stripe"]));
  });

  it("sign a stale delivery anew, so that an app that checks takes it again", async () => {
    const env = { DEVHOOK_SECRET_MOLTIFY: SECRET };
    const app = await startRecordingApp();
    closers.push(app.close);
    const tunnel = await startTunnel(app.port, [], { home, env });
    closers.push(tunnel.program.kill);
    const answer = await send(tunnel.url, { body: BODY, headers: moltify(BODY, String(Date.now() - 600_000)) });
    const id = answer.headers.find(([name]) => name === "devhook-id")?.[1] ?? "";
    expect(await tunnel.program.event("verification", (event) => event["delivery"] === id)).toMatchObject({
      verdict: "invalid",
      time: "stale",
    });
    tunnel.program.signal("SIGTERM");
    await tunnel.program.ended;

    const again = await run(["resend", id, "--resign", "--json"], { home, env });
    expect([again.code, JSON.parse(again.stdout.toString())]).toMatchObject([0, { id, attempt: 2, status: 200, resigned: true }]);
    expect(again.stderr).toContain("had the verdict invalid");
    const { headers, body } = await app.request(id, 2);
    write("headers.json", JSON.stringify(headers));
    const checked = await run(["verify", "-", "--headers", "headers.json"], { home, env, stdin: String(body) });
    expect([checked.code, checked.stdout.toString()]).toEqual([0, expect.stringMatching(/^✓ valid/)]);
    expect((await run(["verify", id], { home, env })).code).toBe(1);
  });
});
