import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createFrameWriter } from "../../../client/terminal/frame-writer.ts";
import { createFrameReader, type Frame, withEnd } from "./frame-reader.ts";

function read(pieces: readonly string[]): { readonly frames: readonly Frame[]; readonly clears: number } {
  const frames: Frame[] = [];
  const reader = createFrameReader((frame) => frames.push(frame));
  for (const piece of pieces) reader.feed(piece);
  return { frames, clears: reader.clears() };
}

/** What the product writes for these frames, one after the other. */
async function written(...frames: readonly (readonly string[])[]): Promise<string> {
  let text = "";
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const writer = createFrameWriter(output, () => ({ columns: 20, rows: 4 }));
  writer.release();
  for (const frame of frames) {
    writer.paint(frame);
    // the write has been called back by then
    await new Promise((resolve) => setImmediate(resolve));
  }
  return text;
}

describe("createFrameReader", () => {
  it("tells the rows that a frame changes, its bytes, and what cleared the screen", async () => {
    const text = await written(["one", "two ✓"]);
    const { frames, clears } = read([text]);
    expect(frames.map(({ rows }) => [...rows])).toEqual([
      [
        [0, { cell: 0, text: "one" }],
        [1, { cell: 0, text: "two ✓" }],
      ],
    ]);
    expect(frames[0]?.bytes).toBe(Buffer.byteLength(text));
    expect(clears).toBe(1);
  });

  it("finds the same frames wherever the input is cut", async () => {
    const text = `\u001b[?1049h${await written(["a"])}\u001b]2;title\u0007${await written(["b", "", "\u001b[7mc\u001b[27m"])}`;
    const whole = read([text]);
    expect(whole.frames).toHaveLength(2);
    for (let at = 0; at <= text.length; at++) expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
  });

  it("tells enough to know every row, where only the end of one is written", async () => {
    const last = ["\u001b[2mdim\u001b[22m and \u001b[32mno\u001b[39m", "\u001b[7m▸ b\u001b[27m"];
    const { frames } = read([await written(["\u001b[2mdim\u001b[22m and \u001b[32mok\u001b[39m", "▸ a"], last)]);
    const rows = ["", ""];
    for (const frame of frames) for (const [row, end] of frame.rows) rows[row] = withEnd(rows[row] ?? "", end);
    expect(frames[1]?.rows.get(0)?.cell).toBe(7);
    expect(rows.map((row) => row.replaceAll("\u001b[0m", ""))).toEqual(last);
  });

  it("tells no frame before its last byte is there", async () => {
    const text = await written(["a"]);
    expect(read([text.slice(0, -1)]).frames).toEqual([]);
    expect(read([]).frames).toEqual([]);
  });

  it("counts clears between frames as well", async () => {
    expect(read([`\u001b[2J${await written(["a"])}\u001b[3J\u001bc\u001b[?2026h\u001b[?2026l`]).clears).toBe(4);
  });
});
