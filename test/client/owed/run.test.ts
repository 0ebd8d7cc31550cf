import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Custody } from "../../../client/ledger/custody.ts";
import { createRecorder, type StoringRecorder } from "../../../client/ledger/recorder.ts";
import type { AttemptEnd, Delivery, SentRequest } from "../../../client/ledger/records.ts";
import { type OwedRun, type OwedRunOptions, startOwed } from "../../../client/owed/run.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { until } from "../../rig/until.ts";
import { createRecorders } from "../ledger/open-recorders.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";

const rig = createRecorders();
beforeEach(rig.begin);
afterEach(rig.end);

/** A clock that a test sets forward, and the timers that wait for it. */
class Time {
  #ahead = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  readonly now = (): number => Date.now() + this.#ahead;

  readonly startTimer = (callback: () => void, ms: number): (() => void) => {
    const timer = { at: this.now() + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  };

  pass(ms: number): void {
    this.#ahead += ms;
    const due = this.#timers.filter(({ at }) => at <= this.now());
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }
}

/** A call of the app that waits for its end. */
type Call = {
  readonly delivery: Delivery;
  readonly attempt: number;
  readonly kind: "held" | "retry";
  readonly request: SentRequest | undefined;
  readonly end: (change?: Partial<AttemptEnd>) => void;
  readonly break: (error: Error) => void;
};

type Subject = {
  readonly run: OwedRun;
  readonly time: Time;
  /** those that have begun, the newest last */
  readonly calls: Call[];
  readonly told: unknown[];
  readonly faults: unknown[];
  probes: number;
  isUp: boolean;
};

async function record(): Promise<StoringRecorder> {
  const recorder = await createRecorder({ path: rig.path(), onNotice: () => undefined, onHealth: () => undefined });
  rig.atEnd(recorder.close);
  return recorder;
}

function start(
  custody: OwedRunOptions["custody"],
  { time = new Time(), signAgain = () => ({}) }: Partial<OwedRunOptions & { readonly time: Time }> = {},
): Subject {
  const calls: Call[] = [];
  const told: unknown[] = [];
  const faults: unknown[] = [];
  const run = startOwed({
    tunnel: "shop",
    custody,
    call: (delivery, attempt, kind, request) =>
      new Promise((resolve, reject) => {
        const at = time.now();
        const end = (change: Partial<AttemptEnd> = {}): void => resolve({ ...sampleEnd({ n: attempt, kind, at }), ...change });
        calls.push({ delivery, attempt, kind, request, end, break: reject });
      }),
    probe: async () => {
      subject.probes++;
      return subject.isUp;
    },
    signAgain,
    now: time.now,
    startTimer: time.startTimer,
    random: () => 0,
    onAttempt: ({ id }, { n, head, error }, note) => told.push([id, n, head?.status ?? error?.code, ...(note === undefined ? [] : [note])]),
    onSettled: (id, outcome) => told.push([id, outcome]),
    onFault: (error) => faults.push(error),
  });
  const subject: Subject = { run, time, calls, told, faults, probes: 0, isUp: false };
  rig.atEnd(async () => {
    const stopped = run.stop();
    calls.at(-1)?.end();
    await stopped;
  });
  return subject;
}

/** Makes the app owe this many. @returns their ids in the order of receipt */
async function owe(custody: Custody, count: number): Promise<readonly string[]> {
  const requests = Array.from({ length: count }, () => sampleRequest());
  await Promise.all(requests.map((request, i) => custody.acceptHeld({ request, body: Buffer.from(`body ${i}`) })));
  return requests.map(({ id }) => id);
}

/** Long enough for what is under way to come to a call: each of its steps asks the writer once. */
async function turns(custody: Custody): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await custody.owedOf("shop");
}

/** The nth call, once it has begun. */
const callOf = ({ calls }: Subject, n: number): Promise<Call> => until(() => calls[n - 1], `call ${n}`);
const REFUSED = { head: undefined, error: { code: "app-refused", message: "nothing listens", hint: "" } } as unknown as Partial<AttemptEnd>;
const status = (code: number): Partial<AttemptEnd> => ({ head: { status: code, reason: "", headers: [] } });

