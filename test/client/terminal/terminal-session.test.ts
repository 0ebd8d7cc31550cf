import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createFrameWriter } from "../../../client/terminal/frame-writer.ts";
import { createTerminalSession, type TerminalDoors } from "../../../client/terminal/terminal-session.ts";
import { until } from "../../rig/until.ts";
import { createManualTimer } from "./manual-timer.ts";

type Event = "resize" | "stop-request" | "continue" | "exit";

/** A session with a process and a terminal that the test plays. */
function begin({ stalled = false } = {}) {
  const told: string[] = [];
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  const listeners = new Map<Event, Set<() => void>>();
  const { startTimer, waits, fire } = createManualTimer();
  let isStalled = stalled;
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => told.push(on ? "raw" : "cooked") });
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      told.push(chunk.toString());
      if (isStalled) waiting.push(done);
      else done();
    },
  });
  const on =
    (event: Event) =>
    (listener: () => void): (() => void) => {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => void set.delete(listener);
    };
  const doors: TerminalDoors = {
    input,
    output,
    writeNow: (text) => told.push(`now ${text}`),
    onResize: on("resize"),
    onStopRequest: on("stop-request"),
    onContinue: on("continue"),
    onExit: on("exit"),
    stop: () => told.push("stop"),
    startTimer,
  };
  const writer = createFrameWriter(output, () => ({ columns: 20, rows: 3 }));
  const session = createTerminalSession(doors, writer, {
    onInput: (bytes) => heard.push(bytes.toString()),
    onGone: () => heard.push("gone"),
  });
  return {
    session,
    writer,
    input,
    heard,
    waits,
    fire,
    /** what the terminal was told since the last question */
    told: () => told.splice(0).join("|"),
    happens: (event: Event) => {
      for (const listener of listeners.get(event) ?? []) listener();
    },
    listeners: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
    stall: () => {
      isStalled = true;
    },
    /** the terminal reads on */
    read: () => {
      isStalled = false;
      for (const done of waiting.splice(0)) done();
    },
  };
}

