import { createHash, createHmac, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandLineOptions, runCommand } from "./command-line.ts";

const SECRET = "made-up-secret-0123456789";
const ENV = { MINE: SECRET };
const BODY = '{"event":"task.submitted","data":{"taskId":"task_1"}}';

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

type Signed = {
  readonly provider: string;
  readonly scheme: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyBase64?: string;
  readonly url?: string;
};

async function signed(args: readonly string[], options: CommandLineOptions): Promise<Signed> {
  const { code, stdout, stderr } = await runCommand(home, ["sign", ...args, "--json"], options);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Signed;
}

describe("devhook sign", () => {
  it.each([
    [["-"], "required option '--provider <id>'"],
    [["-", "--provider", "stirpe"], "did you mean stripe?"],
    [["-", "--provider", "moltify"], "devhook secrets set moltify"],
    [["latest", "--provider", "moltify", "--secret-env", "MINE"], "resend ID --resign"],
    [["@nowhere", "--provider", "moltify", "--secret-env", "MINE"], "cannot read the body"],
    [["-", "--provider", "moltify", "--secret-env", "MINE", "--scheme", "v9"], "has no scheme v9"],
    [["-", "--provider", "postmark", "--secret-env", "MINE"], "cannot sign as Postmark"],
    [["-", "--provider", "twilio", "--secret-env", "MINE", "--scheme", "url"], "--url"],
    [["-", "--provider", "discord", "--secret-env", "MINE"], "private key"],
    [["-", "--provider", "svix", "--secret-env", "MINE"], "not base64"],
  ])("refuses %j with exit 2, and says what to do", async (args, told) => {
    const { code, stdout, stderr } = await runCommand(home, ["sign", ...args], { stdin: BODY, env: { MINE: "made up!" } });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(told)]);
    expect(stderr).not.toContain("made up!");
  });

  it("refuses a header that a member of the body would break", async () => {
    const body = '{"id":"evt_1","type":"job.paid\\nX-Evil: 1"}';
    const { code, stdout, stderr } = await runCommand(home, ["sign", "-", "--provider", "moltjobs", "--secret-env", "MINE"], {
      stdin: body,
      env: ENV,
    });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining("MoltJobs-Event")]);
  });

  it("prints the header lines, made of the exact bytes of the body", async () => {
    const body = Buffer.from([0, 1, 0xff, 0x0a]);
    await writeFile(join(home.cwd, "body.bin"), body);
    const at = "2026-11-21T10:00:00.123Z";
    const { code, stdout } = await runCommand(home, ["sign", "@body.bin", "--provider", "moltify", "--secret-env", "MINE", "--at", at], {
      env: ENV,
    });
    const ms = Date.parse(at);
    const signature = createHmac("sha256", SECRET).update(`${ms}.`).update(body).digest("hex");
    expect([code, stdout]).toEqual([0, `X-Moltify-Timestamp: ${ms}\nX-Moltify-Signature: ${signature}\n`]);
  });

  it("takes the secret that a sender signs with: the first, from the environment before the store", async () => {
    await home.write("config/devhook/secrets.json", { version: 1, secrets: { github: ["stored"] } });
    const header = (secret: string): readonly (readonly [string, string])[] => [
      ["X-Hub-Signature-256", `sha256=${createHmac("sha256", secret).update(BODY).digest("hex")}`],
    ];
    expect((await signed(["-", "--provider", "github"], { stdin: BODY })).headers).toEqual(header("stored"));
    const env = { DEVHOOK_SECRET_GITHUB: '["first","second"]' };
    expect((await signed(["-", "--provider", "github"], { stdin: BODY, env })).headers).toEqual(header("first"));
  });

  it("gives provider, scheme and headers as JSON, with the id of --id", async () => {
    const secret = Buffer.from("made-up-key").toString("base64");
    const at = "1790000000000";
    const document = await signed(["-", "--provider", "svix", "--secret-env", "MINE", "--id", "msg_1", "--at", at], {
      stdin: BODY,
      env: { MINE: secret },
    });
    const signature = createHmac("sha256", "made-up-key").update(`msg_1.1790000000.${BODY}`).digest("base64");
    expect(document).toEqual({
      provider: "svix",
      scheme: "v1",
      headers: [
        ["svix-id", "msg_1"],
        ["svix-timestamp", "1790000000"],
        ["svix-signature", `v1,${signature}`],
      ],
    });
  });

  it("gives the body where the scheme writes into it, byte for byte", async () => {
    const args = ["-", "--provider", "upmoltwork", "--scheme", "in-body-compact", "--secret-env", "MINE"];
    const document = await signed(args, { stdin: BODY, env: ENV });
    const body = Buffer.from(document.bodyBase64 ?? "", "base64");
    const signature = `sha256=${createHmac("sha256", SECRET).update(BODY).digest("hex")}`;
    expect(JSON.parse(body.toString())).toEqual({ ...(JSON.parse(BODY) as object), signature });
    const text = await runCommand(home, ["sign", ...args], { stdin: BODY, env: ENV });
    // no header lines, so that what follows the first empty line is the body
    expect(text.bytes).toEqual(Buffer.concat([Buffer.from("\n"), body]));
  });

  it("gives the URL where the scheme writes into it, as a request line that verify reads", async () => {
    const url = "https://x.example/sms?a=1";
    const args = ["-", "--provider", "twilio", "--scheme", "body-digest", "--url", url, "--secret-env", "MINE"];
    const changed = `${url}&bodySHA256=${createHash("sha256").update(BODY).digest("hex")}`;
    expect((await signed(args, { stdin: BODY, env: ENV })).url).toBe(changed);
    const text = await runCommand(home, ["sign", ...args], { stdin: BODY, env: ENV });
    expect(text.stdout).toMatch(new RegExp(`^POST ${changed.replaceAll("?", "\\?")} HTTP/1.1\nX-Twilio-Signature: `));
    await home.write("work/project/headers", text.stdout);
    const checked = await runCommand(home, ["verify", "-", "--headers", "headers", "--secret-env", "MINE"], { stdin: BODY, env: ENV });
    expect(checked.stdout).toMatch(/^✓ valid Twilio \(twilio\), scheme body-digest\n/);
  });

  it("picks the scheme whose conditions the request meets, as the check does", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const env = {
      PRIVATE: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      PUBLIC: publicKey.export({ type: "spki", format: "pem" }).toString(),
    };
    const body = JSON.stringify({
      Type: "Notification",
      MessageId: "m1",
      TopicArn: "arn:aws:sns:eu-west-1:1:made-up",
      Message: "hi",
      Timestamp: "2026-11-21T10:00:00.000Z",
      SignatureVersion: "2",
    });
    const document = await signed(["-", "--provider", "aws-sns", "--secret-env", "PRIVATE"], { stdin: body, env });
    expect(document.scheme).toBe("v2");
    const sent = Buffer.from(document.bodyBase64 ?? "", "base64").toString();
    const checked = await runCommand(home, ["verify", "-", "--provider", "aws-sns", "--secret-env", "PUBLIC", "--json"], {
      stdin: sent,
      env,
    });
    expect(JSON.parse(checked.stdout)).toMatchObject({ verdict: "valid", scheme: "v2" });
  });

  it("writes no control characters of a body to a terminal", async () => {
    const body = '{"event":"\u009b2J"}';
    const args = ["sign", "-", "--provider", "upmoltwork", "--scheme", "in-body-cut", "--secret-env", "MINE"];
    const { code, stdout, stderr } = await runCommand(home, args, { stdin: body, env: ENV, tty: { stdout: true } });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining("control characters")]);
  });

  it.each(["stripe", "slack", "github", "shopify", "moltjobs", "zendesk", "linear", "paddle", "standard-webhooks"])(
    "signs as %s what verify finds valid",
    async (provider) => {
      const env = { MINE: Buffer.from("made-up-key-of-24-bytes!").toString("base64") };
      const body = '{"id":"evt_1","type":"a","event_id":"e","webhookTimestamp":1790000000000}';
      const text = await runCommand(home, ["sign", "-", "--provider", provider, "--secret-env", "MINE"], { stdin: body, env });
      await home.write("work/project/headers", text.stdout);
      const [, changed = body] = text.stdout.split("\n\n");
      const checked = await runCommand(home, ["verify", "-", "--provider", provider, "--headers", "headers", "--secret-env", "MINE"], {
        stdin: changed,
        env,
      });
      expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("✓ valid")]);
    },
  );
});
