import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXPORT_FORMS } from "../../../client/export/export-form.ts";
import { type ExportOrder, writeExport, type WrittenExport } from "../../../client/export/write-export.ts";
import { writeFault } from "../../../client/export/write-fault.ts";
import type { Delivery } from "../../../client/ledger/records.ts";
import { createHome, type Home } from "../settings/home.ts";
import { sampleAttempt, sampleDelivery } from "./deliveries.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const SECRET = "canary-secret-1";
const BEARER = "canary-bearer-2";
const ANSWERED = "canary-answer-3";
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const body = (content: string | Buffer): Delivery["body"] => {
  const bytes = Buffer.from(content);
  return { bytes, total: bytes.length, truncated: false };
};
const one = sampleDelivery({ seq: 127, body: body(everyByte) });
const two = sampleDelivery({ seq: 128 });
const cut = sampleDelivery({ seq: 129, body: { bytes: Buffer.from("1234"), total: 6, truncated: true } });
const half = sampleDelivery({ seq: 130, complete: false });
const confidential = sampleDelivery({
  seq: 131,
  target: `/h?token=${BEARER}`,
  headers: ["Host", "x", "Authorization", `Bearer ${BEARER}`, "Cookie", `a=${BEARER}`, "Stripe-Signature", "v1=abc"],
  body: body(JSON.stringify({ a: SECRET })),
  attempts: [
    sampleAttempt({
      target: `http://localhost:8000/h?token=${BEARER}`,
      head: { status: 200, reason: "OK", headers: ["Set-Cookie", ANSWERED] },
    }),
  ],
});

/** A history that has some deliveries, and forgets each after it was read `reads` times. */
function historyOf(deliveries: readonly Delivery[], reads: number = Number.POSITIVE_INFINITY): ExportOrder["history"] {
  const counts = new Map<string, number>();
  return {
    get(id) {
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      return count > reads ? undefined : deliveries.find((each) => each.id === id);
    },
  };
}

function write(deliveries: readonly Delivery[], change: Partial<ExportOrder> = {}): Promise<WrittenExport> {
  return writeExport({
    history: historyOf(deliveries),
    ids: deliveries.map(({ id }) => id),
    form: "jsonl",
    folder: home.cwd,
    secrets: [],
    version: "1.2.3",
    ...change,
  });
}

const mode = (path: string): number => statSync(path).mode & 0o777;
/** Every file below the folder, by its path in it. */
function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

