import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

export type DecodedText = {
  /** bytes that mean nothing in UTF-8 stand as U+DC80 to U+DCFF, which no valid text holds; a byte order mark is left out */
  readonly text: string;
  readonly charset: string;
  readonly hasMark: boolean;
  /** bytes, or characters of other charsets, that mean nothing */
  readonly broken: number;
};

const MARKS = [
  { mark: Buffer.from([0xef, 0xbb, 0xbf]), charset: "utf-8" },
  { mark: Buffer.from([0xff, 0xfe]), charset: "utf-16le" },
  { mark: Buffer.from([0xfe, 0xff]), charset: "utf-16be" },
] as const;
const LATIN1 = /^(?:iso-?8859-?1|latin-?1|l1)$/;
const UTF8 = /^(?:utf-?8|(?:us-)?ascii)$/;

/**
 * The text of bytes in the charset that their own mark names, else the one of the header, else UTF-8. ISO-8859-1 is what it says, not
 * windows-1252 as in browsers: a byte from 0x80 to 0x9f is a control character, and shown as one.
 * @param charset as it stands in Content-Type
 * @param isCut whether the bytes may end within a character, which is left out then
 * @param isPart whether this is a piece of a larger text, in which a mark has no meaning
 */
export function decodeText(
  bytes: Buffer,
  charset: string | undefined,
  { isCut, isPart = false }: { readonly isCut: boolean; readonly isPart?: boolean },
): DecodedText {
  const marked = isPart ? undefined : MARKS.find(({ mark }) => bytes.subarray(0, mark.length).equals(mark));
  const content = marked === undefined ? bytes : bytes.subarray(marked.mark.length);
  const wanted = marked?.charset ?? charset?.trim().toLowerCase() ?? "utf-8";
  const hasMark = marked !== undefined;
  if (LATIN1.test(wanted)) return { text: content.toString("latin1"), charset: "iso-8859-1", hasMark, broken: 0 };
  const decoder = UTF8.test(wanted) ? undefined : decoderOf(wanted);
  if (decoder !== undefined) {
    // as a stream: decoded at once, Node 20 takes windows-1252 for ISO-8859-1
    const text = decoder.decode(content, { stream: true }) + (isCut ? "" : decoder.decode());
    return { text, charset: decoder.encoding, hasMark, broken: text.split("\ufffd").length - 1 };
  }
  const whole = isCut ? content.subarray(0, endOfCharacters(content)) : content;
  if (isUtf8(whole)) return { text: whole.toString("utf8"), charset: "utf-8", hasMark, broken: 0 };
  return { ...utf8WithBrokenBytes(whole), charset: "utf-8", hasMark };
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined;
  }
}

/** Bytes without a character at the end that is only begun. */
function endOfCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) break;
  }
  return bytes.length;
}

/** Bytes of a character that begins so; 0 when none does. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

function utf8WithBrokenBytes(bytes: Buffer): Pick<DecodedText, "text" | "broken"> {
  // a byte gives one unit at most
  const units = new Uint16Array(bytes.length);
  let size = 0;
  let broken = 0;
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = lengthOf(first);
    let code = length < 2 ? first : first & (0x7f >> length);
    let isValid = length > 0 && at + length <= bytes.length;
    for (let i = 1; i < length && isValid; i++) {
      const byte = bytes[at + i] ?? 0;
      isValid = (byte & 0xc0) === 0x80;
      code = (code << 6) | (byte & 0x3f);
    }
    // written longer than needed, a surrogate, or beyond Unicode
    if (isValid && length === 3) isValid = code >= 0x800 && (code < 0xd800 || code > 0xdfff);
    if (isValid && length === 4) isValid = code >= 0x10000 && code <= 0x10ffff;
    if (!isValid) {
      units[size++] = 0xdc00 + first;
      broken++;
      at++;
    } else {
      if (code > 0xffff) {
        units[size++] = 0xd7c0 + (code >> 10);
        units[size++] = 0xdc00 + (code & 0x3ff);
      } else {
        units[size++] = code;
      }
      at += length;
    }
  }
  return { text: Buffer.from(units.buffer, 0, size * 2).toString("utf16le"), broken };
}
