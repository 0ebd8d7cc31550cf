import fc from "fast-check";

/** Any code point, lone surrogates too. The `binary` of fast-check is the same, and takes most of a second to prepare. */
export const CHARACTER = fc
  .oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0x80, max: 0xffff }), fc.integer({ min: 0x10000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
