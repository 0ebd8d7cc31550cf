import type { CapturedRequest, ResponseHead } from "../http/exchange.ts";
import type { HeaderList } from "../http/headers.ts";
import { writeId } from "../ids.ts";
import { FRAME_HEAD, MAX_RESET_REASON, REQUEST_FLAG, RESPONSE_FLAG, TYPE, type ResetCode } from "./constants.ts";
import type { GoAway, Refusal, Welcome } from "./frames.ts";

/** Characters up to which writing them one by one costs less than a call into the runtime. */
const SHORT_TEXT = 24;

/**
 * A REQUEST frame (spec.md 3.1).
 * @param body the whole body, or undefined when it follows as DATA
 * @param allocate gives the buffer that the frame is written into, of exactly so many bytes
 * @throws RangeError when a string is longer than its length field: callers have refused such a request before (431, 414)
 */
export function encodeRequest(
  stream: number,
  request: Omit<CapturedRequest, "tunnel">,
  body: Buffer | undefined,
  allocate: (bytes: number) => Buffer = fresh,
): Buffer {
  const { method, target, base, forwarded, headers } = request;
  const size =
    16 +
    6 +
    1 +
    1 +
    method.length +
    2 +
    target.length +
    1 +
    base.length +
    2 +
    forwarded.for.length +
    2 +
    forwarded.host.length +
    headersSize(headers);
  const frame = openFrame(TYPE.REQUEST, stream, size + (body?.length ?? 0), allocate);
  let at = FRAME_HEAD;
  writeId(request.id, frame, at);
  at = frame.writeUIntBE(request.receivedAt, at + 16, 6);
  const flags =
    (body === undefined ? 0 : REQUEST_FLAG.WHOLE) |
    (request.upgrade ? REQUEST_FLAG.UPGRADE : 0) |
    (forwarded.proto === "https" ? REQUEST_FLAG.HTTPS : 0);
  at = frame.writeUInt8(flags, at);
  at = writeS8(frame, method, at);
  at = writeS16(frame, target, at);
  at = writeS8(frame, base, at);
  at = writeS16(frame, forwarded.for, at);
  at = writeS16(frame, forwarded.host, at);
  at = writeHeaders(frame, headers, at);
  body?.copy(frame, at);
  return frame;
}

/**
 * A RESPONSE frame (spec.md 3.2).
 * @param body the whole body, or undefined when it follows as DATA
 */
export function encodeResponse(
  stream: number,
  head: ResponseHead,
  body: Buffer | undefined,
  options: { readonly madeByClient: boolean },
): Buffer {
  const size = 2 + 1 + 2 + head.reason.length + headersSize(head.headers);
  const frame = openFrame(TYPE.RESPONSE, stream, size + (body?.length ?? 0));
  let at = frame.writeUInt16BE(head.status, FRAME_HEAD);
  at = frame.writeUInt8((body === undefined ? 0 : RESPONSE_FLAG.WHOLE) | (options.madeByClient ? RESPONSE_FLAG.MADE_BY_CLIENT : 0), at);
  at = writeS16(frame, head.reason, at);
  at = writeHeaders(frame, head.headers, at);
  body?.copy(frame, at);
  return frame;
}

/** An INFORMATION frame (spec.md 3.3). */
export function encodeInformation(stream: number, head: ResponseHead): Buffer {
  const frame = openFrame(TYPE.INFORMATION, stream, 2 + headersSize(head.headers));
  writeHeaders(frame, head.headers, frame.writeUInt16BE(head.status, FRAME_HEAD));
  return frame;
}

/** The 9 bytes that stand before `length` body bytes in a DATA frame: written beside the body so that it is not copied. */
export function encodeDataHead(stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD);
  writeHead(head, TYPE.DATA, stream, length);
  return head;
}

/** An END frame. */
export function encodeEnd(stream: number): Buffer {
  return openFrame(TYPE.END, stream, 0);
}

/** A RESET frame; a reason beyond 1,024 bytes is cut. */
export function encodeReset(stream: number, code: ResetCode, reason: string): Buffer {
  const text = Buffer.from(reason, "utf8").subarray(0, MAX_RESET_REASON);
  const frame = openFrame(TYPE.RESET, stream, 1 + text.length);
  frame.writeUInt8(code, FRAME_HEAD);
  text.copy(frame, FRAME_HEAD + 1);
  return frame;
}

/** A CREDIT frame that grants `bytes`. */
export function encodeCredit(stream: number, bytes: number): Buffer {
  const frame = openFrame(TYPE.CREDIT, stream, 4);
  frame.writeUInt32BE(bytes, FRAME_HEAD);
  return frame;
}

/** WELCOME (spec.md section 4). */
export function encodeWelcome(welcome: Welcome): Buffer {
  return jsonFrame(TYPE.WELCOME, welcome);
}

/** GOAWAY (spec.md section 4). */
export function encodeGoAway(goaway: GoAway): Buffer {
  return jsonFrame(TYPE.GOAWAY, goaway);
}

/** REFUSALS (spec.md section 4); callers keep lists short enough for one message. */
export function encodeRefusals(refusals: readonly Refusal[]): Buffer {
  return jsonFrame(TYPE.REFUSALS, refusals);
}

/** REFUSALS_SEEN (spec.md section 4). */
export function encodeRefusalsSeen(seq: number): Buffer {
  const frame = openFrame(TYPE.REFUSALS_SEEN, 0, 6);
  frame.writeUIntBE(seq, FRAME_HEAD, 6);
  return frame;
}

function jsonFrame(type: number, value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value), "utf8");
  const frame = openFrame(type, 0, text.length);
  text.copy(frame, FRAME_HEAD);
  return frame;
}

function fresh(bytes: number): Buffer {
  return Buffer.allocUnsafe(bytes);
}

function openFrame(type: number, stream: number, length: number, allocate = fresh): Buffer {
  const frame = allocate(FRAME_HEAD + length);
  writeHead(frame, type, stream, length);
  return frame;
}

function writeHead(into: Buffer, type: number, stream: number, length: number): void {
  into[0] = type;
  into.writeUInt32BE(stream, 1);
  into.writeUInt32BE(length, 5);
}

function headersSize(headers: HeaderList): number {
  let size = 2 + headers.length * 2;
  for (const text of headers) size += text.length;
  return size;
}

function writeHeaders(into: Buffer, headers: HeaderList, offset: number): number {
  let at = into.writeUInt16BE(headers.length >> 1, offset);
  for (const text of headers) at = writeS16(into, text, at);
  return at;
}

function writeS8(into: Buffer, text: string, offset: number): number {
  return writeText(into, text, into.writeUInt8(text.length, offset));
}

function writeS16(into: Buffer, text: string, offset: number): number {
  return writeText(into, text, into.writeUInt16BE(text.length, offset));
}

function writeText(into: Buffer, text: string, offset: number): number {
  if (text.length > SHORT_TEXT) return offset + into.write(text, offset, "latin1");
  for (let i = 0; i < text.length; i++) into[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}

/** No bytes: the body of an answer without one. */
export const NO_BYTES: Buffer = Buffer.alloc(0);
