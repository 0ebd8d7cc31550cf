import { afterEach, describe, expect, test, vi } from "vitest";
import type { AppCall, CallListener } from "../../../client/forwarder/forward.ts";
import type { AttemptEnd } from "../../../client/ledger/records.ts";
import { Exchange } from "../../../client/session/exchange.ts";
import { createServe } from "../../../client/session/serve.ts";
import { NO_INSPECTION } from "../../../client/verifying/verifying.ts";
import type { AttemptError, CapturedRequest } from "../../../shared/http/exchange.ts";
import { decodeToRelay } from "../../../shared/wire/decode.ts";
import type { FrameToRelay } from "../../../shared/wire/frames.ts";

afterEach(() => vi.useRealTimers());

const REQUEST: CapturedRequest = {
  id: "01990000-0000-7000-8000-000000000001",
  receivedAt: 1_700_000_000_000,
  tunnel: "shop",
  method: "POST",
  target: "/hook",
  base: "",
  headers: ["Host", "a"],
  forwarded: { for: "203.0.113.9", proto: "https", host: "a" },
  upgrade: false,
};
const OK = { status: 200, reason: "OK", headers: ["A", "b"] };
const REFUSED: AttemptError = { code: "app-refused", message: "nothing listens on 127.0.0.1:3000", hint: "start your app there" };

type Served = {
  readonly exchange: Exchange;
  readonly app: CallListener;
  /** what was asked of the app's call */
  readonly asked: string[];
  /** what was recorded, in order */
  readonly recorded: string[];
  readonly ends: AttemptEnd[];
  /** frames that have gone to the relay */
  readonly frames: FrameToRelay[];
  readonly told: string[];
};

/** Serves one request with an app that does what the test says through `app`. */
function serve(body: Buffer | undefined, changes: Partial<CapturedRequest> = {}, immediately?: (app: CallListener) => void): Served {
  let now = 0;
  let app: CallListener | undefined;
  const asked: string[] = [];
  const recorded: string[] = [];
  const ends: AttemptEnd[] = [];
  const frames: FrameToRelay[] = [];
  const told: string[] = [];
  const out = {
    push: (head: Buffer, bytes?: Buffer) =>
      decodeToRelay(bytes === undefined ? head : Buffer.concat([head, bytes]), (frame) => frames.push(frame)),
    congested: () => false,
  };
  const exchange = new Exchange({ stream: 1, request: { ...REQUEST, ...changes }, body }, out, () => {});
  const text = (bytes: Buffer | undefined): string => bytes?.toString("latin1") ?? "to come";
  createServe({
    clock: { now: () => 1_700_000_000_100, monotonic: () => (now += 10) },
    target: () => "http://localhost:3000",
    record: {
      received: (_request, bytes) => recorded.push(`received ${text(bytes)}`),
      requestPart: (_id, bytes) => recorded.push(`request part ${text(bytes)}`),
      requestEnded: (_id, end) => recorded.push(`request ${end.complete ? "whole" : "cut"}`),
      verified: () => {},
      attemptStarted: (_id, start) => recorded.push(`attempt ${start.n} ${start.kind} ${start.target}`),
      responsePart: (_id, _n, bytes) => recorded.push(`response part ${text(bytes)}`),
      answered: (_id, end) => {
        ends.push(end);
        recorded.push(
          `answered ${end.error?.code ?? end.head?.status}${end.late === true ? " late" : ""}${end.body === undefined ? "" : ` ${text(end.body)}`}`,
        );
      },
    },
    inspect: () => NO_INSPECTION,
    call: (_request, bytes, attempt, listener): AppCall => {
      asked.push(`call ${attempt} ${text(bytes)}`);
      app = listener;
      immediately?.(listener);
      return {
        write: (piece) => asked.push(`write ${text(piece)}`),
        end: () => asked.push("end"),
        resume: () => asked.push("resume"),
        abort: () => asked.push("abort"),
      };
    },
    onReceived: () => told.push("received"),
    onAnswered: (_request, end) => told.push(`answered ${end.error?.code ?? end.head?.status}`),
  })(exchange);
  if (app === undefined) throw new Error("the app was not called");
  return { exchange, app, asked, recorded, ends, frames, told };
}

