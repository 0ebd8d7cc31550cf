import { isUtf8 } from "node:buffer";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { shortSize } from "../output/short-size.ts";
import { sanitizeLine } from "./sanitize.ts";

/** Decoded bytes that are shown: more is no text that people read, and what a bomb may cost. */
const MOST_DECODED = 1_048_576;
/** RFC 9110 allows any number; no sender needs more than one, and an attacker many. */
const MOST_CODINGS = 2;

export type DecodedContent = {
  /** as far as they can be decoded; as they came when they cannot be */
  readonly bytes: Buffer;
  /** what has been decoded, the outermost first */
  readonly codings: readonly string[];
  /** whether this is the content from beginning to end */
  readonly isWhole: boolean;
  /** why it is not all, in words that are safe to print */
  readonly note: string | undefined;
};

/**
 * Undoes Content-Encoding, to look at it: gzip, deflate (with and without the zlib header) and br, two of them at most. Works beside the main
 * thread, on Node's own threads. Streams that break off or are broken give what could be read before that.
 * @param contentEncoding the header's value
 * @param most bytes of the result
 */
export async function decodeContent(
  bytes: Buffer,
  contentEncoding: string | undefined,
  most: number = MOST_DECODED,
): Promise<DecodedContent> {
  const named = (contentEncoding ?? "").toLowerCase().split(",", 100);
  const codings = named.map((name) => name.trim()).filter((name) => name !== "" && name !== "identity");
  const asItCame = { bytes, codings: [], isWhole: true, note: undefined };
  if (codings.length === 0 || bytes.length === 0) return asItCame;
  if (codings.length > MOST_CODINGS) {
    return { ...asItCame, note: `${codings.length} encodings one over the other are not decoded: these are the bytes as they came` };
  }
  let result: DecodedContent = asItCame;
  for (const coding of codings.toReversed()) {
    const decoded = await decodeOne(result.bytes, coding, most);
    const undone = decoded.bytes === undefined ? result.codings : [...result.codings, coding];
    // the first reason explains those that follow from it
    const note = result.note ?? decoded.note;
    result = { bytes: decoded.bytes ?? result.bytes, codings: undone, isWhole: result.isWhole && decoded.note === undefined, note };
    if (decoded.bytes === undefined) break;
  }
  return result;
}

type Decoder = ReturnType<typeof createGunzip>;

type Step = { readonly bytes: Buffer | undefined; readonly note: string | undefined };

async function decodeOne(bytes: Buffer, coding: string, most: number): Promise<Step> {
  const create = decoderOf(coding, bytes);
  const name = sanitizeLine(coding, 40);
  if (create === undefined) return { bytes: undefined, note: `${name} is not decoded here: these are the bytes as they came` };
  const { decoded, end } = await decodeFar(create, bytes, most);
  const isSomethingElse = end === "broken" ? decoded.length === 0 || isUtf8(bytes) : end === "unfinished" && isUtf8(bytes);
  // some texts begin like a deflate stream, but no stream of more than a few bytes is a text
  if (isSomethingElse) return { bytes: undefined, note: `Content-Encoding says ${name}, but these bytes are something else` };
  switch (end) {
    case "whole":
      return { bytes: decoded, note: undefined };
    case "full":
      return { bytes: decoded, note: `only the first ${shortSize(most)} of it are decoded` };
    case "unfinished":
      return { bytes: decoded, note: `the ${name} stream ends early: this is what came of it` };
    case "broken":
      return { bytes: decoded, note: `the ${name} stream is broken: this is what could be read` };
  }
}

function decoderOf(coding: string, bytes: Buffer): (() => Decoder) | undefined {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return createGunzip;
    case "br":
      return createBrotliDecompress;
    case "deflate":
      return hasZlibHeader(bytes) ? createInflate : createInflateRaw;
    default:
      return undefined;
  }
}

/** RFC 1950 section 2.2. Many senders leave the header out, which RFC 9110 section 8.4.1.2 knows. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

type Decoded = {
  readonly decoded: Buffer;
  /** `full`: there was more than may be */
  readonly end: "whole" | "full" | "unfinished" | "broken";
  /** bytes of the input that were accepted before it broke */
  readonly accepted: number;
};

/** Bytes that are handed over at a time: what a broken one would have given is lost, so it is handed over again in smaller ones. */
const PIECES = [16_384, 256, 1] as const;

async function decodeFar(create: () => Decoder, bytes: Buffer, most: number): Promise<Decoded> {
  let last: Decoded = { decoded: Buffer.alloc(0), end: "broken", accepted: 0 };
  for (const piece of PIECES) {
    last = await decode(create(), bytes, { from: last.accepted, piece, most });
    if (last.end !== "broken") break;
  }
  return last;
}

/** @param from offset from which on the pieces are small */
function decode(
  decoder: Decoder,
  bytes: Buffer,
  { from, piece, most }: { readonly from: number; readonly piece: number; readonly most: number },
): Promise<Decoded> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let accepted = 0;
    const settle = (end: Decoded["end"]): void => {
      decoder.destroy();
      resolve({ decoded: Buffer.concat(pieces), end, accepted });
    };
    decoder.on("data", (data: Buffer) => {
      const room = most - size;
      pieces.push(data.subarray(0, room));
      size += Math.min(data.length, room);
      if (data.length > room) settle("full");
    });
    decoder.on("end", () => settle("whole"));
    decoder.on("error", (error: NodeJS.ErrnoException) => settle(error.code === "Z_BUF_ERROR" ? "unfinished" : "broken"));
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + (at < from || at >= from + PIECES[0] ? PIECES[0] : piece), at < from ? from : bytes.length);
      decoder.write(bytes.subarray(at, end), (error) => {
        // none is given when it went well
        if (!(error instanceof Error)) accepted = end;
      });
      at = end;
    }
    decoder.end();
  });
}
