import { beforeEach, describe, expect, it } from "vitest";
import { type ActionDoors, createActions, type Work } from "../../../client/screen/actions.ts";
import { createTelling, type Said, sentenceOf } from "../../../client/screen/telling.ts";
import type { CopyRoute } from "../../../client/terminal/clipboard.ts";
import type { ScreenEvent } from "../../../client/tui/state/reduce.ts";
import type { Prompt } from "../../../client/tui/state/state.ts";
import type { TestResult } from "../../../client/tunnel/test-event.ts";
import { DevhookError } from "../../../shared/errors.ts";

const DONE: Said = { kind: "ok", text: "done" };
const FAULT = new DevhookError("usage", { what: "it cannot be done", why: "it is late", fix: "wait" });
/** in few words, and whole */
const TOLD: Said = { kind: "error", text: "it cannot be done", remedy: "wait", whole: "it cannot be done: it is late. wait" };
const CHOICES = [
  { provider: "stripe", type: "a", variant: undefined, label: "Stripe a" },
  { provider: undefined, type: "plain", variant: undefined, label: "plain JSON" },
];

let said: Said[];
let events: ScreenEvent[];
let called: (readonly [string, unknown])[];
let asking: Prompt | undefined;
let route: CopyRoute;
let result: TestResult;

beforeEach(() => {
  said = [];
  events = [];
  called = [];
  asking = undefined;
  route = { kind: "tool", name: "pbcopy" };
  result = { id: "id-1", status: 200, ms: 3.6, error: undefined, unsigned: undefined };
});

