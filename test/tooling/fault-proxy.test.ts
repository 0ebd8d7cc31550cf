import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Direction, type Fault, type FaultProxy, startFaultProxy } from "../rig/fault-proxy.ts";
import { openRawSender, type RawSender } from "../rig/raw-sender.ts";
import { seededRandom } from "../rig/seeded-random.ts";
import { until } from "../rig/until.ts";

/** What the target has of one connection. */
type Arrival = {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  readonly bytes: () => Buffer;
  /** how its sender has ended it */
  end: "" | "fin" | "rst";
};

type Line = { readonly proxy: FaultProxy; readonly arrivals: readonly Arrival[] };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A proxy in front of a target that notes everything and sends nothing by itself. */
async function openLine(options?: { readonly seed: number }): Promise<Line> {
  const arrivals: Arrival[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const chunks: Buffer[] = [];
    const arrival: Arrival = { socket, chunks, bytes: () => Buffer.concat(chunks), end: "" };
    arrivals.push(arrival);
    socket.on("data", (bytes: Buffer) => chunks.push(bytes));
    socket.on("end", () => (arrival.end = "fin"));
    socket.on("error", () => (arrival.end = "rst"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    for (const { socket } of arrivals) socket.destroy();
  });
  const proxy = await startFaultProxy((server.address() as AddressInfo).port, options);
  closers.push(proxy.close);
  return { proxy, arrivals };
}

async function dial({ proxy }: Line): Promise<RawSender> {
  const sender = await openRawSender(proxy.port);
  closers.push(sender.destroy);
  return sender;
}

/** A connection that has reached the target. */
async function dialled(line: Line): Promise<{ readonly near: RawSender; readonly far: Arrival }> {
  const before = line.arrivals.length;
  const near = await dial(line);
  return { near, far: await until(() => line.arrivals[before], "the connection at the target") };
}

/** Bytes of which no two runs of the same length begin alike. */
function bytesOf(length: number): Buffer {
  const random = seededRandom(7);
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

/** Turns of the event loop in which something wrong would have come: sockets of this process need one or two. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
}

function endOf(near: RawSender): "" | "fin" | "rst" {
  if (!near.closed()) return "";
  return near.wasReset() ? "rst" : "fin";
}

describe("a proxy without faults", () => {
  it("carries bytes and half-closes both ways, and counts them", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    const bytes = bytesOf(300_000);
    near.write(bytes);
    near.end();
    await until(() => far.end === "fin", "the FIN at the target");
    expect(far.bytes().equals(bytes)).toBe(true);
    expect(near.closed()).toBe(false);
    expect(line.proxy.count()).toMatchObject({ accepted: 1, open: 1 });
    far.socket.end(bytes.subarray(0, 1_000));
    await until(() => endOf(near) === "fin", "the FIN at the sender");
    expect(near.rest().equals(bytes.subarray(0, 1_000))).toBe(true);
    await until(() => line.proxy.count().open === 0, "the end of the connection");
    expect(line.proxy.count()).toEqual({
      accepted: 1,
      refused: 0,
      open: 0,
      struck: 0,
      up: { received: 300_000, forwarded: 300_000, dropped: 0 },
      down: { received: 1_000, forwarded: 1_000, dropped: 0 },
    });
  });

  it("passes a reset on, either way", async () => {
    const line = await openLine();
    const one = await dialled(line);
    one.near.reset();
    await until(() => one.far.end === "rst", "the RST at the target");
    const other = await dialled(line);
    other.far.socket.resetAndDestroy();
    await until(() => endOf(other.near) !== "", "the RST at the sender");
    expect(endOf(other.near)).toBe("rst");
  });

  it("resets a connection whose target is not there", async () => {
    const gone = await openLine();
    await gone.proxy.close();
    const proxy = await startFaultProxy(gone.proxy.port);
    closers.push(proxy.close);
    const near = await dial({ proxy, arrivals: [] });
    await until(() => endOf(near) !== "", "the RST at the sender");
    expect(endOf(near)).toBe("rst");
  });

  it("ends everything when it is closed", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    line.proxy.admit("black-hole");
    const lost = await dial(line);
    await until(() => line.proxy.count().open === 2, "both connections");
    await line.proxy.close();
    await until(() => endOf(near) === "rst" && endOf(lost) === "rst" && far.end === "rst", "the RSTs");
    expect(line.proxy.count().open).toBe(0);
  });
});

describe.each<[Direction]>([["up"], ["down"]])("a fault at a byte, %s", (direction) => {
  /** Sends what the direction is to carry. */
  function source({ near, far }: { readonly near: RawSender; readonly far: Arrival }): (bytes: Buffer) => void {
    return direction === "up" ? near.write : (bytes) => void far.socket.write(bytes);
  }

  function seen({ near, far }: { readonly near: RawSender; readonly far: Arrival }): Buffer {
    return direction === "up" ? far.bytes() : near.rest();
  }

  it.each<[Fault, string, number]>(
    ([0, 1, 999, 30_000, 200_000] as const).flatMap((at) => [
      ["cut", "fin", at],
      // more than a kernel takes at once is thrown away by the RST
      ["reset", "rst", Math.min(at, 65_000)],
      ["half-open", "", at],
      ["black-hole", "", at],
    ]),
  )("%s, which both sides see as '%s', after exactly %i bytes", async (fault, end, afterBytes) => {
    const line = await openLine();
    const armed = line.proxy.arm(fault, { direction, afterBytes });
    const bytes = bytesOf(afterBytes + 5_000);
    const way = await dialled(line).catch(() => undefined);
    if (way === undefined) throw new Error("no connection");
    source(way)(bytes);
    await until(() => armed.struck() && seen(way).length >= afterBytes, "the fault");
    await until(() => endOf(way.near) === end && way.far.end === end, "the ends");
    await settle();
    expect(seen(way).equals(bytes.subarray(0, afterBytes))).toBe(true);
    expect({ near: endOf(way.near), far: way.far.end }).toEqual({ near: end, far: end });
    expect(line.proxy.count()).toMatchObject({ struck: 1, [direction]: { forwarded: afterBytes } });
  });

  it("half-open leaves the other direction as it is, and swallows the end too", async () => {
    const line = await openLine();
    const way = await dialled(line);
    const armed = line.proxy.arm("half-open", { direction, afterBytes: 3 });
    source(way)(Buffer.from("abcdef"));
    await until(() => armed.struck(), "the fault");
    if (direction === "up") {
      way.far.socket.write("back");
      await until(() => way.near.rest().toString() === "back", "the other direction");
      way.near.end();
    } else {
      way.near.write("back");
      await until(() => way.far.bytes().toString() === "back", "the other direction");
      way.far.socket.end();
    }
    await settle();
    expect(seen(way).toString()).toBe("abc");
    expect({ near: endOf(way.near), far: way.far.end }).toEqual({ near: "", far: "" });
    expect(line.proxy.count()[direction]).toEqual({ received: 6, forwarded: 3, dropped: 3 });
  });

  it("counts from when it was armed, and strikes one connection only", async () => {
    const line = await openLine();
    const way = await dialled(line);
    source(way)(Buffer.from("before"));
    await until(() => seen(way).length === 6, "what came before");
    const armed = line.proxy.arm("cut", { direction, afterBytes: 4 });
    source(way)(Buffer.from("after"));
    await until(() => endOf(way.near) === "fin" && way.far.end === "fin", "the cut");
    expect(seen(way).toString()).toBe("beforeafte");
    expect(armed.struck()).toBe(true);
    const next = await dialled(line);
    source(next)(Buffer.from("after"));
    await until(() => seen(next).toString() === "after", "all of the next");
    expect(line.proxy.count().struck).toBe(1);
  });

  it("does nothing once it is taken back", async () => {
    const line = await openLine();
    const armed = line.proxy.arm("reset", { direction, afterBytes: 4 });
    armed.disarm();
    const way = await dialled(line);
    source(way)(Buffer.from("whole"));
    await until(() => seen(way).toString() === "whole", "all of it");
    expect(armed.struck()).toBe(false);
  });
});

