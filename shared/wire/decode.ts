import type { ResponseHead } from "../http/exchange.ts";
import { isHeaderValue, isToken, type HeaderList } from "../http/headers.ts";
import { readId } from "../ids.ts";
import {
  FRAME_HEAD,
  MAX_DATA,
  MAX_HEADERS,
  MAX_LINK_JSON,
  MAX_RESET_REASON,
  REQUEST_FLAG,
  RESET_CODE,
  RESPONSE_FLAG,
  TYPE,
  WHOLE_BODY,
  type ResetCode,
} from "./constants.ts";
import type { FrameToClient, FrameToRelay, InformationFrame, RequestFrame, ResponseFrame } from "./frames.ts";
import { readGoAway, readRefusals, readWelcome } from "./link-json.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What a target may hold (spec.md 3.1): RFC 9112 section 3.2 forbids whitespace and controls, and nothing else is judged here. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;
/** RFC 9112 section 4: what a reason phrase may hold. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Decodes one message that a client has received and gives its frames to `visit`, in order. Bodies are views of `message`, not copies.
 * @throws ProtocolError at the first frame that breaks spec.md; frames before it have been visited
 */
export function decodeToClient(message: Buffer, visit: (frame: FrameToClient) => void): void {
  eachFrame(message, (type, stream, payload) => {
    switch (type) {
      case TYPE.REQUEST:
        return visit(requestFrame(onStream(stream, type), payload));
      case TYPE.WELCOME:
        return visit({ type: "welcome", welcome: readWelcome(linkJson(stream, payload)) });
      case TYPE.GOAWAY:
        return visit({ type: "goaway", goaway: readGoAway(linkJson(stream, payload)) });
      case TYPE.REFUSALS:
        return visit({ type: "refusals", refusals: readRefusals(linkJson(stream, payload)) });
      case TYPE.RESPONSE:
      case TYPE.INFORMATION:
      case TYPE.REFUSALS_SEEN:
        throw new ProtocolError("frame-direction", `a client never receives type ${type}`);
      default:
        return visit(streamFrame(type, stream, payload));
    }
  });
}

/**
 * Decodes one message that a relay has received, as {@link decodeToClient} does for a client.
 * @throws ProtocolError at the first frame that breaks spec.md; frames before it have been visited
 */
export function decodeToRelay(message: Buffer, visit: (frame: FrameToRelay) => void): void {
  eachFrame(message, (type, stream, payload) => {
    switch (type) {
      case TYPE.RESPONSE:
        return visit(responseFrame(onStream(stream, type), payload));
      case TYPE.INFORMATION:
        return visit(informationFrame(onStream(stream, type), payload));
      case TYPE.GOAWAY:
        return visit({ type: "goaway", goaway: readGoAway(linkJson(stream, payload)) });
      case TYPE.REFUSALS_SEEN:
        if (stream !== 0) throw new ProtocolError("frame-stream", "REFUSALS_SEEN belongs to the link");
        if (payload.length !== 6) throw new ProtocolError("frame-payload", "REFUSALS_SEEN has 6 bytes");
        return visit({ type: "refusals-seen", seq: payload.readUIntBE(0, 6) });
      case TYPE.REQUEST:
      case TYPE.WELCOME:
      case TYPE.REFUSALS:
        throw new ProtocolError("frame-direction", `a relay never receives type ${type}`);
      default:
        return visit(streamFrame(type, stream, payload));
    }
  });
}

function eachFrame(message: Buffer, visit: (type: number, stream: number, payload: Buffer) => void): void {
  if (message.length === 0) throw new ProtocolError("message-empty", "a message holds at least one frame");
  let at = 0;
  while (at < message.length) {
    if (message.length - at < FRAME_HEAD)
      throw new ProtocolError("frame-truncated", `${message.length - at} bytes where a frame head has 9`);
    const type = message.readUInt8(at);
    const stream = message.readUInt32BE(at + 1);
    const length = message.readUInt32BE(at + 5);
    const begin = at + FRAME_HEAD;
    if (length > message.length - begin) {
      throw new ProtocolError("frame-truncated", `a payload of ${length} bytes, ${message.length - begin} are there`);
    }
    at = begin + length;
    visit(type, stream, message.subarray(begin, at));
  }
}

function streamFrame(type: number, stream: number, payload: Buffer): FrameToClient & FrameToRelay {
  switch (type) {
    case TYPE.DATA:
      onStream(stream, type);
      if (payload.length === 0) throw new ProtocolError("frame-payload", "DATA without bytes");
      if (payload.length > MAX_DATA) throw new ProtocolError("frame-oversized", `DATA of ${payload.length} bytes`);
      return { type: "data", stream, bytes: payload };
    case TYPE.END:
      onStream(stream, type);
      if (payload.length !== 0) throw new ProtocolError("frame-payload", "END has no payload");
      return { type: "end", stream };
    case TYPE.RESET:
      onStream(stream, type);
      if (payload.length === 0) throw new ProtocolError("frame-payload", "RESET without a code");
      if (payload.length > 1 + MAX_RESET_REASON) throw new ProtocolError("frame-oversized", "RESET with a reason beyond its limit");
      return { type: "reset", stream, code: resetCode(payload.readUInt8(0)), reason: payload.toString("utf8", 1) };
    case TYPE.CREDIT: {
      onStream(stream, type);
      if (payload.length !== 4) throw new ProtocolError("frame-payload", "CREDIT has 4 bytes");
      const bytes = payload.readUInt32BE(0);
      if (bytes === 0) throw new ProtocolError("frame-payload", "CREDIT of nothing");
      return { type: "credit", stream, bytes };
    }
    default:
      throw new ProtocolError("frame-unknown", `type ${type}`);
  }
}

