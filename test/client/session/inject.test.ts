import { describe, expect, test } from "vitest";
import type { CallListener, Forwarder } from "../../../client/forwarder/forward.ts";
import { createInject } from "../../../client/session/inject.ts";
import type { ServeOptions } from "../../../client/session/serve.ts";
import { refusal } from "../../../client/verifying/policy.ts";
import { NO_INSPECTION } from "../../../client/verifying/verifying.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";

const REQUEST: CapturedRequest = {
  id: "01990000-0000-7000-8000-000000000001",
  receivedAt: 1_700_000_000_000,
  tunnel: "shop",
  method: "POST",
  target: "/hook",
  base: "",
  headers: ["Host", "a"],
  forwarded: { for: "127.0.0.1", proto: "https", host: "a" },
  upgrade: false,
};
const OK = { status: 200, reason: "OK", headers: [] };
const BODY = Buffer.from("{}");

/** A trunk whose app does what `app` does, and what was heard of it in order. */
function trunk(app: (listener: CallListener) => void, options: Partial<ServeOptions> = {}) {
  let now = 0;
  const heard: string[] = [];
  const call: Forwarder["call"] = (_request, body, attempt, listener) => {
    heard.push(`call ${attempt} ${body?.toString() ?? "to come"}`);
    app(listener);
    return { write: () => {}, end: () => {}, resume: () => {}, abort: () => {} };
  };
  const inject = createInject({
    clock: { now: () => 1_700_000_000_100, monotonic: () => (now += 10) },
    target: () => "http://localhost:3000",
    record: {
      received: (request, body) => heard.push(`received ${request.target} ${body?.toString() ?? "to come"}`),
      requestPart: () => heard.push("request part"),
      requestEnded: () => heard.push("request ended"),
      verified: () => {},
      attemptStarted: (_id, { n, kind, target }) => heard.push(`attempt ${n} ${kind} ${target}`),
      responsePart: (_id, _n, bytes) => heard.push(`response part ${bytes.toString()}`),
      answered: (_id, { kind, head, error, body }) =>
        heard.push(`answered ${kind} ${error?.code ?? head?.status} ${body?.toString() ?? "in parts"}`),
    },
    inspect: () => NO_INSPECTION,
    call,
    onReceived: () => heard.push("told of it"),
    onAnswered: (_request, end) => heard.push(`told of the answer ${end.kind}`),
    ...options,
  });
  return { inject, heard };
}

describe("a request of this process", () => {
  test("is recorded, told of and sent to the app as one that came over the link, but for its kind", async () => {
    const { inject, heard } = trunk((app) => {
      app.head(OK);
      app.data(Buffer.from("done"));
      app.end();
    });
    expect(await inject(REQUEST, BODY)).toMatchObject({ n: 1, kind: "trigger", head: OK, timings: { head: 10, total: 20 } });
    expect(heard).toEqual([
      "received /hook {}",
      "told of it",
      "attempt 1 trigger http://localhost:3000/hook",
      "call 1 {}",
      "answered trigger 200 done",
      "told of the answer trigger",
    ]);
  });

  test("has its answer recorded to the end, however long it streams: nobody has to read it", async () => {
    let app: CallListener | undefined;
    const { inject, heard } = trunk((listener) => (app = listener));
    const over = inject(REQUEST, BODY);
    app?.head(OK);
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 100; i++) expect(app?.data(Buffer.alloc(100_000, "x"))).toBe(true);
    app?.end();
    expect((await over).head).toEqual(OK);
    expect(heard.filter((line) => line.startsWith("response part"))).toHaveLength(100);
    expect(heard).toContain("answered trigger 200 in parts");
  });

  test("that the app fails resolves with the fault", async () => {
    const error = { code: "app-refused", message: "nothing listens on 127.0.0.1:3000", hint: "start your app there" };
    const { inject } = trunk((app) => app.failed(error, { begun: false, sent: false }));
    expect(await inject(REQUEST, BODY)).toMatchObject({ kind: "trigger", error, timings: { total: 10 } });
  });

  test("that is not let pass does not reach the app, and is recorded as what it is", async () => {
    const error = { code: "signature-refused", message: "no", hint: "sign it" };
    const { inject, heard } = trunk(() => {}, { policy: { needsBody: true, decide: (request) => refusal(request.id, 401, error) } });
    expect(await inject(REQUEST, BODY)).toMatchObject({ kind: "trigger", target: "devhook", head: { status: 401 }, error });
    expect(heard.filter((line) => line.startsWith("call"))).toEqual([]);
  });

  test("ends for each of many that are under way at once with its own answer", async () => {
    const apps: CallListener[] = [];
    const { inject } = trunk((listener) => apps.push(listener));
    const over = [201, 202, 203].map((_, at) => inject({ ...REQUEST, id: REQUEST.id.replace(/1$/, String(at)) }, BODY));
    for (const [at, app] of [...apps.entries()].toReversed()) {
      app.head({ ...OK, status: 201 + at });
      app.end();
    }
    expect((await Promise.all(over)).map(({ head }) => head?.status)).toEqual([201, 202, 203]);
  });
});