describe("an export into a folder", () => {
  it("is refused where the deliveries do not allow it, and leaves nothing behind", async () => {
    for (const form of ["curl", "raw", "fixture"] as const) {
      await expect(write([one, cut], { form })).rejects.toMatchObject({
        code: "body-truncated",
        message: `delivery ${cut.id} cannot be written as ${form}: its body is not whole`,
        why: "4 of 6 bytes are recorded",
        fix: "har and jsonl take what there is",
      });
      await expect(write([half], { form })).rejects.toMatchObject({ code: "body-truncated", why: expect.stringContaining("broke off") });
    }
    await expect(write([])).rejects.toMatchObject({ code: "usage", message: "nothing is chosen" });
    await expect(write([one], { ids: [one.id, two.id] })).rejects.toMatchObject({ code: "not-found" });
    expect(readdirSync(home.cwd)).toEqual([]);
    expect((await write([cut, half], { form: "har" })).path).toBe(join(home.cwd, "devhook-2-deliveries.har"));
  });

  it.each(["jsonl", "fixture"] as const)("as %s goes again when it cannot be finished", async (form) => {
    const history = historyOf([one, two], 1);
    await expect(write([one, two], { history, form })).rejects.toMatchObject({ code: "not-found" });
    expect(readdirSync(home.cwd)).toEqual([]);
  });

  it.each([
    ["no/such", "its folder is not there"],
    ["file", "a file stands in place of its folder"],
  ])("that cannot be made in %s is an error in plain words", async (folder, why) => {
    writeFileSync(join(home.cwd, "file"), "");
    for (const form of ["har", "fixture"] as const) {
      const path = join(home.cwd, folder, form === "har" ? "devhook-127.har" : "devhook-127-fixture");
      await expect(write([one], { folder: join(home.cwd, folder), form })).rejects.toMatchObject({
        code: "usage",
        message: `cannot write ${JSON.stringify(path)}`,
        why,
        fix: `choose another place: devhook export ${one.id} --as ${form} --out ${form === "har" ? "FILE" : "DIR"}`,
      });
    }
    expect(readdirSync(home.cwd)).toEqual(["file"]);
  });

  it.each([
    ["ENOSPC", "the disk is full"],
    ["EDQUOT", "your share of the disk is used up"],
    ["EACCES", "you have no right to write there"],
    ["EPERM", "you have no right to write there"],
    ["EROFS", "that disk can only be read"],
    ["EXDEV", "the words of the system"],
  ])("that ends with %s says why", (code, why) => {
    const cause = Object.assign(new Error("the words of the system"), { code });
    expect(writeFault("/a/b", cause, "do this")).toMatchObject({
      code: "usage",
      message: 'cannot write "/a/b"',
      why,
      fix: "do this",
      cause,
    });
  });

  it("has a name of its own, and never touches what is there", async () => {
    writeFileSync(join(home.cwd, "devhook-127.har"), "mine", { mode: 0o644 });
    symlinkSync(join(home.root, "elsewhere"), join(home.cwd, "devhook-127-2.har"));
    mkdirSync(join(home.cwd, "devhook-127-3.har"));
    expect((await write([one], { form: "har" })).path).toBe(join(home.cwd, "devhook-127-4.har"));
    expect((await write([one], { form: "har" })).path).toBe(join(home.cwd, "devhook-127-5.har"));
    expect(readFileSync(join(home.cwd, "devhook-127.har"), "utf8")).toBe("mine");
    expect(readdirSync(home.root)).toEqual(["work"]);
  });

  it("gives up when a thousand such names are taken", async () => {
    for (let n = 1; n <= 1_000; n++) writeFileSync(join(home.cwd, n === 1 ? "devhook-127.sh" : `devhook-127-${n}.sh`), "");
    await expect(write([one], { form: "curl" })).rejects.toMatchObject({ code: "usage", why: "1000 names like it are taken" });
    expect(readdirSync(home.cwd)).toHaveLength(1_000);
  });

  it("gives each of two that begin at once its own", async () => {
    const both = await Promise.all([write([one]), write([one])]);
    expect(both.map(({ path }) => path).sort()).toEqual([join(home.cwd, "devhook-127-2.jsonl"), join(home.cwd, "devhook-127.jsonl")]);
    expect(new Set(both.map(({ path }) => readFileSync(path, "utf8"))).size).toBe(1);
  });

  it.each([
    ["curl", "devhook-127.sh", "devhook-2-deliveries.sh"],
    ["har", "devhook-127.har", "devhook-2-deliveries.har"],
    ["jsonl", "devhook-127.jsonl", "devhook-2-deliveries.jsonl"],
    ["raw", "devhook-127.http", "devhook-2-deliveries.http"],
  ] as const)("as %s is one file that only its owner can read, and says its size", async (form, single, several) => {
    const first = await write([one], { form });
    const second = await write([one, two], { form, ids: [one.id, two.id, one.id] });
    expect([first.path, second.path]).toEqual([join(home.cwd, single), join(home.cwd, several)]);
    for (const { path, bytes, notes } of [first, second]) {
      expect([mode(path), statSync(path).size, notes]).toEqual([0o600, bytes, []]);
      expect(bytes).toBeGreaterThan(100);
    }
  });

  it("as fixture is a folder that only its owner can read", async () => {
    const written = await write([one], { form: "fixture" });
    expect(written.path).toBe(join(home.cwd, "devhook-127-fixture"));
    const files = ["request.body", "request.json", "response.body", "response.json"].map((name) => join(one.id, name));
    expect(filesIn(written.path)).toEqual([...files, "replay.test.ts"]);
    expect([mode(written.path), mode(join(written.path, one.id))]).toEqual([0o700, 0o700]);
    for (const name of filesIn(written.path)) expect(mode(join(written.path, name))).toBe(0o600);
    expect(readFileSync(join(written.path, one.id, "request.body"))).toEqual(everyByte);
    expect(written.bytes).toBe(filesIn(written.path).reduce((sum, name) => sum + statSync(join(written.path, name)).size, 0));
    expect(written.notes).toEqual(["in that folder: APP_URL=http://localhost:3000 npx vitest run replay.test.ts"]);
    expect((await write([one, two], { form: "fixture" })).path).toBe(join(home.cwd, "devhook-2-deliveries-fixture"));
    expect((await write([one], { form: "fixture" })).path).toBe(join(home.cwd, "devhook-127-fixture-2"));
  });

  it("as har names the devhook that wrote it", async () => {
    const { path } = await write([one], { form: "har" });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ log: { creator: { name: "devhook", version: "1.2.3" } } });
  });

  it.each(EXPORT_FORMS)("as %s has no credentials and no known secret, and says what it lost", async (form) => {
    const secrets = [
      { owner: "stripe", secret: SECRET },
      { owner: "zoom", secret: "abc" },
    ];
    const { path, notes } = await write([confidential], { form, secrets });
    const texts = (form === "fixture" ? filesIn(path).map((name) => join(path, name)) : [path]).map((file) => readFileSync(file, "utf8"));
    const decoded = texts.flatMap((text) => text.match(/[A-Za-z0-9+/=]{16,}/g) ?? []).map((part) => Buffer.from(part, "base64").toString());
    const all = [...texts, ...decoded, ...notes].join("\n");
    for (const canary of [SECRET, BEARER, ANSWERED]) expect(all).not.toContain(canary);
    expect(all).toContain("v1=abc");
    expect(notes.slice(0, 3)).toEqual([
      expect.stringMatching(
        /^redacted: secret of stripe, header Authorization, header Cookie, parameter token .*; devhook export --with-secrets keeps everything$/,
      ),
      `! the body of ${confidential.id} has changed: signatures over it do not hold any more`,
      "! the secret of zoom is too short to be looked for",
    ]);
  });
});