function onStream(stream: number, type: number): number {
  if (stream === 0) throw new ProtocolError("frame-stream", `type ${type} on stream 0`);
  return stream;
}

function resetCode(code: number): ResetCode {
  for (const known of Object.values(RESET_CODE)) if (code === known) return known;
  throw new ProtocolError("frame-payload", `RESET with the unknown code ${code}`);
}

function linkJson(stream: number, payload: Buffer): unknown {
  if (stream !== 0) throw new ProtocolError("frame-stream", "a frame of the link on a stream");
  if (payload.length > MAX_LINK_JSON) throw new ProtocolError("frame-oversized", `JSON of ${payload.length} bytes`);
  try {
    return JSON.parse(payload.toString("utf8")) as unknown;
  } catch {
    throw new ProtocolError("frame-payload", "text that is not JSON");
  }
}

function requestFrame(stream: number, payload: Buffer): RequestFrame {
  const reader = new PayloadReader(payload);
  const id = readId(payload, reader.skip(16));
  const receivedAt = payload.readUIntBE(reader.skip(6), 6);
  const flags = reader.u8();
  if ((flags & ~(REQUEST_FLAG.WHOLE | REQUEST_FLAG.UPGRADE | REQUEST_FLAG.HTTPS)) !== 0) {
    throw new ProtocolError("frame-payload", `REQUEST with the flags ${flags}`);
  }
  const whole = (flags & REQUEST_FLAG.WHOLE) !== 0;
  const upgrade = (flags & REQUEST_FLAG.UPGRADE) !== 0;
  if (whole && upgrade) throw new ProtocolError("frame-payload", "REQUEST for a WebSocket with a body");
  const method = reader.s8();
  if (!isToken(method)) throw new ProtocolError("frame-payload", "a method that is no token");
  const target = reader.s16();
  if (!TARGET.test(target)) throw new ProtocolError("frame-payload", "a target with forbidden bytes");
  const base = reader.s8();
  const forwardedFor = reader.value();
  const host = reader.value();
  const headers = reader.headers();
  return {
    type: "request",
    stream,
    request: {
      id,
      receivedAt,
      method,
      target,
      base,
      headers,
      forwarded: { for: forwardedFor, host, proto: (flags & REQUEST_FLAG.HTTPS) === 0 ? "http" : "https" },
      upgrade,
    },
    body: reader.body(whole),
  };
}

function responseFrame(stream: number, payload: Buffer): ResponseFrame {
  const reader = new PayloadReader(payload);
  const status = reader.u16();
  if ((status < 200 && status !== 101) || status > 999) throw new ProtocolError("frame-payload", `RESPONSE with the status ${status}`);
  const flags = reader.u8();
  if ((flags & ~(RESPONSE_FLAG.WHOLE | RESPONSE_FLAG.MADE_BY_CLIENT)) !== 0) {
    throw new ProtocolError("frame-payload", `RESPONSE with the flags ${flags}`);
  }
  const reason = reader.s16();
  if (!REASON.test(reason)) throw new ProtocolError("frame-payload", "a reason phrase with forbidden bytes");
  const headers = reader.headers();
  return {
    type: "response",
    stream,
    head: { status, reason, headers },
    body: reader.body((flags & RESPONSE_FLAG.WHOLE) !== 0),
    madeByClient: (flags & RESPONSE_FLAG.MADE_BY_CLIENT) !== 0,
  };
}

function informationFrame(stream: number, payload: Buffer): InformationFrame {
  const reader = new PayloadReader(payload);
  const status = reader.u16();
  if (status < 102 || status > 199) throw new ProtocolError("frame-payload", `INFORMATION with the status ${status}`);
  const head: ResponseHead = { status, reason: "", headers: reader.headers() };
  reader.body(false);
  return { type: "information", stream, head };
}

/** Reads the fields of one payload in order; every read beyond the end is a {@link ProtocolError}, never a RangeError. */
class PayloadReader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  /** Steps over `bytes` bytes and gives back where they begin. */
  skip(bytes: number): number {
    const begin = this.#at;
    if (bytes > this.#payload.length - begin) throw new ProtocolError("frame-payload", "a payload that ends inside a field");
    this.#at = begin + bytes;
    return begin;
  }

  u8(): number {
    return this.#payload.readUInt8(this.skip(1));
  }

  u16(): number {
    return this.#payload.readUInt16BE(this.skip(2));
  }

  s8(): string {
    return this.#text(this.u8());
  }

  s16(): string {
    return this.#text(this.u16());
  }

  value(): string {
    const text = this.s16();
    if (!isHeaderValue(text)) throw new ProtocolError("frame-payload", "a header value with forbidden bytes");
    return text;
  }

  headers(): HeaderList {
    const count = this.u16();
    if (count > MAX_HEADERS) throw new ProtocolError("frame-oversized", `${count} headers`);
    const headers: string[] = [];
    for (let i = 0; i < count; i++) {
      const name = this.s16();
      if (!isToken(name)) throw new ProtocolError("frame-payload", "a header name that is no token");
      headers.push(name, this.value());
    }
    return headers;
  }

  /** The rest when the frame says that it carries a whole body, else undefined; then nothing may be left. */
  body(whole: boolean): Buffer | undefined {
    const rest = this.#payload.subarray(this.#at);
    if (whole) {
      if (rest.length > WHOLE_BODY) throw new ProtocolError("frame-oversized", `a whole body of ${rest.length} bytes`);
      return rest;
    }
    if (rest.length > 0) throw new ProtocolError("frame-payload", `${rest.length} bytes after the last field`);
    return undefined;
  }

  #text(length: number): string {
    const begin = this.skip(length);
    return this.#payload.toString("latin1", begin, begin + length);
  }
}
