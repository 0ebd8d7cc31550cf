import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openBody } from "../../../client/inspect/body-view.ts";
import { decodeContent } from "../../../client/inspect/decode-content.ts";
import { shown } from "./shown.ts";

const TEXT = Buffer.from(JSON.stringify(Array.from({ length: 3000 }, (_, id) => ({ id, hash: (id * 2_654_435_761) % 4_294_967_296 }))));

/** With one byte changed. */
function spoilt(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

describe("decodeContent", () => {
  it.each([
    ["gzip", gzipSync(TEXT)],
    ["X-GZIP", gzipSync(TEXT)],
    ["deflate", deflateSync(TEXT)],
    ["deflate", deflateRawSync(TEXT)],
    ["br", brotliCompressSync(TEXT)],
    ["deflate, gzip", gzipSync(deflateSync(TEXT))],
    [" identity , br ,", brotliCompressSync(TEXT)],
  ])("undoes %s", async (coding, bytes) => {
    const { bytes: decoded, isWhole, note } = await decodeContent(bytes, coding);
    expect([decoded.equals(TEXT), isWhole, note]).toEqual([true, true, undefined]);
  });

  it("leaves alone what is not encoded", async () => {
    for (const coding of [undefined, "", "identity"]) {
      const { bytes, ...facts } = await decodeContent(TEXT, coding);
      expect([bytes.equals(TEXT), facts]).toEqual([true, { codings: [], isWhole: true, note: undefined }]);
    }
    expect(await decodeContent(Buffer.alloc(0), "gzip")).toMatchObject({ codings: [], note: undefined });
  });

  it.each([
    ["gzip", gzipSync(TEXT)],
    ["deflate", deflateSync(TEXT)],
    ["br", brotliCompressSync(TEXT)],
  ])("gives what came of a %s stream that ends early", async (coding, bytes) => {
    for (const share of [0.3, 0.9]) {
      const { bytes: decoded, isWhole, note } = await decodeContent(bytes.subarray(0, bytes.length * share), coding);
      expect([isWhole, note]).toEqual([false, `the ${coding} stream ends early: this is what came of it`]);
      expect(decoded.length).toBeGreaterThan(TEXT.length * share * 0.5);
      expect(TEXT.subarray(0, decoded.length).equals(decoded)).toBe(true);
    }
    expect((await decodeContent(bytes.subarray(0, -1), coding)).isWhole).toBe(false);
  });

  it("gives what can be read of a stream that is broken, to the last byte before that", async () => {
    const good = gzipSync(TEXT);
    const checksum = await decodeContent(spoilt(good, good.length - 6), "gzip");
    expect([checksum.bytes.equals(TEXT), checksum.note]).toEqual([true, "the gzip stream is broken: this is what could be read"]);
    const small = gzipSync("hello");
    expect((await decodeContent(spoilt(small, small.length - 6), "gzip")).bytes.toString()).toBe("hello");
    const followed = await decodeContent(Buffer.concat([good, Buffer.from("more")]), "gzip");
    expect(followed.bytes.equals(TEXT)).toBe(true);
  });

  it("says when the header is wrong, and shows the bytes as they came", async () => {
    for (const coding of ["gzip", "deflate", "br"]) {
      const bytes = Buffer.from('{"plain":true}');
      const result = await decodeContent(bytes, coding);
      expect(result).toMatchObject({ bytes, codings: [], note: `Content-Encoding says ${coding}, but these bytes are something else` });
    }
  });

  it("does not know every encoding, and undoes two at most", async () => {
    expect(await decodeContent(TEXT, "zstd\u001b")).toMatchObject({
      bytes: TEXT,
      note: "zstd␛ is not decoded here: these are the bytes as they came",
    });
    const twice = gzipSync(gzipSync(TEXT));
    expect((await decodeContent(twice, "gzip,gzip")).bytes.equals(TEXT)).toBe(true);
    const result = await decodeContent(gzipSync(twice), "gzip,gzip,gzip");
    expect([result.bytes.equals(gzipSync(twice)), result.note]).toEqual([
      true,
      "3 encodings one over the other are not decoded: these are the bytes as they came",
    ]);
    const half = await decodeContent(gzipSync("x"), "zstd, gzip");
    expect([half.bytes.toString(), half.codings, half.note]).toEqual([
      "x",
      ["gzip"],
      "zstd is not decoded here: these are the bytes as they came",
    ]);
  });

  it("stops at the limit, and not one byte before it", async () => {
    const most = TEXT.length;
    const whole = await decodeContent(gzipSync(TEXT), "gzip", most);
    expect([whole.isWhole, whole.note]).toEqual([true, undefined]);
    const cut = await decodeContent(gzipSync(TEXT), "gzip", most - 1);
    expect([cut.bytes.length, cut.isWhole]).toEqual([most - 1, false]);
  });

  const zeros = Buffer.alloc(100 * 1_048_576);
  const zipped = gzipSync(zeros);
  const nothing = gzipSync("");
  it.each([
    ["gzip", zipped],
    // 165 bytes; the best quality takes three seconds and needs no fewer
    ["br", brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })],
    ["gzip, gzip", gzipSync(zipped)],
    ["gzip", Buffer.concat(Array.from({ length: 50_000 }, () => nothing))],
  ])("takes little memory for a bomb: %s", async (coding, bomb) => {
    const before = process.memoryUsage().rss;
    const { bytes } = await decodeContent(bomb, coding);
    expect(bytes.length).toBeLessThanOrEqual(1_048_576);
    expect(process.memoryUsage().rss - before).toBeLessThan(33_554_432);
  });
});

describe("openBody", () => {
  it("shows what is inside, with both sizes", async () => {
    const bytes = gzipSync('{"a":1.0}');
    const body = await openBody({ contentType: "application/json", contentEncoding: "gzip", bytes, truncated: false });
    expect([body.kind, shown(body), body.facts, body.notes]).toEqual([
      "json",
      '{\n  "a": 1.0\n}',
      ["application/json", `${bytes.length}B gzip → 9B`, "utf-8"],
      [],
    ]);
    const raw = await openBody({ contentType: "application/json", contentEncoding: "gzip", bytes, truncated: false, as: "hex" });
    expect(shown(raw)).toMatch(/^00000000 {2}1f 8b/);
  });

  it("shows JSON as far as a broken stream goes", async () => {
    const bytes = gzipSync(TEXT);
    const body = await openBody({
      contentType: "application/json",
      contentEncoding: "gzip",
      bytes: bytes.subarray(0, -2000),
      truncated: false,
    });
    expect([body.kind, body.notes]).toEqual(["json", ["the gzip stream ends early: this is what came of it"]]);
  });
});