describe("a fault now", () => {
  it.each<[Fault, string]>([
    ["cut", "fin"],
    ["reset", "rst"],
  ])("%s ends every open connection, and none that comes later", async (fault, end) => {
    const line = await openLine();
    const ways = [await dialled(line), await dialled(line)];
    line.proxy.strike(fault);
    for (const { near, far } of ways) await until(() => endOf(near) === end && far.end === end, "the ends");
    const later = await dialled(line);
    later.near.write("here");
    await until(() => later.far.bytes().toString() === "here", "the later connection");
    expect(line.proxy.count()).toMatchObject({ accepted: 3, struck: 2 });
  });

  it("drops what is on the way, and half-open only in its direction", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    line.proxy.carry("up", { delayMs: 60_000 });
    near.write("late");
    await until(() => line.proxy.count().up.received === 4, "the bytes in the proxy");
    line.proxy.strike("half-open", "up");
    line.proxy.carry("up", {});
    near.write("never");
    far.socket.write("back");
    await until(() => near.rest().toString() === "back" && line.proxy.count().up.dropped === 9, "the other direction");
    expect(far.bytes()).toHaveLength(0);
  });
});

describe("new connections", () => {
  it("are reset while they are refused, and carried afterwards", async () => {
    const line = await openLine();
    line.proxy.admit("refuse");
    for (let n = 0; n < 3; n++) {
      const near = await dial(line);
      await until(() => endOf(near) === "rst", "the RST");
    }
    line.proxy.admit("forward");
    await dialled(line);
    expect(line.proxy.count()).toMatchObject({ accepted: 4, refused: 3, open: 1 });
  });

  it("are lost for ever in a black hole, and stay open", async () => {
    const line = await openLine();
    line.proxy.admit("black-hole");
    const lost = await dial(line);
    lost.write("into it");
    lost.end();
    await until(() => line.proxy.count().up.dropped === 7, "the bytes in the proxy");
    line.proxy.admit("forward");
    await dialled(line);
    expect(lost.closed()).toBe(false);
    expect(line.arrivals).toHaveLength(1);
    expect(line.proxy.count().open).toBe(2);
  });
});