const BEGUN = ["received {}", "attempt 1 live http://localhost:3000/hook"];
const whole = (changes: Partial<CapturedRequest> = {}, immediately?: (app: CallListener) => void): Served =>
  serve(Buffer.from("{}"), changes, immediately);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function received(exchange: Exchange, text: string): void {
  exchange.receive({ type: "data", stream: 1, bytes: Buffer.from(text, "latin1") });
}

describe("an answer", () => {
  test("that is small crosses in one frame and is recorded once, whole", () => {
    const { app, frames, recorded, told, ends } = whole();
    app.head(OK);
    app.data(Buffer.from("hel"));
    app.data(Buffer.from("lo"));
    app.end();
    expect(frames).toEqual([{ type: "response", stream: 1, head: OK, body: Buffer.from("hello"), madeByClient: false }]);
    expect(recorded).toEqual([...BEGUN, "answered 200 hello"]);
    expect(told).toEqual(["received", "answered 200"]);
    expect(ends[0]).toMatchObject({ n: 1, kind: "live", at: 1_700_000_000_100, timings: { head: 10, total: 20 }, late: false });
  });

  test("that streams goes event by event, its head before any of them", async () => {
    const { app, frames, recorded } = whole();
    app.head(OK);
    await turn();
    expect(frames).toEqual([{ type: "response", stream: 1, head: OK, body: undefined, madeByClient: false }]);
    for (const event of ["one", "two"]) {
      expect(app.data(Buffer.from(event))).toBe(true);
      expect(frames.at(-1)).toEqual({ type: "data", stream: 1, bytes: Buffer.from(event) });
    }
    app.end();
    expect(frames.at(-1)).toEqual({ type: "end", stream: 1 });
    expect(recorded).toEqual([...BEGUN, "response part one", "response part two", "answered 200"]);
  });

  test("whose first piece came with its head keeps its order", async () => {
    const { app, frames, recorded } = whole();
    app.head(OK);
    app.data(Buffer.from("one"));
    await turn();
    app.data(Buffer.from("two"));
    app.end();
    expect(frames.map(({ type }) => type)).toEqual(["response", "data", "data", "end"]);
    expect(recorded).toEqual([...BEGUN, "response part one", "response part two", "answered 200"]);
  });

  test("waits at the app when the relay gives no credit, and goes on when it does", async () => {
    const { app, exchange, asked, frames } = whole();
    app.head(OK);
    await turn();
    asked.length = 0;
    expect(app.data(Buffer.alloc(524_288))).toBe(true);
    expect(app.data(Buffer.from("x"))).toBe(false);
    exchange.receive({ type: "credit", stream: 1, bytes: 1_000 });
    expect(asked).toEqual(["resume"]);
    expect(frames.at(-1)).toEqual({ type: "data", stream: 1, bytes: Buffer.from("x") });
  });

  test("may have interim answers before it", () => {
    const { app, frames } = whole();
    app.information({ status: 103, reason: "Early Hints", headers: ["Link", "</a>"] });
    expect(frames).toEqual([{ type: "information", stream: 1, head: { status: 103, reason: "", headers: ["Link", "</a>"] } }]);
  });
});

describe("an app that fails", () => {
  test.each([
    ["app-refused", false, 502, "not-delivered"],
    ["app-reset", true, 502, "unknown"],
    ["app-malformed", true, 502, "unknown"],
    ["app-timeout", true, 504, "unknown"],
    ["app-timeout", false, 504, "not-delivered"],
  ])("with %s (sent: %j) is a %i with the outcome %s", (code, sent, status, outcome) => {
    const { app, frames, recorded, told } = whole();
    app.failed({ ...REFUSED, code }, { begun: false, sent });
    const [frame] = frames;
    expect(frame).toMatchObject({ type: "response", head: { status }, madeByClient: true });
    const { head, body } = frame as FrameToRelay & { readonly type: "response" };
    expect(head.headers).toEqual(expect.arrayContaining(["devhook-outcome", outcome]));
    expect(JSON.parse(body?.toString() ?? "")).toEqual({
      error: { code, message: REFUSED.message, hint: REFUSED.hint },
      delivery: REQUEST.id,
    });
    expect(recorded).toEqual([...BEGUN, `answered ${code}`]);
    expect(told).toEqual(["received", `answered ${code}`]);
  });

  test("before the call has even returned is answered all the same", () => {
    const { frames, recorded } = whole({}, (app) => app.failed({ ...REFUSED, code: "unsendable" }, { begun: false, sent: false }));
    expect(frames).toMatchObject([{ type: "response", head: { status: 502 } }]);
    expect(recorded).toEqual([...BEGUN, "answered unsendable"]);
  });

  test("after its head resets the exchange: the sender must not take it for whole", async () => {
    const { app, frames, recorded, ends } = whole();
    app.head(OK);
    app.data(Buffer.from("par"));
    await turn();
    app.failed({ ...REFUSED, code: "app-reset" }, { begun: true, sent: true });
    expect(frames.map(({ type }) => type)).toEqual(["response", "data", "reset"]);
    expect(frames.at(-1)).toMatchObject({ code: 3, reason: REFUSED.message });
    expect(recorded).toEqual([...BEGUN, "response part par", "answered app-reset"]);
    expect(ends[0]?.head).toEqual(OK);
  });

  test("in the turn of its head sends the head and the reset, in this order", () => {
    const { app, frames, recorded } = whole();
    app.head(OK);
    app.data(Buffer.from("par"));
    app.failed({ ...REFUSED, code: "app-malformed" }, { begun: true, sent: true });
    expect(frames.map(({ type }) => type)).toEqual(["response", "data", "reset"]);
    expect(recorded).toEqual([...BEGUN, "response part par", "answered app-malformed"]);
  });
});