/** What the event loop has ready. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const IN = "\u001b[?1049h";
const OUT = "\u001b[?1049l";
const CLEAR = "\u001b[2J";

describe("createTerminalSession", () => {
  it("touches nothing before it enters", () => {
    const { told, writer, happens, session } = begin();
    writer.paint(["one"]);
    session.setTitle("devhook");
    session.setMouse(true);
    session.send("x");
    for (const event of ["resize", "continue", "exit"] as const) happens(event);
    expect(told()).toBe("");
  });

  it("enters once and leaves once, however often it is told", async () => {
    const { session, told } = begin();
    session.enter();
    session.enter();
    expect(told().split(IN)).toHaveLength(2);
    await Promise.all([session.leave(), session.leave()]);
    await session.leave();
    expect(told().split(OUT)).toHaveLength(2);
  });

  it("takes back on leaving every mode that it sets, the last the screen and the title", async () => {
    const { session, told } = begin();
    session.enter();
    session.setMouse(true);
    const set = [...told().matchAll(/\u001b\[\?(\d+)([hl])/g)].map(([, mode, state]) => `${mode}${state}`);
    await session.leave();
    const way = told();
    for (const mode of set.filter((each) => each !== "1007h")) {
      expect(way).toContain(`\u001b[?${mode.slice(0, -1)}${mode.endsWith("h") ? "l" : "h"}`);
    }
    // the user's own setting, which may be either
    expect(way).toContain("\u001b[?1007r");
    expect(way.indexOf(OUT)).toBeGreaterThan(way.indexOf("\u001b[?2004l"));
    expect(way.endsWith("\u001b[23;2t|cooked")).toBe(true);
  });

  it("hears the terminal only while it has it", async () => {
    const { session, input, heard } = begin();
    input.write("a");
    session.enter();
    await until(() => heard.includes("a"));
    await session.leave();
    input.write("b");
    expect(input.isPaused()).toBe(true);
    expect(heard).toEqual(["a"]);
    session.enter();
    await until(() => heard.includes("b"));
  });

  it.each(["end", "error"])("says that the terminal has gone on %s of its input", async (event) => {
    const { session, input, heard } = begin();
    session.enter();
    if (event === "end") input.end();
    else input.destroy(new Error("EIO"));
    await until(() => heard.length > 0);
    expect(heard).toEqual(["gone"]);
  });

  it("survives a terminal that takes no modes any more", async () => {
    const { session, input } = begin();
    Object.assign(input, {
      setRawMode: () => {
        throw new Error("EIO");
      },
    });
    session.enter();
    await expect(session.leave()).resolves.toBeUndefined();
  });

  it("waits for the frame in flight before it leaves", async () => {
    const { session, writer, told, stall, read, waits } = begin();
    session.enter();
    stall();
    writer.paint(["one"]);
    told();
    const left = session.leave();
    writer.paint(["two"]);
    expect([told(), waits()]).toEqual(["", [200]]);
    read();
    await left;
    expect(told()).toMatch(/^\u001b\[\?2026l.*\|cooked$/);
    expect(waits()).toEqual([]);
  });

  it("gives a terminal that stands still 200 ms, and the way back once more when the process ends", async () => {
    const { session, writer, told, stall, fire, happens } = begin();
    session.enter();
    stall();
    writer.paint(["one"]);
    told();
    const left = session.close();
    fire();
    await left;
    expect(told()).toBe("cooked");
    happens("exit");
    expect(told()).toMatch(/^now .*\u001b\[\?1049l.*\|cooked$/);
    happens("exit");
    expect(told()).toBe("");
  });

  it("says nothing more when the process ends after the terminal has read the way back, if late", async () => {
    const { session, writer, told, stall, fire, read, happens } = begin();
    session.enter();
    stall();
    writer.paint(["one"]);
    const left = session.leave();
    fire();
    await left;
    read();
    await turn();
    expect(told()).toContain(OUT);
    happens("exit");
    expect(told()).toBe("");
  });

  it("restores the terminal at once when the process ends without leaving", () => {
    const { session, told, happens } = begin();
    session.enter();
    told();
    happens("exit");
    expect(told()).toMatch(/^now .*\u001b\[\?1049l.*\|cooked$/);
  });

  it("leaves, stops, and enters again with a frame whole when it goes on", async () => {
    const { session, writer, told } = begin();
    session.enter();
    writer.paint(["one"]);
    told();
    await session.suspend();
    expect(told()).toMatch(/^[^|]*\u001b\[\?1049l[^|]*\|cooked\|stop\|.*cooked\|raw\|[^|]*\u001b\[\?1049h.*\u001b\[2J\u001b\[1;1Hone/);
  });

  it("stops once for a key and a signal that come together", async () => {
    const { session, told, happens } = begin();
    session.enter();
    told();
    happens("stop-request");
    await session.suspend();
    expect(told().split("|stop|")).toHaveLength(2);
  });

  it("stops without touching a terminal that is somebody else's", async () => {
    const { told, happens } = begin();
    happens("stop-request");
    await turn();
    expect(told()).toBe("stop");
  });

  it("takes the terminal again after a stop from outside: modes anew, raw mode off and on, everything painted", async () => {
    const { session, writer, told, happens } = begin();
    session.enter();
    writer.paint(["one"]);
    await turn();
    told();
    happens("continue");
    await turn();
    const again = told();
    expect(again).toMatch(/^cooked\|raw\|[^|]*\u001b\[\?1049h/);
    expect(again).toContain(`${CLEAR}\u001b[1;1Hone`);
    // pushed twice, the title would come back once only
    expect(again).not.toContain("\u001b[22;");
  });

  it("lends the terminal and takes it back, whatever becomes of the work", async () => {
    const { session, told, writer } = begin();
    session.enter();
    told();
    const result = await session.lend(() => {
      writer.paint(["meanwhile"]);
      expect(told()).toMatch(/\u001b\[\?1049l.*cooked$/);
      return Promise.resolve("edited");
    });
    expect(result).toBe("edited");
    expect(told()).toContain("meanwhile");
    await expect(session.lend(() => Promise.reject(new Error("no editor")))).rejects.toThrow("no editor");
    expect(told().endsWith("\u001b[?2026l")).toBe(true);
  });

  it("is closed once a program that has the terminal has ended, and does not take it back", async () => {
    const { session, told } = begin();
    session.enter();
    let end = (): void => undefined;
    const lent = session.lend(() => new Promise<void>((resolve) => (end = resolve)));
    await turn();
    const closed = session.close().then(() => "closed");
    expect(await Promise.race([closed, turn()])).not.toBe("closed");
    told();
    end();
    await Promise.all([lent, closed]);
    await turn();
    expect(told()).toBe("");
  });

  it("is closed after a second when such a program goes on", async () => {
    const { session, waits, fire } = begin();
    session.enter();
    void session.lend(() => new Promise(() => undefined));
    await turn();
    const closed = session.close();
    await turn();
    expect(waits()).toEqual([1_000]);
    fire();
    await closed;
  });

  it("enters only after it has left, when told at once", async () => {
    const { session, told } = begin();
    session.enter();
    told();
    const left = session.leave();
    session.enter();
    await left;
    await turn();
    expect(told()).toMatch(/\u001b\[\?1049l.*\u001b\[\?1049h/);
  });

  it("paints the screen anew when its size has changed", async () => {
    const { session, writer, told, happens } = begin();
    session.enter();
    writer.paint(["one"]);
    await turn();
    told();
    happens("resize");
    expect(told()).toContain(CLEAR);
  });

  it("shows a title that holds nothing to obey, and again on each return", async () => {
    const { session, told } = begin();
    session.enter();
    session.setTitle("devhook\u0007\u001b]52;c;aGk=\u0007");
    expect(told()).toContain("\u001b]2;devhook␇␛]52;c;aGk=␇\u0007");
    await session.leave();
    told();
    session.enter();
    expect(told()).toContain("\u001b]2;devhook␇");
  });

  it("turns the mouse on only when asked", async () => {
    const { session, told } = begin();
    session.enter();
    expect(told()).not.toContain("\u001b[?1000h");
    session.setMouse(true);
    expect(told()).toContain("\u001b[?1000h");
    session.setMouse(false);
    expect(told()).toContain("\u001b[?1000l");
  });

  it("listens to nothing any more once it is closed", async () => {
    const { session, listeners, input } = begin();
    session.enter();
    expect(listeners()).toBe(4);
    await session.close();
    expect(listeners()).toBe(0);
    expect([input.listenerCount("data"), input.listenerCount("error")]).toEqual([0, 0]);
  });
});