describe("faults", () => {
  test("nothing is called while another process has the lease; it goes on when that one ends", async () => {
    const [recorder, other] = [await record(), await record()];
    await other.custody.holdLease("shop");
    const [id] = await owe(recorder.custody, 1);
    const subject = start(recorder.custody);
    await turns(recorder.custody);
    subject.time.pass(5_000);
    await turns(recorder.custody);
    expect(subject.calls).toEqual([]);
    await other.close();
    subject.time.pass(5_000);
    expect((await callOf(subject, 1)).delivery.id).toBe(id);
  });

  test("a process that slept begins nothing on the strength of a lease that may be somebody else's", async () => {
    const { custody } = await record();
    const [first] = await owe(custody, 2);
    const subject = start(custody);
    const call = await callOf(subject, 1);
    const leases: (() => void)[] = [];
    const hold = custody.holdLease;
    // the next question about the lease gets no answer before the call is over
    Object.assign(custody, { holdLease: (tunnel: string) => new Promise<boolean>((go) => leases.push(() => void hold(tunnel).then(go))) });
    subject.time.pass(15_001);
    await until(() => leases.length === 1);
    call.end();
    await until(() => subject.told.length === 2);
    await turns(custody);
    expect(subject.told.at(-1)).toEqual([first, "delivered"]);
    expect(subject.calls).toHaveLength(1);
    leases[0]?.();
    await callOf(subject, 2);
  });

  test("what another process has settled meanwhile is not called", async () => {
    const { custody } = await record();
    const [a, b, c] = await owe(custody, 3);
    const subject = start(custody);
    const call = await callOf(subject, 1);
    await custody.settle(b ?? "", "delivered");
    call.end();
    expect((await callOf(subject, 2)).delivery.id).toBe(c);
    expect(subject.told).toContainEqual([a, "delivered"]);
  });

  test("an answer that cannot be written down is written later, and no other call begins before", async () => {
    const { custody } = await record();
    const [a, b] = await owe(custody, 2);
    let isFull = true;
    const full = new DevhookError("database-io", { what: "no room" });
    const failing = {
      ...custody,
      settle: (...given: Parameters<Custody["settle"]>) => (isFull ? Promise.reject(full) : custody.settle(...given)),
    };
    const subject = start(failing);
    (await callOf(subject, 1)).end();
    await until(() => subject.faults.length === 1);
    subject.time.pass(1_000);
    await until(() => subject.faults.length === 2);
    expect([subject.calls.length, subject.faults[0]]).toEqual([1, full]);
    isFull = false;
    subject.time.pass(1_000);
    expect((await callOf(subject, 2)).delivery.id).toBe(b);
    expect(subject.told).toContainEqual([a, "delivered"]);
    expect((await custody.load(a ?? ""))?.attempts).toHaveLength(1);
  });

  test("an answer that cannot be written down does not keep devhook from ending: the delivery stays owed", async () => {
    const { custody } = await record();
    const [id] = await owe(custody, 1);
    const failing = { ...custody, settle: () => Promise.reject(new Error("no room")) };
    const subject = start(failing);
    (await callOf(subject, 1)).end();
    await until(() => subject.faults.length === 1);
    await subject.run.stop();
    expect((await custody.owedOf("shop")).map((row) => row.id)).toEqual([id]);
    expect(subject.told).toHaveLength(1);
  });

  test("a ledger that cannot be read is asked again, and nothing is burned", async () => {
    const { custody } = await record();
    const [id] = await owe(custody, 1);
    let reads = 0;
    const failing = { ...custody, load: (one: string) => (++reads === 1 ? Promise.reject(new Error("no disk")) : custody.load(one)) };
    const subject = start(failing);
    await until(() => subject.faults.length === 1);
    subject.time.pass(5_000);
    expect(await callOf(subject, 1)).toMatchObject({ delivery: { id }, kind: "held", attempt: 1 });
  });

  test("a call that throws for a fault of ours is made again, and nothing is burned", async () => {
    const { custody } = await record();
    await owe(custody, 1);
    const subject = start(custody);
    (await callOf(subject, 1)).break(new Error("made to fail"));
    await until(() => subject.faults.length === 1);
    subject.time.pass(5_000);
    expect(await callOf(subject, 2)).toMatchObject({ kind: "held", attempt: 1 });
  });
});

