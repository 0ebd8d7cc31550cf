import { describe, expect, test } from "vitest";
import { parseToken, tokenText } from "../../shared/tokens.ts";

const SECRET = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

describe("token text", () => {
  test("is the same for ever: a stored token must stay readable", () => {
    // Made with python3: base64.b32encode(secret + zlib.crc32(prefix + secret).to_bytes(4, "big")).
    expect(tokenText("token", SECRET)).toBe("dh_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp3jsayri");
    expect(tokenText("client-key", SECRET)).toBe("dk_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp5stxl2a");
  });

  test("is one word of letters, digits and an underscore", () => {
    expect(tokenText("token")).toMatch(/^dh_[a-z2-7]{58}$/);
    expect(tokenText("client-key")).toMatch(/^dk_[a-z2-7]{58}$/);
  });

  test("is new each time", () => {
    expect(tokenText("token")).not.toBe(tokenText("token"));
  });

  test("refuses a secret of another size than 256 bits", () => {
    expect(() => tokenText("token", SECRET.subarray(1))).toThrow(RangeError);
    expect(() => tokenText("token", Buffer.alloc(33))).toThrow(RangeError);
  });
});

describe("reading a token", () => {
  test("gives kind and secret back", () => {
    expect(parseToken(tokenText("token", SECRET))).toEqual({ kind: "token", secret: SECRET });
    expect(parseToken(tokenText("client-key", SECRET))).toEqual({ kind: "client-key", secret: SECRET });
  });

  test("finds every single wrong character", () => {
    const text = tokenText("token", SECRET);
    for (let at = 3; at < text.length; at++) {
      for (const other of ALPHABET) {
        if (other === text[at]) continue;
        expect(parseToken(text.slice(0, at) + other + text.slice(at + 1)).kind).toBe("malformed");
      }
    }
  });

  test("finds two neighbours exchanged", () => {
    const text = tokenText("token", SECRET);
    const unnoticed = Array.from({ length: text.length - 4 }, (_, n) => n + 3)
      .map((at) => text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2))
      .filter((swapped) => swapped !== text && parseToken(swapped).kind !== "malformed");
    expect(unnoticed).toEqual([]);
  });

  test("tells a client key from a token with the same secret", () => {
    const key = tokenText("client-key", SECRET);
    expect(parseToken(`dh_${key.slice(3)}`)).toEqual({ kind: "malformed", why: "its checksum does not fit: a character is wrong" });
  });

  test.each([
    ["", "a token begins with dh_"],
    ["Bearer x", "a token begins with dh_"],
    ["dh_", "it has 3 characters instead of 61"],
    [tokenText("token", SECRET).slice(0, -1), "it has 60 characters instead of 61"],
    [`${tokenText("token", SECRET)} `, "it has 62 characters instead of 61"],
    [tokenText("token", SECRET).toUpperCase(), "a token begins with dh_"],
    [`dh_${"A".repeat(58)}`, "it holds characters that no token has"],
  ])("says what is wrong with %j", (text, why) => {
    expect(parseToken(text)).toEqual({ kind: "malformed", why });
  });
});