describe("a direction", () => {
  it("that is delayed takes that long for bytes and the FIN, and no longer for the other direction", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    line.proxy.carry("up", { delayMs: 150 });
    const began = performance.now();
    near.write("one");
    near.end();
    far.socket.write("back");
    await until(() => near.rest().toString() === "back", "the other direction");
    expect(far.bytes()).toHaveLength(0);
    await until(() => far.end === "fin", "the FIN");
    expect(performance.now() - began).toBeGreaterThanOrEqual(150);
    expect(far.bytes().toString()).toBe("one");
  });

  it("with jitter keeps the order", async () => {
    const line = await openLine({ seed: 3 });
    const { near, far } = await dialled(line);
    line.proxy.carry("up", { jitterMs: 20 });
    const bytes = bytesOf(4_000);
    for (let at = 0; at < bytes.length; at += 100) {
      near.write(bytes.subarray(at, at + 100));
      await settle();
    }
    await until(() => far.bytes().length === bytes.length, "all of it");
    expect(far.bytes().equals(bytes)).toBe(true);
  });

  it("with a rate is no faster, and not much slower", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    line.proxy.carry("down", { bytesPerSecond: 200_000 });
    const began = performance.now();
    far.socket.write(bytesOf(80_000));
    await until(() => near.rest().length === 80_000, "all of it");
    const tookMs = performance.now() - began;
    // 400 ms, but for the slice that may go at once
    expect(tookMs).toBeGreaterThan(350);
    expect(tookMs).toBeLessThan(2_000);
  });

  it("in pieces is written in these sizes, one after the other", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    line.proxy.carry("up", { pieces: [1, 7, 3] });
    near.write("abcdefghijklmnopqrstuvwxyz");
    await until(() => far.bytes().length === 26, "all of it");
    expect(far.chunks.map(String)).toEqual(["a", "bcdefgh", "ijk", "l", "mnopqrs", "tuv", "w", "xyz"]);
  });

  it("that is paused is not read, so that its writer must wait; then all of it comes", async () => {
    const line = await openLine();
    line.proxy.carry("up", { paused: true });
    const { near, far } = await dialled(line);
    const bytes = Buffer.alloc(16 * 1_048_576, bytesOf(65_521));
    near.write(bytes);
    far.socket.write("back");
    await until(() => near.rest().toString() === "back", "the other direction");
    await settle();
    expect(near.waiting()).toBeGreaterThan(0);
    expect(line.proxy.count().up).toEqual({ received: 0, forwarded: 0, dropped: 0 });
    line.proxy.carry("up", {});
    await until(() => far.chunks.reduce((sum, { length }) => sum + length, 0) === bytes.length, "all of it");
    expect(far.bytes().equals(bytes)).toBe(true);
  });

  it("whose target does not read holds a bounded part of it", async () => {
    const line = await openLine();
    const { near, far } = await dialled(line);
    far.socket.pause();
    near.write(Buffer.alloc(32 * 1_048_576));
    let before = -1;
    await until(async () => {
      const { received } = line.proxy.count().up;
      const still = received === before && received > 0;
      before = received;
      await settle();
      return still;
    }, "a stop");
    const { received, forwarded } = line.proxy.count().up;
    expect(received - forwarded).toBeLessThan(2 * 1_048_576);
    expect(near.waiting()).toBeGreaterThan(0);
  });
});

it("draws the same numbers from the same seed", () => {
  const draw = (seed: number): readonly number[] => Array.from({ length: 1_000 }, seededRandom(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1).every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(draw(1)).size).toBeGreaterThan(990);
});