describe("a request that streams", () => {
  test("is recorded and passed on piece by piece, and credited when the app has it", () => {
    const { app, exchange, asked, recorded, frames } = serve(undefined);
    received(exchange, "one");
    received(exchange, "two");
    exchange.receive({ type: "end", stream: 1 });
    expect(asked).toEqual(["call 1 to come", "write one", "write two", "end"]);
    expect(recorded).toEqual(["received to come", BEGUN[1], "request part one", "request part two", "request whole"]);
    app.handedOn(6);
    expect(frames).toEqual([]);
    app.head(OK);
    app.end();
    expect(recorded.slice(-1)).toEqual(["answered 200 "]);
  });

  test("grants credit by the half window", () => {
    const { app, frames } = serve(undefined);
    app.handedOn(262_143);
    expect(frames).toEqual([]);
    app.handedOn(1);
    expect(frames).toEqual([{ type: "credit", stream: 1, bytes: 262_144 }]);
  });

  test("is cut in the record when the app answers before it is whole, and what still comes is left out", () => {
    const { app, exchange, recorded, frames } = serve(undefined);
    received(exchange, "one");
    app.head({ ...OK, status: 413 });
    app.data(Buffer.from("no"));
    app.end();
    received(exchange, "two");
    exchange.receive({ type: "end", stream: 1 });
    expect(frames.map(({ type }) => type)).toEqual(["response", "reset"]);
    expect(recorded).toEqual(["received to come", BEGUN[1], "request part one", "request cut", "answered 413 no"]);
  });

  test("is left out of the record as well while the early answer still waits for credit", async () => {
    const { app, exchange, recorded, frames, asked } = serve(undefined);
    app.head({ ...OK, status: 413 });
    await turn();
    app.data(Buffer.alloc(600_000));
    app.end();
    received(exchange, "two");
    expect(recorded.slice(-2)).toEqual(["request cut", "answered 413"]);
    expect(asked).not.toContain("write two");
    exchange.receive({ type: "credit", stream: 1, bytes: 100_000 });
    expect(frames.slice(-2).map(({ type }) => type)).toEqual(["end", "reset"]);
  });

  test("that the sender breaks off ends the call at once", () => {
    const { exchange, asked, recorded, app } = serve(undefined);
    received(exchange, "one");
    exchange.receive({ type: "reset", stream: 1, code: 2, reason: "" });
    expect(asked.slice(-1)).toEqual(["abort"]);
    expect(recorded).toEqual(["received to come", BEGUN[1], "request part one", "request cut", "answered sender-aborted"]);
    app.failed(REFUSED, { begun: false, sent: true });
    expect(recorded).toHaveLength(5);
  });

  test("that the link loses on the way ends as well", () => {
    const { exchange, asked, recorded } = serve(undefined);
    exchange.lose();
    exchange.lose();
    expect(asked.slice(-1)).toEqual(["abort"]);
    expect(recorded.slice(2)).toEqual(["request cut", "answered link-lost"]);
  });
});

