import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery } from "../../../client/ledger/records.ts";
import { createDeliveryActions } from "../../../client/screen/delivery-actions.ts";
import { createFormActions } from "../../../client/screen/form-actions.ts";
import type { KnownSecrets } from "../../../client/screen/known-secrets.ts";
import type { ScreenTarget } from "../../../client/screen/messages.ts";
import { createTelling, type Said, sentenceOf } from "../../../client/screen/telling.ts";
import { cellsOf } from "../../../client/terminal/cut-line.ts";
import { toastLine } from "../../../client/tui/frame/toast-line.ts";
import { createKeymap } from "../../../client/tui/keymap.ts";
import { changeRows, EMPTY_LIST, type ListState } from "../../../client/tui/state/list-state.ts";
import type { ScreenEvent } from "../../../client/tui/state/reduce.ts";
import type { FormView } from "../../../client/tui/state/state.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { systemClock } from "../../../shared/clock.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { databaseFault } from "../../../shared/sqlite/fault.ts";
import { type RecordingApp, startRecordingApp } from "../../rig/recording-app.ts";
import { until } from "../../rig/until.ts";
import { checked } from "../resending/given.ts";
import { lookOf, plain } from "../tui/frame/screen-values.ts";
import { openTempHistory, type TempHistory, withBody } from "./temp-history.ts";

const SECRET = "whsec_madeUpForThisTest";
const STRIPE = {
  headers: ["Host", "x", "Content-Type", "application/json", "Stripe-Signature", "t=1790000000,v1=00"],
  ...checked("stripe", "v1"),
};

let temp: TempHistory;
let app: RecordingApp;
let changed: (readonly string[] | undefined)[];
let secret: readonly string[];
let port: number;

beforeEach(async () => {
  temp = openTempHistory();
  app = await startRecordingApp();
  ({ port } = app);
  changed = [];
  secret = [];
});
afterEach(async () => {
  temp.remove();
  await app.close();
});

const secrets: KnownSecrets = {
  of: ({ id }) => (id === "stripe" ? secret : []),
  isAny: () => true,
  facts: () => [],
  all: () => secret.map((each) => ({ owner: "stripe", secret: each })),
  refresh: () => Promise.resolve(),
};

function target(): ScreenTarget {
  return { origin: `http://127.0.0.1:${port}`, path: "", headers: [], hostHeader: "keep", insecure: false, timeoutMs: 5_000 };
}

function listed(): ListState {
  const rows = temp.history.rows({ limit: 10_000, order: "oldest" }).map((row) => ({ ...row, deadline: undefined }));
  return changeRows(EMPTY_LIST, { rows });
}

function surroundings() {
  return {
    telling,
    history: temp.history,
    catalogue: createCatalogue([]),
    secrets,
    clock: systemClock,
    folder: temp.folder,
    paths: { secretsFile: join(temp.folder, "secrets.json"), credentialsFile: join(temp.folder, "credentials.json") },
    env: {},
    target,
    tunnel: () => "shop",
    list: listed,
    onChanged: (ids: readonly string[] | undefined) => changed.push(ids),
  };
}

function actions() {
  return createDeliveryActions(surroundings());
}

const telling = createTelling({
  keys: createKeymap({}, { ascii: false }),
  seqOf: (id) => listed().rows.find((row) => row.id === id)?.seq,
});

async function sentence(work: Promise<unknown>): Promise<string> {
  return sentenceOf(await work.catch((error: unknown) => error));
}