/** What comes of a piece of work, once all that is ready has been done. */
async function does(work: Work, more: Partial<ActionDoors> = {}): Promise<void> {
  actions(more)(work);
  await settled();
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function actions(more: Partial<ActionDoors> = {}): (work: Work) => void {
  const answers: Readonly<Record<string, () => unknown>> = {
    copy: () => route,
    testChoices: () => CHOICES,
    sendTest: () => result,
    retarget: () => undefined,
  };
  const call = (name: string, argument: unknown): Promise<unknown> => {
    called.push([name, argument]);
    return Promise.resolve(answers[name]?.());
  };
  return createActions({
    telling: createTelling({ keys: { keysOf: () => "s" }, seqOf: () => undefined }),
    deliveries: {
      resend: () => Promise.resolve(DONE),
      mark: () => undefined,
      pin: () => DONE,
      note: () => undefined,
      remove: () => DONE,
      clear: () => Promise.resolve(DONE),
      exportAs: () => Promise.resolve(DONE),
      copyText: (what, id) => `${what} of ${id}`,
    },
    secrets: {
      list: () => Promise.resolve([{ provider: "stripe", name: "Stripe", kept: undefined }]),
      store: () => Promise.resolve(DONE),
      remove: () => Promise.resolve(DONE),
    },
    form: {
      open: () => ({ type: "close-overlay" }),
      tick: () => ({ type: "close-overlay" }),
      defaults: () => ({ type: "close-overlay" }),
      edit: () => Promise.resolve({ type: "line", line: 1 }),
      curl: () => "curl …",
      send: () => Promise.resolve(DONE),
    },
    main: { call: call as ActionDoors["main"]["call"] },
    dispatch: (event) => events.push(event),
    say: (one) => said.push(one),
    isAsking: (what) => what === asking,
    url: () => undefined,
    ports: () => [],
    ...more,
  });
}

const texts = (): readonly string[] => said.map(({ text }) => text);

describe("what goes wrong", () => {
  it("is told in one sentence: what, why, what to do", async () => {
    expect(sentenceOf(FAULT)).toBe("it cannot be done: it is late. wait");
    expect(sentenceOf(new DevhookError("usage", { what: "no" }))).toBe("no");
    expect(sentenceOf(new TypeError("x is not a function"))).toBe("x is not a function");
    const secrets = {
      list: () => Promise.reject(FAULT),
      store: () => Promise.reject(FAULT),
      remove: () => Promise.reject(FAULT),
    };
    await does({ do: "remove-secret", provider: "stripe" }, { secrets });
    await does({ do: "secrets-menu" }, { secrets });
    expect(said).toEqual([TOLD, TOLD]);
  });

  it("is told where somebody types, as long as that is there", async () => {
    const what = { kind: "secret", provider: "stripe" } as const;
    const secrets = { list: () => Promise.resolve([]), store: () => Promise.reject(FAULT), remove: () => Promise.resolve(DONE) };
    asking = what;
    await does({ do: "prompted", what, text: "x" }, { secrets });
    expect([events, said]).toEqual([[{ type: "prompt-fault", message: "it cannot be done: it is late. wait" }], []]);
    asking = { kind: "port" };
    await does({ do: "prompted", what, text: "x" }, { secrets });
    expect([events.length, said]).toEqual([1, [TOLD]]);
  });

  it("is thrown by nothing that is called at once either", async () => {
    const throws = (): never => {
      throw FAULT;
    };
    const form = { open: throws, tick: throws, defaults: throws, edit: throws, curl: throws, send: throws };
    for (const work of [
      { do: "edit", id: "x" },
      { do: "form-tick", tick: "x" },
      ...(["defaults", "body", "headers", "curl", "send"] as const).map((what) => ({ do: "form", what }) as const),
    ] as const) {
      await does(work, { form });
    }
    expect(said).toEqual(Array.from({ length: 7 }, () => TOLD));
    expect(events).toEqual([]);
  });
});

describe("a prompt", () => {
  it("is answered once, however often enter is pressed, and closed by its own answer", async () => {
    const what = { kind: "secret", provider: "stripe" } as const;
    let done: (said: Said) => void = () => undefined;
    let stored = 0;
    const store = (): Promise<Said> => {
      stored += 1;
      return new Promise((resolve) => (done = resolve));
    };
    const act = actions({ secrets: { list: () => Promise.resolve([]), store, remove: () => Promise.resolve(DONE) } });
    asking = what;
    act({ do: "prompted", what, text: "x" });
    act({ do: "prompted", what, text: "x" });
    expect(stored).toBe(1);
    // by then the user has closed it, and reads the help
    asking = undefined;
    done(DONE);
    await settled();
    expect([events, said]).toEqual([[], [DONE]]);
    asking = what;
    act({ do: "prompted", what, text: "y" });
    done(DONE);
    await settled();
    expect([stored, events]).toEqual([2, [{ type: "close-overlay" }]]);
  });

  it.each(["", "0", "65536", "80x", "1e3", "-1", "123456", "８０"])("takes %j for no port", async (text) => {
    asking = { kind: "port" };
    await does({ do: "prompted", what: asking, text });
    expect([called, events]).toEqual([[], [{ type: "prompt-fault", message: `"${text}" is no port: accepted: 1 to 65535` }]]);
  });

  it("takes a port for where deliveries go", async () => {
    asking = { kind: "port" };
    await does({ do: "prompted", what: asking, text: " 65535 " });
    expect([called, events, texts()]).toEqual([
      [["retarget", 65_535]],
      [{ type: "close-overlay" }],
      ["deliveries go to port 65535 from now on"],
    ]);
  });
});

describe("the form", () => {
  it("closes when it is sent, not when the app has answered", async () => {
    let done: (said: Said) => void = () => undefined;
    const send = (): Promise<Said> => new Promise((resolve) => (done = resolve));
    const form = { open: unused, tick: unused, defaults: unused, edit: unused, curl: () => "", send };
    await does({ do: "form", what: "send" }, { form });
    expect([events, said]).toEqual([[{ type: "close-overlay" }], []]);
    done(DONE);
    await settled();
    expect([events.length, said]).toEqual([1, [DONE]]);
  });

  it("shows what an editor has made of it, and copies what it would send", async () => {
    await does({ do: "form", what: "body" });
    await does({ do: "form", what: "curl" });
    expect([events, called, texts()]).toEqual([[{ type: "line", line: 1 }], [["copy", "curl …"]], ["copied curl, with pbcopy"]]);
  });
});

function unused(): never {
  throw new Error("nobody asked for this");
}

describe("copying", () => {
  it.each([
    [{ kind: "tool", name: "wl-copy" }, "ok", "copied body, with wl-copy"],
    [{ kind: "tmux" }, "ok", "copied body, to the buffer of tmux"],
    [{ kind: "terminal" }, "ok", "sent body to the terminal's clipboard, which does not say whether it took it"],
    [{ kind: "file", path: "/tmp/x" }, "warning", "no clipboard was found: body is in /tmp/x"],
  ] as const)("by %j says how", async (by, kind, text) => {
    route = by;
    await does({ do: "copy", what: "body", id: "id-1" });
    expect([called, said]).toEqual([[["copy", "body of id-1"]], [{ kind, text }]]);
  });

  it("copies the URL when there is one", async () => {
    await does({ do: "copy-url" });
    expect(said[0]).toMatchObject({ kind: "error", text: expect.stringContaining("there is no URL yet") });
    await does({ do: "copy-url" }, { url: () => "https://x.example" });
    expect(called).toEqual([["copy", "https://x.example"]]);
  });
});

describe("menus", () => {
  it("offer the test events that there are, and send the one that is chosen", async () => {
    const act = actions();
    act({ do: "test-menu" });
    await settled();
    expect(events).toMatchObject([
      {
        type: "open",
        overlay: {
          kind: "menu",
          items: [
            { label: "Stripe a", effect: { do: "test", index: 0 } },
            { label: "plain JSON", hint: "unsigned", effect: { do: "test", index: 1 } },
          ],
        },
      },
    ]);
    act({ do: "test", index: 0 });
    act({ do: "test", index: 7 });
    await settled();
    expect(called).toEqual([
      ["testChoices", undefined],
      ["sendTest", CHOICES[0]],
    ]);
    expect(said).toEqual([{ kind: "ok", text: "test Stripe a: 200 in 4 ms" }]);
  });

  it.each([
    [{ status: 500 }, "warning", "test Stripe a: 500 in 4 ms"],
    [{ status: 302 }, "warning", "test Stripe a: 302 in 4 ms"],
    [
      { status: null, error: { code: "app-refused", message: "refused", hint: "" } },
      "warning",
      "test Stripe a: refused",
      "s names another port",
    ],
    [{ unsigned: { code: "no-secret", reason: "x" } }, "ok", "test Stripe a: 200 in 4 ms, unsigned: no secret", "s keeps one"],
    [{ unsigned: { code: "other", reason: "it knows no time" } }, "ok", "test Stripe a: 200 in 4 ms, unsigned: it knows no time"],
  ])("say what became of a test event: %j", async (change, kind, text, remedy = "") => {
    result = { ...result, ...change } as TestResult;
    const act = actions();
    act({ do: "test-menu" });
    await settled();
    act({ do: "test", index: 0 });
    await settled();
    expect(said).toEqual([{ kind, text, ...(remedy !== "" && { remedy }) }]);
  });

  it("offer ports that something listens on, or ask for one where nothing does", async () => {
    await does({ do: "port-menu" }, { ports: () => [3000, 5173] });
    await does({ do: "port-menu" });
    await does({ do: "ask-port" });
    expect(events).toMatchObject([
      {
        overlay: {
          kind: "menu",
          items: [{ effect: { do: "retarget", port: 3000 } }, { effect: { do: "retarget", port: 5173 } }, { effect: { do: "ask-port" } }],
        },
      },
      { overlay: { kind: "prompt", what: { kind: "port" }, hidden: false } },
      { overlay: { kind: "prompt", what: { kind: "port" } } },
    ]);
    await does({ do: "retarget", port: 3000 });
    expect(called).toEqual([["retarget", 3000]]);
  });

  it("offer senders for a secret, which is asked for unseen", async () => {
    await does({ do: "secrets-menu" });
    await does({ do: "ask-secret", provider: "stripe" });
    expect(events).toMatchObject([
      { overlay: { kind: "menu", items: [{ label: "Stripe", hint: "no secret", isKept: false }] } },
      { overlay: { kind: "prompt", hidden: true, what: { kind: "secret", provider: "stripe" } } },
    ]);
  });
});

it("says what came of work on deliveries, and nothing where the list shows it", async () => {
  const ids = ["id-1"];
  for (const work of [
    { do: "resend", ids, resign: false },
    { do: "mark", ids, on: true },
    { do: "pin", ids, on: true },
    { do: "note", id: "id-1", text: "x" },
    { do: "delete", ids },
    { do: "clear" },
    { do: "export", form: "har", ids },
    { do: "remove-secret", provider: "stripe" },
  ] as const) {
    await does(work);
  }
  expect(said).toEqual(Array.from({ length: 6 }, () => DONE));
});
