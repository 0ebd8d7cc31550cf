import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { BodyView } from "../../../client/inspect/body-view.ts";
import { CHARACTER } from "../../rig/character.ts";
import { view } from "./shown.ts";

const ALL = { width: 1_000_000 };
const piece = fc.constantFrom(
  "abc",
  "\t",
  "\u0001",
  "\u007f",
  "\u009b2J",
  "\u202e",
  "é",
  "“x”",
  "漢字",
  "😀",
  "👍🏽",
  "🇩🇪",
  "e\u0301",
  "\u{e0041}",
  "\u3164",
  "ｶﾞ",
  "각",
  "⌚",
  "€",
);
const anyLine = fc.oneof(
  fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
  fc.string({ unit: CHARACTER, maxLength: 20 }),
);

const bodies: Readonly<Record<string, (texts: readonly string[]) => BodyView>> = {
  text: (texts) => view("text/plain", texts.join("\n")),
  "text with broken bytes": (texts) =>
    view("text/plain", Buffer.concat([Buffer.from(texts.join("\n").padEnd(99)), Buffer.from([0xff, 0x80, 0xc0])])),
  JSON: (texts) => view("application/json", JSON.stringify({ texts, of: [[texts.join("")], texts.length] })),
  form: (texts) =>
    view("application/x-www-form-urlencoded", texts.map((text) => `a=${encodeURIComponent(Buffer.from(text).toString())}`).join("&")),
  XML: (texts) => view("text/xml", `<a>${texts.map((text) => `<b>${text.replaceAll(/[<&]/g, "")}</b>`).join("")}</a>`),
  multipart: (texts) => view("multipart/mixed; boundary=b", texts.map((text) => `--b\r\n\r\n${text}\r\n`).join("") + "--b--"),
  bytes: (texts) => view("application/octet-stream", Buffer.from([0, ...Buffer.from(texts.join(""))]), { as: "hex" }),
};

function shownOf(body: BodyView, line: number, options: { readonly skip: number; readonly width: number }): string {
  return body
    .lines(line, 1, { ...options, wholeEnd: true })
    .flatMap(({ segments }) => segments.map(({ text }) => text))
    .join("");
}

describe.each(Object.entries(bodies))("lines of a body (%s)", (_, bodyOf) => {
  it("are as long as they are measured, and never wider", () => {
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 4 }), (texts) => {
        const body = bodyOf(texts);
        const shown = body.lines(0, body.total(), ALL).map(({ segments }) => segments.map(({ text }) => text).join(""));
        const measured = body.lines(0, body.total(), { width: 0, measured: true });
        expect(measured.length).toBe(shown.length);
        for (const [index, text] of shown.entries()) {
          const extent = measured[index]?.extent;
          // the last line of bytes counts as if it were whole
          expect([text, body.kind === "hex" ? text.length : extent?.units]).toEqual([text, text.length]);
          expect(extent?.cells ?? 0).toBeGreaterThanOrEqual(stringWidth(text));
          expect(extent?.isFlat === true ? extent.cells : undefined).toBe(extent?.isFlat === true ? extent.units : undefined);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("stand in windows side by side with each character once", () => {
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 9 }), (texts, width) => {
        const body = bodyOf(texts);
        for (let number = 0; number < body.total(); number++) {
          const whole = shownOf(body, number, { skip: 0, width: 1_000_000 });
          const windows = Array.from({ length: Math.ceil(whole.length / width) }, (__, index) =>
            shownOf(body, number, { skip: index * width, width }),
          );
          expect(windows.join("")).toBe(whole);
          let before = 0;
          for (const [index, window] of windows.entries()) {
            const start = body.lines(number, 1, { skip: index * width, width, wholeEnd: true })[0]?.start ?? 0;
            // one that holds nothing but half of a character of the window before begins nowhere
            expect(window === "" ? before : start).toBe(before);
            before += window.length;
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