describe("a resend", () => {
  it("sends the bytes as they came, says what the app answered, and has the record read again", async () => {
    const [id = ""] = temp.add(withBody('{"n":1}'));
    expect(await actions().resend([id], { resign: false })).toMatchObject({
      kind: "ok",
      text: expect.stringMatching(/^sent again: 200 in \d+ ms/),
    });
    expect(changed).toEqual([[id]]);
    const { attempts } = temp.history.head(id) ?? {};
    expect(attempts?.map(({ kind, request }) => [kind, request])).toEqual([
      ["live", undefined],
      ["resend", undefined],
    ]);
  });

  it("tells of an app that is not there, and that it was well before", async () => {
    const [id = ""] = temp.addMany(1);
    await app.close();
    const said = await actions().resend([id], { resign: false });
    expect(said.kind).toBe("error");
    expect(said.text).toMatch(/^sent again: regressed, nothing listens on /);
    expect([said.remedy, said.whole]).toEqual([
      "p names another port",
      expect.stringMatching(/^sent again: regressed, .*\. start your app/),
    ]);
    app = await startRecordingApp();
  });

  it("signs anew with the secret that is known, and says what to do without one", async () => {
    const [id = ""] = temp.add(withBody('{"id":"evt_1","type":"x"}', STRIPE));
    expect(await sentence(actions().resend([id], { resign: true }))).toMatch(/no endpoint secret of Stripe/);
    secret = [SECRET];
    const said = await actions().resend([id], { resign: true });
    expect(said.text).toMatch(/^sent again \(signed anew\): .*200/);
    expect(said.text).not.toContain(SECRET);
    expect(app.requests).toHaveLength(1);
  });

  it("warns of a signature that is too old by now", async () => {
    const [id = ""] = temp.add(withBody('{"id":"evt_1","type":"x"}', STRIPE));
    const said = await actions().resend([id], { resign: false });
    expect([said.kind, said.remedy]).toEqual(["warning", "R signs it anew"]);
    expect(said.text).toMatch(/^sent again: 200 in \d+ ms · the signature is .* old$/);
    expect(said.whole).toMatch(/your app may refuse it; R signs it anew$/);
    expect(said.text + said.whole).not.toContain(id);
  });

  it("is refused for what is not whole, or not there any more", async () => {
    const [id = ""] = temp.add({ body: { bytes: Buffer.from("ab"), total: 3, truncated: true } });
    expect(await sentence(actions().resend([id], { resign: false }))).toContain("its body is not whole");
    temp.other.remove([id]);
    expect(await sentence(actions().resend([id], { resign: false }))).toContain("removed from the history meanwhile");
    expect(app.requests).toEqual([]);
  });

  it("of many counts how they ended, four at a time, and names the first that was refused", async () => {
    const many = temp.addMany(9);
    const [cut = ""] = temp.add({ complete: false });
    app.on("/bad", (socket) => void socket.write("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));
    const [bad = ""] = temp.add({ target: "/bad", path: "/bad" });
    const said = await actions().resend([...many, cut, bad], { resign: false });
    expect(said.kind).toBe("warning");
    expect(said.text).toMatch(/^11 sent again: 1 failed, 9 answered 2xx, 1 otherwise \(#10 .*its body is not whole\)$/);
    expect([said.remedy, said.whole]).toEqual(["have the sender send it again", expect.stringContaining("still sending")]);
    expect(changed).toHaveLength(11);
    expect(await actions().resend(many, { resign: false })).toEqual({
      kind: "ok",
      text: "9 sent again: 9 answered 2xx, 0 otherwise, 0 failed",
    });
  });
});

describe("what is put to a delivery", () => {
  it("is recorded: marks, pins, notes", () => {
    const [id = ""] = temp.addMany(1);
    const { mark, pin, note } = actions();
    expect([mark([id], { on: true }), pin([id], { on: true })?.kind, note(id, "  ask Ada ")]).toEqual([undefined, "ok", undefined]);
    expect(temp.history.rows({ ids: [id], limit: 1, order: "newest" })[0]).toMatchObject({ marked: true, pinned: true, note: "ask Ada" });
    mark([id], { on: false });
    pin([id], { on: false });
    note(id, " ");
    expect(temp.history.rows({ ids: [id], limit: 1, order: "newest" })[0]).toMatchObject({ marked: false, pinned: false, note: undefined });
    expect(changed).toEqual(Array.from({ length: 6 }, () => [id]));
  });

  it("is refused when the note is too long, or the delivery has gone", () => {
    const [id = ""] = temp.addMany(1);
    expect(() => actions().note(id, "x".repeat(2_001))).toThrow(DevhookError);
    temp.other.remove([id]);
    expect(() => actions().note(id, "x")).toThrow(DevhookError);
  });
});

describe("deleting", () => {
  it("deletes what is there, and says how many", () => {
    const [one = "", two = "", three = ""] = temp.addMany(3);
    expect(actions().remove([one])).toEqual({ kind: "ok", text: "1 delivery deleted" });
    expect(actions().remove([one, two, three])).toEqual({ kind: "ok", text: "2 deliveries deleted" });
    expect(changed).toEqual([[one], [one, two, three]]);
    expect(temp.history.head(two)).toBeUndefined();
  });

  it("clears all of this tunnel but what is pinned, up to the newest that was listed", async () => {
    const [pinned = ""] = temp.addMany(1_200);
    temp.other.setPinned([pinned], true);
    const [foreign = ""] = temp.add({ tunnel: "another" });
    const before = listed();
    const [late = ""] = temp.addMany(1);
    const cleared = createDeliveryActions({ ...surroundings(), list: () => before });
    expect(await cleared.clear()).toEqual({ kind: "ok", text: "1199 deliveries deleted" });
    expect(listed().rows.map(({ id }) => id)).toEqual([pinned, foreign, late]);
    expect(changed).toEqual([undefined]);
  });
});

describe("what leaves the screen", () => {
  it("is written to a new file without the secrets that are known", async () => {
    secret = [SECRET];
    const ids = temp.add(withBody(`{"secret":"${SECRET}"}`), withBody("{}"));
    const said = await actions().exportAs("jsonl", ids);
    const [, path = ""] = /^written to (\S+)/.exec(said.text) ?? [];
    expect(readFileSync(path, "utf8")).not.toContain(SECRET);
    expect(readFileSync(path, "utf8").trim().split("\n").length).toBeGreaterThanOrEqual(2);
    expect((await actions().exportAs("har", ids)).text).not.toContain(path);
  });

  it("is a text for the clipboard, or says why it is none", () => {
    const [text = "", binary = ""] = temp.add(withBody("héllo\n"), {
      body: { bytes: Buffer.from([0, 255, 1]), total: 3, truncated: false },
      attempts: [],
    });
    const { copyText } = actions();
    expect([copyText("body", text), copyText("path", text), copyText("id", text)]).toEqual(["héllo", "/hooks/stripe", text]);
    expect(copyText("curl", text)).toMatch(/^\} \| curl /m);
    expect(() => copyText("body", binary)).toThrow(/is not text/);
    expect(() => copyText("answer", binary)).toThrow(/there is no answer/);
    expect(() => copyText("curl", "gone")).toThrow(/removed from the history meanwhile/);
  });
});

describe("an edited resend", () => {
  /** A form whose editor does this with the text, or throws. */
  function formOf(editor: (text: string) => string | Promise<string>) {
    const edited: string[] = [];
    const main = {
      call: async (_name: string, path: unknown): Promise<unknown> => {
        const { writeFile } = await import("node:fs/promises");
        const before = readFileSync(String(path), "latin1");
        edited.push(before);
        await writeFile(String(path), await editor(before), "latin1");
        return undefined;
      },
    };
    const form = createFormActions({
      history: temp.history,
      catalogue: createCatalogue([]),
      secrets,
      clock: systemClock,
      main: main as Parameters<typeof createFormActions>[0]["main"],
      target,
      deliveries: actions(),
    });
    return { form, edited };
  }

  function viewOf(event: ScreenEvent): FormView {
    if (event.type === "form") return event.form;
    if (event.type === "open" && event.overlay.kind === "form") return event.overlay.form;
    throw new Error(`no form: ${event.type}`);
  }

  it("begins with the delivery as it came, sends what was made of it, and says so", async () => {
    const [id = ""] = temp.add(withBody('{"n":1}'));
    const { form } = formOf((text) => text.replace('{"n":1}', '{"n":2}'));
    const view = viewOf(form.open(id));
    expect(view).toMatchObject({
      title: "Edit & resend #1",
      request: expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:\d+\/hooks/),
      diff: [],
    });
    const edited = viewOf(await form.edit("body"));
    expect(edited).toMatchObject({ json: "ok", fault: undefined, diff: [{ sign: "-" }, { sign: "+" }] });
    expect(form.curl()).toContain('{"n":2}');
    expect((await form.send()).text).toMatch(/^sent again \(edited\): /);
    expect(temp.history.sentBody(id, 2)?.bytes.toString()).toBe('{"n":2}');
    expect(temp.history.body(id)?.bytes.toString()).toBe('{"n":1}');
  });

  it("gives the curl command of what would be sent, the new signature in it", () => {
    secret = [SECRET];
    const [id = ""] = temp.add(withBody('{"id":"evt_1","type":"x"}', STRIPE));
    const { form } = formOf((text) => text);
    const view = viewOf(form.open(id));
    expect(view.ticks.find(({ label }) => label.startsWith("recompute"))).toMatchObject({ on: true });
    expect(form.curl()).toMatch(/Stripe-Signature: t=\d+,v1=[0-9a-f]{64}/);
    form.tick("recomputeSignature");
    expect(form.curl()).toContain("Stripe-Signature: t=1790000000,v1=00");
  });

  it("keeps a broken edit, goes on from it, and does not send it", async () => {
    const [id = ""] = temp.add(withBody("{}"));
    const edits = ["no request line at all\u0000\n", "POST /hooks HTTP/1.1\n\n{}"];
    const { form, edited } = formOf(() => edits.shift() ?? "");
    form.open(id);
    expect(viewOf(await form.edit("body")).fault).toMatch(/^line 1: .+\. put line 1 right/);
    expect(() => form.send()).toThrow(/the last edit cannot be sent/);
    expect(viewOf(await form.edit("body")).fault).toBeUndefined();
    expect(edited[1]).toBe("no request line at all\u0000\n");
    expect((await form.send()).text).toMatch(/^sent again/);
  });

  it("keeps a broken edit of one part when the other one is edited", async () => {
    const [id = ""] = temp.add(withBody("{}"));
    const { form } = formOf((text) => (text.includes("POST ") ? "broken\n" : `${text}X-Mine: 1\n`));
    form.open(id);
    const broken = viewOf(await form.edit("body"));
    const both = viewOf(await form.edit("headers"));
    expect(broken.fault).toBeDefined();
    expect([both.fault, both.headers.changed > 0]).toEqual([broken.fault, true]);
    expect(() => form.send()).toThrow(DevhookError);
    // as it came, with nothing broken in it
    expect(viewOf(form.defaults())).toMatchObject({ fault: undefined, headers: { changed: 0 } });
  });

  it("switches what can be chosen, and passes over what cannot", () => {
    secret = [SECRET];
    const [id = ""] = temp.add(withBody('{"id":"evt_1","type":"x"}', STRIPE));
    const { form } = formOf((text) => text);
    const { ticks } = viewOf(form.open(id));
    expect(ticks.map((tick) => [tick.id, tick.on])).toEqual([
      ["recomputeSignature", true],
      ["newTimestamp", true],
      ["newEventId", false],
    ]);
    expect(viewOf(form.tick("newEventId")).ticks[2]?.on).toBe(true);
    expect(viewOf(form.tick("no such thing")).ticks[2]?.on).toBe(true);
    expect(viewOf(form.defaults()).ticks[2]?.on).toBe(false);
    secret = [];
    const without = viewOf(form.open(id));
    expect(without.ticks.map((tick) => tick.id)).toEqual(["newEventId"]);
    expect(without.fixed).toEqual([
      { label: "recompute signature", on: false, why: expect.stringMatching(/^there is no .*secret of Stripe to sign with$/) },
      { label: "new timestamp", on: false, why: "the timestamp belongs to the signature, which stays as it is" },
    ]);
  });

  it("says why something cannot be chosen by the number of the delivery, and what a difference of values cannot say", async () => {
    const [id = ""] = temp.add(withBody('{"n":1}'));
    const { form } = formOf((text) => text.replace('{"n":1}', '{ "n":1 }'));
    expect(viewOf(form.open(id)).fixed[0]?.why).toBe("cannot sign #1 anew: nobody knows who sent it");
    expect(viewOf(await form.edit("body"))).toMatchObject({ diff: [], remark: "the same values, written otherwise" });
  });

  it("keeps what was written when the editor fails, and says where", async () => {
    const [id = ""] = temp.add(withBody("{}"));
    const failing = (change: string): ReturnType<typeof formOf>["form"] =>
      createFormActions({
        history: temp.history,
        catalogue: createCatalogue([]),
        secrets,
        clock: systemClock,
        main: {
          call: (async (_name: string, path: unknown) => {
            const { appendFile } = await import("node:fs/promises");
            await appendFile(String(path), change);
            throw new DevhookError("usage", { what: "the editor failed", why: "exit code 1" });
          }) as Parameters<typeof createFormActions>[0]["main"]["call"],
        },
        target,
        deliveries: actions(),
      });
    const kept = failing("my work");
    kept.open(id);
    const told = await sentence(kept.edit("body"));
    const [, path = ""] = /^the editor failed: exit code 1\. your edit is kept: (\S+)$/.exec(told) ?? [];
    expect(readFileSync(path, "utf8")).toMatch(/my work$/);
    const untouched = failing("");
    untouched.open(id);
    expect(await sentence(untouched.edit("headers"))).toBe("the editor failed: exit code 1");
  });

  it("opens one editor at a time, whatever is pressed", async () => {
    const [id = ""] = temp.add(withBody("{}"));
    let close: (text: string) => void = () => undefined;
    const { form, edited } = formOf(() => new Promise<string>((resolve) => (close = resolve)));
    form.open(id);
    const both = [form.edit("body"), form.edit("headers")];
    await until(() => edited.length === 1);
    close("");
    await Promise.all(both);
    expect(edited).toHaveLength(1);
    const again = form.edit("headers");
    await until(() => edited.length === 2);
    close("");
    expect(viewOf(await again).fault).toBeUndefined();
  });

  it("edits nothing before it is opened, nor what cannot be sent", async () => {
    const { form } = formOf((text) => text);
    expect(() => form.send()).toThrow("nothing is being edited");
    expect(await sentence(form.edit("body"))).toBe("nothing is being edited");
    const [id = ""] = temp.add({ complete: false });
    expect(() => form.open(id)).toThrow(/its body is not whole/);
  });
});

describe("what goes wrong, in a row of 80 cells", () => {
  const look = lookOf({ colour: false });
  const row = (said: Said, columns = 80): string => plain(toastLine({ at: 0, ...said }, look, columns)).trim();
  /** What is told of work on a delivery. */
  async function rowOf(work: () => unknown): Promise<string> {
    try {
      return row((await work()) as Said);
    } catch (error) {
      return row(telling.fault(error));
    }
  }
  const cut: Partial<Delivery> = { body: { bytes: Buffer.from("ab"), total: 3, truncated: true } };
  const form = (): ReturnType<typeof createFormActions> =>
    createFormActions({
      history: temp.history,
      catalogue: createCatalogue([]),
      secrets,
      clock: systemClock,
      main: { call: () => Promise.reject(new Error("nobody edits")) } as unknown as Parameters<typeof createFormActions>[0]["main"],
      target,
      deliveries: actions(),
    });
  /** a history that fails by this code of SQLite */
  const failing = (code: string): Error =>
    databaseFault(Object.assign(new Error("it failed"), { code }), "/home/somebody/.local/share/devhook/devhook.db") as Error;

  it.each<readonly [string, Partial<Delivery>, (id: string) => unknown, RegExp]>([
    [
      "r, gone",
      {},
      (id) => (temp.other.remove([id]), actions().resend([id], { resign: false })),
      /✗ delivery \w{8} has been removed from the history/,
    ],
    [
      "r, upgrade",
      { upgrade: true },
      (id) => actions().resend([id], { resign: false }),
      /✗ #1 asked for a WebSocket: what followed is not recorded/,
    ],
    [
      "r, cut",
      cut,
      (id) => actions().resend([id], { resign: false }),
      /✗ #1 cannot be sent again: its body .*· have the sender send it again$/,
    ],
    [
      "r, down",
      {},
      (id) => ((port = 1), actions().resend([id], { resign: false })),
      /✗ sent again: regressed, nothing listens on .*· p names another port$/,
    ],
    [
      "R, nobody",
      {},
      (id) => actions().resend([id], { resign: true }),
      /✗ cannot sign #1 anew: nobody knows who sent it · r sends it as it came$/,
    ],
    [
      "R, no secret",
      STRIPE,
      (id) => actions().resend([id], { resign: true }),
      /✗ there is no .*secret of Stripe to sign with · s keeps one$/,
    ],
    [
      "R, several",
      STRIPE,
      (id) => actions().resend([id, id], { resign: true }),
      /! 2 sent again: 2 failed, 0 answered 2xx, 0 otherwise.*· s keeps one$/,
    ],
    ["e, cut", cut, (id) => form().open(id), /✗ #1 cannot be sent again: its body .*· have the sender send it again$/],
    ["c, cut", cut, (id) => actions().copyText("body", id), /✗ the body of #1 is not whole · X exports it as har or jsonl$/],
    ["c, gone", {}, () => actions().copyText("curl", "gone"), /✗ this delivery has been removed from the history meanwhile/],
    ["X, cut", cut, (id) => actions().exportAs("curl", [id]), /✗ #1 cannot be written as curl: .*· X exports it as har and jsonl$/],
    [
      "X, nowhere",
      {},
      (id) => createDeliveryActions({ ...surroundings(), folder: "/no/such/folder" }).exportAs("har", [id]),
      /✗ cannot write "devhook-1.*har" · start devhook in another folder$/,
    ],
    [
      "D, locked",
      {},
      () => Promise.reject(failing("SQLITE_BUSY")),
      /✗ Another process holds the database devhook\.db · try it again in a moment$/,
    ],
    ["D, full", {}, () => Promise.reject(failing("SQLITE_FULL")), /✗ There is no room left to write devhook\.db · make room on that disk$/],
    [
      "s, damaged",
      {},
      () =>
        Promise.reject(
          new DevhookError("config-invalid", {
            what: "/home/u/.config/devhook/secrets.json is damaged",
            why: "x",
            fix: "remove it, then store each secret again: devhook secrets set ID",
          }),
        ),
      /✗ secrets\.json is damaged · s keeps new ones once that file is gone$/,
    ],
    [
      "t, starting",
      {},
      () => Promise.reject(new DevhookError("usage", { what: "devhook is still starting", fix: "try it again in a moment" })),
      /✗ devhook is still starting · try it again in a moment$/,
    ],
  ])("%s: what failed and what to do are both seen", async (_, change, work, expected) => {
    const [id = ""] = temp.add(change);
    const told = await rowOf(() => work(id));
    expect(told).toMatch(expected);
    expect(cellsOf(told)).toBeLessThanOrEqual(78);
    expect(told).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|devhook (?:secrets|resend|export)/);
  });

  it("is cut where it is long, and the way out is not", () => {
    const said: Said = { kind: "error", text: "x".repeat(200), remedy: "s keeps one" };
    expect(row(said)).toMatch(/^✗ x+… · s keeps one$/);
    expect(row(said, 40)).toMatch(/^✗ x+… · s keeps one$/);
    expect(row({ ...said, remedy: "y".repeat(200) })).toMatch(/^✗ x{15}… · y+…$/);
  });

  it("names no key that this user has taken away", () => {
    const bare = createTelling({ keys: createKeymap({ secrets: "", port: "" }, { ascii: false }), seqOf: () => undefined });
    const fault = new DevhookError("usage", { what: "no secret", fix: "store it: devhook secrets set stripe" });
    expect(bare.fault(fault).remedy).toBe("store it: devhook secrets set stripe");
    expect(bare.attempt({ code: "app-refused", message: "x", hint: "" }).remedy).toBe("start your app there");
  });
});
