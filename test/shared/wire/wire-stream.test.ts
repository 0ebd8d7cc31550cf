import { beforeEach, describe, expect, test } from "vitest";
import { ProtocolError } from "../../../shared/wire/protocol-error.ts";
import { WireStream } from "../../../shared/wire/wire-stream.ts";
import { framesOf, type SeenFrame } from "../../rig/fake-client.ts";

const INITIAL = 524_288;

let sent: Buffer[];
let events: string[];
let congested: boolean;
let closed: number;
let stream: WireStream;

beforeEach(() => {
  sent = [];
  events = [];
  congested = false;
  closed = 0;
  stream = new WireStream(
    9,
    { push: (head, body) => sent.push(head, ...(body === undefined ? [] : [body])), congested: () => congested },
    {
      data: (bytes) => events.push(`data ${bytes.length}`),
      end: () => events.push("end"),
      reset: (code, reason) => events.push(`reset ${code} ${reason}`),
      drain: () => events.push("drain"),
    },
    () => (closed += 1),
  );
});

function frames(): readonly SeenFrame[] {
  return framesOf(Buffer.concat(sent));
}

function sizes(): readonly number[] {
  return frames().map(({ payload }) => payload.length);
}

function faultOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error.fault;
    throw error;
  }
  return "no fault";
}

function give(bytes: number): void {
  stream.receive({ type: "credit", stream: 9, bytes });
}

describe("sending", () => {
  test("cuts bodies into frames of at most 64 KiB, in order, and stops at the end of its credit", () => {
    const body = Buffer.from(Array.from({ length: INITIAL + 10 }, (_, at) => at & 0xff));
    expect(stream.write(body.subarray(0, 65_537))).toBe(true);
    expect(sizes()).toEqual([65_536, 1]);
    expect(stream.write(body.subarray(65_537))).toBe(false);
    expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(INITIAL);
    expect(events).toEqual([]);
    give(4);
    expect(events).toEqual([]);
    give(6);
    expect(events).toEqual(["drain"]);
    expect(sizes().slice(-2)).toEqual([4, 6]);
    expect(Buffer.concat(frames().map(({ payload }) => payload)).equals(body)).toBe(true);
    expect(Math.max(...sizes())).toBe(65_536);
  });

  test("takes the exact credit without asking its source to wait", () => {
    expect(stream.write(Buffer.alloc(INITIAL))).toBe(true);
    expect(stream.write(Buffer.alloc(1))).toBe(false);
  });

  test("waits while the link is congested, and goes on when it is told to", () => {
    congested = true;
    expect(stream.write(Buffer.from("a"))).toBe(false);
    expect(stream.write(Buffer.from("b"))).toBe(false);
    expect(sent).toEqual([]);
    stream.resume();
    expect(events).toEqual([]);
    congested = false;
    stream.resume();
    expect(frames().map(({ payload }) => payload.toString())).toEqual(["a", "b"]);
    expect(events).toEqual(["drain"]);
  });

  test("ends after what waits, and only once", () => {
    stream.write(Buffer.alloc(INITIAL + 1));
    stream.end();
    stream.end();
    expect(frames().some(({ type }) => type === 0x14)).toBe(false);
    give(1);
    expect(frames().filter(({ type }) => type === 0x14)).toHaveLength(1);
    expect(frames().at(-1)?.type).toBe(0x14);
    expect(events).toEqual([]);
    stream.write(Buffer.from("late"));
    expect(frames().at(-1)?.type).toBe(0x14);
  });

  test("no bytes make no frame", () => {
    expect(stream.write(Buffer.alloc(0))).toBe(true);
    expect(sent).toEqual([]);
  });

  test("credit may add up to 16,777,216 bytes and not one more", () => {
    give(16_777_216 - INITIAL);
    expect(faultOf(() => give(1))).toBe("credit-overflow");
    stream.write(Buffer.alloc(5));
    expect(faultOf(() => give(5))).toBe("no fault");
    expect(faultOf(() => give(0xffff_ffff))).toBe("credit-overflow");
  });
});

describe("receiving", () => {
  const data = (bytes: number): void => stream.receive({ type: "data", stream: 9, bytes: Buffer.alloc(bytes) });
  const end = (): void => stream.receive({ type: "end", stream: 9 });

  test("takes the first credit and not one byte more", () => {
    for (let i = 0; i < 8; i++) data(65_536);
    expect(faultOf(() => data(1))).toBe("credit-exceeded");
  });

  test("grants what was handed on, once it is half of the window", () => {
    for (let i = 0; i < 8; i++) data(65_536);
    stream.handedOn(INITIAL / 2 - 1);
    expect(sent).toEqual([]);
    stream.handedOn(1);
    expect(frames()).toMatchObject([{ type: 0x16, stream: 9, payload: Buffer.from([0, 4, 0, 0]) }]);
    for (let i = 0; i < 4; i++) data(65_536);
    expect(faultOf(() => data(1))).toBe("credit-exceeded");
  });

  test("DATA and END after END are unexpected", () => {
    data(1);
    end();
    expect(events).toEqual(["data 1", "end"]);
    expect(faultOf(() => data(1))).toBe("stream-unexpected");
    expect(faultOf(end)).toBe("stream-unexpected");
    expect(stream.incomingEnded).toBe(true);
  });

  test("no credit is given after the peer's end", () => {
    for (let i = 0; i < 8; i++) data(65_536);
    end();
    stream.handedOn(INITIAL);
    expect(sent).toEqual([]);
  });
});

describe("the end of a stream", () => {
  test.each([
    { name: "both sides end", run: () => (stream.end(), stream.receive({ type: "end", stream: 9 })) },
    { name: "both bodies were in their heads", run: () => (stream.outgoingWhole(), stream.incomingWhole()) },
    { name: "it is reset here", run: () => stream.reset(5, "why") },
    { name: "it is reset there", run: () => stream.receive({ type: "reset", stream: 9, code: 3, reason: "app" }) },
    { name: "the link is lost", run: () => stream.abandon() },
  ])("comes once when $name; what follows is ignored and sends nothing", ({ run }) => {
    run();
    expect(stream.gone).toBe(true);
    const before = sent.length;
    const heard = events.length;
    stream.write(Buffer.from("x"));
    stream.end();
    stream.reset(1, "again");
    stream.handedOn(INITIAL);
    stream.resume();
    stream.receive({ type: "data", stream: 9, bytes: Buffer.alloc(65_536) });
    stream.receive({ type: "end", stream: 9 });
    stream.receive({ type: "reset", stream: 9, code: 1, reason: "" });
    give(0xffff_ffff);
    stream.abandon();
    expect(sent.length).toBe(before);
    expect(events.length).toBe(heard);
    expect(closed).toBe(1);
  });

  test("a reset that comes is told with its code and reason; what waited to be sent is dropped", () => {
    stream.write(Buffer.alloc(INITIAL + 5));
    stream.receive({ type: "reset", stream: 9, code: 3, reason: "broke off" });
    expect(events).toEqual(["reset 3 broke off"]);
  });

  test("a reset that goes carries its code, and at most 1,024 bytes of reason", () => {
    stream.reset(2, "é".repeat(2_000));
    expect(frames()).toMatchObject([{ type: 0x15, stream: 9 }]);
    expect(sizes()).toEqual([1_025]);
    expect(frames()[0]?.payload[0]).toBe(2);
  });
});