describe("a sender that has gone", () => {
  test.each(["sender-gone", "link-lost"])("before the head (%s): the late answer is recorded, and goes nowhere", async (why) => {
    const { app, exchange, asked, recorded, frames } = whole();
    if (why === "link-lost") exchange.lose();
    else exchange.receive({ type: "reset", stream: 1, code: 1, reason: "" });
    expect(asked).toEqual(["call 1 {}"]);
    app.head(OK);
    await turn();
    expect(app.data(Buffer.from("late"))).toBe(true);
    app.end();
    expect(frames).toEqual([]);
    expect(recorded).toEqual([...BEGUN, "response part late", "answered 200 late"]);
  });

  test("before the head: an app that fails later has failed, not answered late", () => {
    const { app, exchange, recorded, ends, frames } = whole();
    exchange.receive({ type: "reset", stream: 1, code: 1, reason: "" });
    app.failed({ ...REFUSED, code: "app-reset" }, { begun: false, sent: true });
    expect(recorded).toEqual([...BEGUN, "answered app-reset"]);
    expect(ends[0]?.late).not.toBe(true);
    expect(frames).toEqual([]);
  });

  test("before the head: an app that never answers is given up after a minute", () => {
    vi.useFakeTimers();
    const { exchange, asked, recorded } = whole();
    exchange.receive({ type: "reset", stream: 1, code: 1, reason: "" });
    vi.advanceTimersByTime(59_999);
    expect(recorded).toEqual(BEGUN);
    vi.advanceTimersByTime(1);
    expect(asked.slice(-1)).toEqual(["abort"]);
    expect(recorded).toEqual([...BEGUN, "answered sender-gone"]);
  });

  test("after the head: nobody reads the stream any more, so it ends", async () => {
    const { app, exchange, asked, recorded, ends } = whole();
    app.head(OK);
    await turn();
    exchange.receive({ type: "reset", stream: 1, code: 1, reason: "" });
    expect(asked.slice(-1)).toEqual(["abort"]);
    expect(recorded).toEqual([...BEGUN, "answered sender-gone"]);
    expect(ends[0]?.head).toEqual(OK);
  });
});

describe("an upgrade", () => {
  test("passes bytes both ways and records none of them", async () => {
    const { app, exchange, asked, recorded, frames } = serve(undefined, { upgrade: true });
    app.head({ status: 101, reason: "Switching Protocols", headers: [] });
    await turn();
    app.data(Buffer.from("from the app"));
    received(exchange, "from the sender");
    app.end();
    received(exchange, "still from the sender");
    exchange.receive({ type: "end", stream: 1 });
    expect(frames.map(({ type }) => type)).toEqual(["response", "data", "end"]);
    expect(asked.filter((line) => line !== "resume")).toEqual([
      "call 1 to come",
      "write from the sender",
      "write still from the sender",
      "end",
    ]);
    expect(recorded).toEqual(["received ", BEGUN[1], "answered 101"]);
  });

  test("that the app refuses is an ordinary answer", () => {
    const { app, frames, recorded } = serve(undefined, { upgrade: true });
    app.head({ ...OK, status: 404 });
    app.data(Buffer.from("no"));
    app.end();
    expect(frames.map(({ type }) => type)).toEqual(["response", "reset"]);
    expect(recorded).toEqual(["received ", BEGUN[1], "answered 404 no"]);
  });

  test("whose app breaks after it has ended its half is reset, and was answered all the same", async () => {
    const { app, exchange, recorded, frames } = serve(undefined, { upgrade: true });
    app.head({ status: 101, reason: "", headers: [] });
    await turn();
    app.end();
    expect(exchange.open).toBe(true);
    app.failed({ ...REFUSED, code: "app-reset" }, { begun: true, sent: true });
    expect(frames.map(({ type }) => type)).toEqual(["response", "end", "reset"]);
    expect(frames.at(-1)).toMatchObject({ code: 3, reason: REFUSED.message });
    expect(exchange.open).toBe(false);
    expect(recorded).toEqual(["received ", BEGUN[1], "answered 101"]);
  });

  test("whose sender goes after the app has ended closes the app's connection", async () => {
    const { app, exchange, asked } = serve(undefined, { upgrade: true });
    app.head({ status: 101, reason: "", headers: [] });
    await turn();
    app.end();
    exchange.receive({ type: "reset", stream: 1, code: 1, reason: "" });
    expect(asked.slice(-1)).toEqual(["abort"]);
  });
});
