import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createFrameWriter } from "../../../client/terminal/frame-writer.ts";
import { createFrameReader, type Frame } from "./frame-reader.ts";

function read(pieces: readonly string[]): { readonly frames: readonly Frame[]; readonly clears: number } {
  const frames: Frame[] = [];
  const reader = createFrameReader((frame) => frames.push(frame));
  for (const piece of pieces) reader.feed(piece);
  return { frames, clears: reader.clears() };
}

/** What the product writes for these frames, one after the other. */
function written(...frames: readonly (readonly string[])[]): string {
  let text = "";
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const writer = createFrameWriter(output, () => ({ columns: 20, rows: 4 }));
  writer.release();
  for (const frame of frames) writer.paint(frame);
  return text;
}

describe("createFrameReader", () => {
  it("tells the rows that a frame changes, its bytes, and what cleared the screen", () => {
    const text = written(["one", "two ✓"]);
    const { frames, clears } = read([text]);
    expect(frames.map(({ rows }) => [...rows])).toEqual([
      [
        [0, "one"],
        [1, "two ✓"],
      ],
    ]);
    expect(frames[0]?.bytes).toBe(Buffer.byteLength(text));
    expect(clears).toBe(1);
  });

  it("finds the same frames wherever the input is cut", () => {
    const text = `\u001b[?1049h${written(["a"])}\u001b]2;title\u0007${written(["b", "", "\u001b[7mc\u001b[27m"])}`;
    const whole = read([text]);
    expect(whole.frames).toHaveLength(2);
    for (let at = 0; at <= text.length; at++) expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
  });

  it("tells no frame before its last byte is there", () => {
    const text = written(["a"]);
    expect(read([text.slice(0, -1)]).frames).toEqual([]);
    expect(read([]).frames).toEqual([]);
  });

  it("counts clears between frames as well", () => {
    expect(read([`\u001b[2J${written(["a"])}\u001b[3J\u001bc\u001b[?2026h\u001b[?2026l`]).clears).toBe(4);
  });
});
