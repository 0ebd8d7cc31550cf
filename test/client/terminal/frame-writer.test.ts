import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameWriter, type FrameWriter } from "../../../client/terminal/frame-writer.ts";
import { createHeadlessTerminal } from "../../rig/headless-terminal.ts";
import { until } from "../../rig/until.ts";

/** An output that takes a write when the test says so. */
function createOutput(): {
  readonly stream: Writable;
  readonly writes: string[];
  readonly take: (error?: Error) => void;
} {
  const writes: string[] = [];
  let done: ((error?: Error | null) => void) | undefined;
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      writes.push(chunk.toString());
      done = callback;
    },
  });
  stream.on("error", () => undefined);
  return {
    stream,
    writes,
    take: (error) => {
      const callback = done;
      done = undefined;
      callback?.(error);
    },
  };
}

function begun(stream: Writable, columns = 20, rows = 4): FrameWriter {
  const writer = createFrameWriter(stream, () => ({ columns, rows }));
  writer.release();
  return writer;
}

const CLEAR = "\u001b[2J";

describe("createFrameWriter", () => {
  it("shows what a terminal of any size would show of the newest frame, whatever was there before", async () => {
    const word = fc.constantFrom(
      "a",
      "Zz",
      " ",
      "─",
      "✓ ok",
      "漢字",
      "e\u0301",
      "\u001b[31m",
      "\u001b[39m",
      "\u001b[1;31m",
      "\u001b[22;39m",
      "e",
      "\u001b[7m",
      "\u001b[0m",
      "long enough to be cut",
    );
    const line = fc.array(word, { maxLength: 12 }).map((words) => words.join(""));
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ frame: fc.array(line, { maxLength: 14 }) }) },
      { weight: 1, arbitrary: fc.record({ columns: fc.integer({ min: 2, max: 50 }), rows: fc.integer({ min: 1, max: 14 }) }) },
      { weight: 1, arbitrary: fc.constant("rubbish" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 24 }), async (steps) => {
        const screen = createHeadlessTerminal(30, 8);
        const stream = new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            screen.terminal.write(chunk, done);
          },
        });
        const size = (): { columns: number; rows: number } => ({ columns: screen.terminal.cols, rows: screen.terminal.rows });
        const writer = createFrameWriter(stream, size);
        await screen.write("\u001b[?7l");
        writer.release();
        let newest: readonly string[] = [];
        for (const each of steps) {
          if (each === "rubbish") {
            await writer.hold();
            await screen.write("\u001b[Hrubbish\r\nrubbish");
            writer.release();
          } else if ("frame" in each) {
            newest = each.frame;
            writer.paint(newest);
          } else {
            screen.terminal.resize(each.columns, each.rows);
            writer.repaint();
          }
        }
        writer.paint(newest);
        await until(() => stream.writableLength === 0);
        expect(screen.rows()).toEqual(await shownAlone(newest, size()));
        screen.terminal.dispose();
      }),
      { numRuns: 150 },
    );
  });

  it("writes only the lines that have changed, in one synchronised update", () => {
    const { stream, writes, take } = createOutput();
    const writer = begun(stream);
    writer.paint(["one", "two", "three"]);
    take();
    writer.paint(["one", "2", "three"]);
    expect(writes[1]).toBe("\u001b[?2026h\u001b[2;1H\u001b[K2\u001b[?2026l");
  });

  it.each([
    ["plain text", "10:00:01 200 ok", "10:00:01 500 no", "\u001b[2;9H\u001b[K 500 no"],
    [
      "styles that have ended",
      "\u001b[2m10:00\u001b[22m \u001b[32m200\u001b[39m a",
      "\u001b[2m10:00\u001b[22m \u001b[32m200\u001b[39m b",
      "\u001b[2;10H\u001b[K b",
    ],
    [
      "nothing within a style",
      "one \u001b[7mtwo\u001b[27m",
      "one \u001b[7mtwa\u001b[27m",
      "\u001b[2;4H\u001b[K \u001b[7mtwa\u001b[27m\u001b[0m",
    ],
    ["signs of one cell", "ab – x", "ab – y", "\u001b[2;5H\u001b[K y"],
    ["no letter of two cells", "ab漢字x", "ab漢字y", "\u001b[2;2H\u001b[Kb漢字y"],
    ["no letter that a mark may follow", "abe", "abe\u0301", "\u001b[2;3H\u001b[Ke\u0301"],
    ["nothing behind a style that is none of ours", "a\u001b[5mbcd", "a\u001b[5mbce", "\u001b[2;1H\u001b[Ka\u001b[5mbce\u001b[0m"],
    ["what is left of a longer line", "abcdef", "abc", "\u001b[2;3H\u001b[Kc"],
  ])("leaves the unchanged beginning of a line alone: %s", (_what, before, after, written) => {
    const { stream, writes, take } = createOutput();
    const writer = begun(stream, 40);
    writer.paint(["", before]);
    take();
    writer.paint(["", after]);
    expect(writes[1]).toBe(`\u001b[?2026h${written}\u001b[?2026l`);
  });

  it("writes nothing for a frame that changes nothing", () => {
    const { stream, writes, take } = createOutput();
    const writer = begun(stream);
    writer.paint(["one"]);
    take();
    writer.paint(["one"]);
    writer.paint(["one", ""]);
    expect(writes).toHaveLength(1);
  });

  it("has one write in flight, and shows only the newest of the frames that came meanwhile", () => {
    const { stream, writes, take } = createOutput();
    const writer = begun(stream);
    for (let i = 0; i <= 100; i++) writer.paint([`frame ${i}`]);
    expect(writes).toHaveLength(1);
    expect(stream.writableLength).toBeLessThan(200);
    take();
    expect(writes).toHaveLength(2);
    expect(writes[1]).toBe("\u001b[?2026h\u001b[1;6H\u001b[K 100\u001b[?2026l");
    take();
    expect(writes).toHaveLength(2);
  });

  it("clears when it begins, when asked to repaint and when the size has changed, and at no other time", () => {
    const { stream, writes, take } = createOutput();
    const size = { columns: 20, rows: 4 };
    const writer = createFrameWriter(stream, () => ({ ...size }));
    writer.paint(["one"]);
    expect(writes).toEqual([]);
    writer.release();
    take();
    writer.paint(["two"]);
    take();
    writer.repaint();
    take();
    size.columns = 10;
    writer.paint(["two"]);
    take();
    for (let i = 0; i < 10; i++) {
      writer.paint([`${i}`]);
      take();
    }
    expect(writes.map((text) => text.includes(CLEAR))).toEqual([true, false, true, true, ...Array<boolean>(10).fill(false)]);
  });

  it("leaves the last cell empty, and rows below the terminal out", async () => {
    const screen = createHeadlessTerminal(10, 3);
    const { stream, writes } = createOutput();
    begun(stream, 10, 3).paint(Array<string>(9).fill("0123456789"));
    await screen.write(`\u001b[?7l${writes.join("")}`);
    expect(screen.rows()).toEqual(["0123456789", "0123456789", "012345678"]);
    screen.terminal.dispose();
  });

  it("lets styles of one line not reach the next", () => {
    const { stream, writes } = createOutput();
    begun(stream).paint(["\u001b[31mred", "plain"]);
    expect(writes[0]).toContain("\u001b[31mred\u001b[0m\u001b[2;1Hplain");
  });

  it("passes nothing to the terminal but styles, whatever a line holds", () => {
    const { stream, writes } = createOutput();
    begun(stream, 80).paint(["\u001b]52;c;aGk=\u0007 \u001b[2J\u001b[10;10H\r\n\b \u009b?1049l \u001bc"]);
    expect(writes[0]).toBe("\u001b[?2026h\u001b[0m\u001b[2J\u001b[1;1H]52;c;aGk= [2J[10;10H ?1049l c\u001b[?2026l");
  });

  it("begins no frame on hold, says when the one in flight has left, and goes on with the newest", async () => {
    const { stream, writes, take } = createOutput();
    const writer = begun(stream);
    writer.paint(["one"]);
    let held = false;
    const hold = writer.hold().then(() => (held = true));
    writer.paint(["two"]);
    await Promise.resolve();
    expect(held).toBe(false);
    take();
    await hold;
    await writer.hold();
    expect(writes).toHaveLength(1);
    writer.release();
    expect(writes[1]).toContain(`${CLEAR}\u001b[1;1Htwo`);
  });

  it("stops quietly when the terminal has gone", async () => {
    const { stream, writes, take } = createOutput();
    const writer = begun(stream);
    writer.paint(["one"]);
    writer.paint(["two"]);
    take(new Error("EIO"));
    await writer.hold();
    writer.release();
    writer.paint(["three"]);
    expect(writes).toHaveLength(1);
  });
});

/** Rows of a fresh terminal after each line was written into its row, cut by the terminal itself. */
async function shownAlone(lines: readonly string[], { columns, rows }: { columns: number; rows: number }): Promise<readonly string[]> {
  const shown: string[] = [];
  for (let row = 0; row < rows; row++) {
    // wide enough that nothing is cut, then narrowed by whole cells
    const { terminal, write } = createHeadlessTerminal(300, 1);
    await write(lines[row] ?? "");
    const line = terminal.buffer.active.getLine(0);
    const free = row === rows - 1 ? columns - 1 : columns;
    const isTorn = line?.getCell(free - 1)?.getWidth() === 2;
    shown.push(free < 1 ? "" : (line?.translateToString(false, 0, isTorn ? free - 1 : free) ?? "").trimEnd());
    terminal.dispose();
  }
  return shown;
}