describe("what is owed", () => {
  test("is called one at a time in the order of receipt, and settled with its attempts", async () => {
    const { custody } = await record();
    const ids = await owe(custody, 3);
    const subject = start(custody);
    for (const [i, id] of ids.entries()) {
      const call = await callOf(subject, i + 1);
      await turns(custody);
      expect(subject.calls).toHaveLength(i + 1);
      expect(call).toMatchObject({ delivery: { id }, attempt: 1, kind: "held", request: undefined });
      expect(call.delivery.body.bytes.toString()).toBe(`body ${i}`);
      call.end();
    }
    await until(async () => (await custody.owedCount("shop")).count === 0);
    expect(subject.told).toEqual(
      ids.flatMap((id) => [
        [id, 1, 200],
        [id, "delivered"],
      ]),
    );
    expect(await custody.load(ids[0] ?? "")).toMatchObject({ owed: false, state: "answered", attempts: [{ n: 1, kind: "held" }] });
  });

  test("and arrives while it runs is called as well; the same one told twice once", async () => {
    const { custody } = await record();
    const subject = start(custody);
    const accepted = await custody.acceptHeld({ request: sampleRequest(), body: Buffer.alloc(0) });
    const owed = accepted.kind === "stored" ? accepted.owed : { id: "", dueAt: 0, failures: 0 };
    subject.run.add(owed);
    subject.run.add(owed);
    (await callOf(subject, 1)).end();
    await until(() => subject.told.length === 2);
    // as when a redelivery crossed the answer
    subject.run.add(owed);
    await turns(custody);
    expect(subject.calls).toHaveLength(1);
  });

  test("and fails is retried with what is recorded of it, six times in all, then it is failed for somebody to see", async () => {
    const { custody } = await record();
    const [id] = await owe(custody, 1);
    const subject = start(custody);
    for (const [i, wait] of [5_000, 30_000, 120_000, 600_000, 1_800_000, 0].entries()) {
      const call = await callOf(subject, i + 1);
      expect(call).toMatchObject({ attempt: i + 1, kind: i === 0 ? "held" : "retry" });
      call.end(status(503));
      await until(async () => (await custody.load(id ?? ""))?.attempts.length === i + 1);
      // the lease first: nothing is called without it
      for (let passed = 0; passed < wait; passed += 5_000) {
        subject.time.pass(5_000);
        await custody.owedOf("shop");
      }
    }
    await until(() => subject.told.some((one) => JSON.stringify(one) === JSON.stringify([id, "failed"])));
    expect(await custody.owedCount("shop")).toEqual({ count: 0, oldestAt: undefined, failed: 1 });
  });

  test("is not burned by an app that is down: it is looked at, and called when it is up", async () => {
    const { custody } = await record();
    const [id] = await owe(custody, 1);
    const subject = start(custody);
    (await callOf(subject, 1)).end(REFUSED);
    for (const [i, wait] of [1_000, 2_000, 5_000].entries()) {
      await custody.owedOf("shop");
      subject.time.pass(wait);
      await until(() => subject.probes === i + 1);
    }
    expect(subject.calls).toHaveLength(1);
    subject.isUp = true;
    await custody.owedOf("shop");
    subject.time.pass(5_000);
    expect(await callOf(subject, 2)).toMatchObject({ kind: "held", attempt: 1 });
    expect(subject.told).toEqual([]);
    expect((await custody.owedOf("shop"))[0]).toMatchObject({ id, failures: 0 });
  });

  test("is called as soon as live traffic finds the app up", async () => {
    const { custody } = await record();
    await owe(custody, 1);
    const subject = start(custody);
    (await callOf(subject, 1)).end(REFUSED);
    await custody.owedOf("shop");
    subject.run.appIs("up");
    await callOf(subject, 2);
    expect(subject.probes).toBe(0);
  });

  test("and was signed anew says so on its attempt, and to whoever listens", async () => {
    const { custody } = await record();
    const [id] = await owe(custody, 1);
    const request = { method: "POST", target: "/x", headers: ["Stripe-Signature", "new"], body: Buffer.from("{}") };
    const subject = start(custody, { signAgain: () => ({ request, note: "a doubt" }) });
    const call = await callOf(subject, 1);
    expect(call.request).toEqual(request);
    call.end();
    await until(() => subject.told.length === 2);
    expect(subject.told[0]).toEqual([id, 1, 200, "a doubt"]);
    expect((await custody.load(id ?? ""))?.attempts[0]?.request).toEqual(request);
  });
});

describe("stop", () => {
  test("waits for the call that runs, records it, and lets the lease go; the rest is owed at the next start", async () => {
    const [recorder, other] = [await record(), await record()];
    const [a, b] = await owe(recorder.custody, 2);
    const subject = start(recorder.custody);
    const call = await callOf(subject, 1);
    let isOver = false;
    const stopped = subject.run.stop().then(() => (isOver = true));
    await turns(recorder.custody);
    expect(isOver).toBe(false);
    call.end();
    await stopped;
    expect(subject.told).toEqual([
      [a, 1, 200],
      [a, "delivered"],
    ]);
    expect(subject.calls).toHaveLength(1);
    expect(await other.custody.holdLease("shop")).toBe(true);
    await other.custody.releaseLease("shop");
    const next = start(other.custody);
    expect((await callOf(next, 1)).delivery.id).toBe(b);
  });

  test("with nothing running is over at once, also twice", async () => {
    const { custody } = await record();
    const subject = start(custody);
    await Promise.all([subject.run.stop(), subject.run.stop()]);
    await owe(custody, 1);
    subject.run.appIs("up");
    subject.time.pass(60_000);
    await turns(custody);
    expect(subject.calls).toEqual([]);
  });
});
