import { WebSocket } from "ws";
import { tokenText } from "../../shared/tokens.ts";
import { until } from "./until.ts";

/** Types of frames by number, written out here from spec.md and not taken from the product. */
export const FRAME = {
  WELCOME: 0x01,
  GOAWAY: 0x02,
  REFUSALS: 0x03,
  REFUSALS_SEEN: 0x04,
  REQUEST: 0x10,
  RESPONSE: 0x11,
  INFORMATION: 0x12,
  DATA: 0x13,
  END: 0x14,
  RESET: 0x15,
  CREDIT: 0x16,
} as const;

/** A frame as it came, its payload not looked into. */
export type SeenFrame = { readonly type: number; readonly stream: number; readonly payload: Buffer };

/** The fields of a REQUEST. */
export type SeenRequest = {
  readonly stream: number;
  readonly id: string;
  readonly receivedAt: number;
  readonly flags: number;
  readonly method: string;
  readonly target: string;
  readonly base: string;
  readonly forwardedFor: string;
  readonly forwardedHost: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
};

/** A client of the relay that does what a test says, and nothing by itself but to answer pings. */
export type FakeClient = {
  /** all frames, oldest first, whether taken or not */
  readonly frames: readonly SeenFrame[];
  /** bytes of each message received */
  readonly messages: readonly number[];
  readonly closed: () => { readonly code: number; readonly reason: string } | undefined;
  /** Waits for the next frame of `type` and takes it. */
  readonly next: (type: number) => Promise<SeenFrame>;
  /** Waits for the next REQUEST and takes it. */
  readonly request: () => Promise<SeenRequest>;
  /** Sends frames as one message. */
  readonly send: (...frames: readonly Buffer[]) => void;
  readonly sendText: (text: string) => void;
  /** Stops reading the socket. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => Promise<void>;
  /** Ends the connection without a word. */
  readonly terminate: () => void;
};

/** How a {@link dialRelay} introduces itself. */
export type DialOptions = {
  readonly tunnel: string;
  readonly token?: string;
  readonly instance?: string;
};

/** A key as an anonymous client makes it; equal for equal numbers. */
export function clientKey(number = 1): string {
  return tokenText("client-key", Buffer.alloc(32, number));
}

/** Opens a link and waits for its WELCOME. */
export async function dialRelay(port: number, options: DialOptions): Promise<FakeClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/_devhook/link`, "devhook.1", {
    perMessageDeflate: false,
    headers: {
      Authorization: `Bearer ${options.token ?? clientKey()}`,
      "Devhook-Tunnel": options.tunnel,
      "Devhook-Client": "fake/1",
      "Devhook-Instance": options.instance ?? "instance-1",
    },
  });
  const frames: SeenFrame[] = [];
  const messages: number[] = [];
  const taken = new Set<SeenFrame>();
  let end: { readonly code: number; readonly reason: string } | undefined;
  let failure: Error | undefined;
  socket.on("message", (data: Buffer) => {
    messages.push(data.length);
    frames.push(...framesOf(data));
  });
  socket.on("close", (code, reason) => (end = { code, reason: reason.toString("utf8") }));
  socket.on("error", (error) => (failure = error));

  async function next(type: number): Promise<SeenFrame> {
    const found = await until(() => {
      const untaken = frames.find((candidate) => candidate.type === type && !taken.has(candidate));
      if (untaken === undefined && end !== undefined)
        throw new Error(`closed (${end.code} ${end.reason}) before a frame of type ${type}`, { cause: failure });
      return untaken;
    }, `a frame of type ${type}`);
    taken.add(found);
    return found;
  }

  await next(FRAME.WELCOME);
  return {
    frames,
    messages,
    closed: () => end,
    next,
    request: async () => requestOf(await next(FRAME.REQUEST)),
    send: (...parts) => socket.send(Buffer.concat(parts)),
    sendText: (text) => socket.send(text),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: async () => {
      socket.close(1000);
      await until(() => end !== undefined, "the end of the link");
    },
    terminate: () => socket.terminate(),
  };
}

/** A frame: type, stream, length, payload. */
export function frame(type: number, stream: number, payload: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  const head = Buffer.alloc(9);
  head[0] = type;
  head.writeUInt32BE(stream, 1);
  head.writeUInt32BE(bytes.length, 5);
  return Buffer.concat([head, bytes]);
}

/** The frames of a message. */
export function framesOf(message: Buffer): readonly SeenFrame[] {
  const found: SeenFrame[] = [];
  for (let at = 0; at < message.length;) {
    const length = message.readUInt32BE(at + 5);
    found.push({ type: message[at] ?? 0, stream: message.readUInt32BE(at + 1), payload: message.subarray(at + 9, at + 9 + length) });
    at += 9 + length;
  }
  return found;
}

/** What a RESPONSE says; without a body, it follows as DATA. */
export type SpokenResponse = {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly flags?: number;
};

/** A RESPONSE frame. */
export function responseFrame(stream: number, { status = 200, reason = "OK", headers = [], body, flags }: SpokenResponse = {}): Buffer {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body as string, "latin1");
  const parts = [u16(status), Buffer.from([flags ?? (body === undefined ? 0 : 1)]), s16(reason), headerList(headers), bytes];
  return frame(FRAME.RESPONSE, stream, Buffer.concat(parts));
}

/** An INFORMATION frame. */
export function informationFrame(stream: number, status: number, headers: readonly string[] = []): Buffer {
  return frame(FRAME.INFORMATION, stream, Buffer.concat([u16(status), headerList(headers)]));
}

/** A CREDIT frame. */
export function creditFrame(stream: number, bytes: number): Buffer {
  return frame(FRAME.CREDIT, stream, Buffer.concat([u16(bytes >>> 16), u16(bytes & 0xffff)]));
}

/** Two bytes, big-endian. */
export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** A text behind a length of two bytes. */
export function s16(text: string): Buffer {
  return Buffer.concat([u16(text.length), Buffer.from(text, "latin1")]);
}

/** A count and as many names and values. */
function headerList(headers: readonly string[]): Buffer {
  return Buffer.concat([u16(headers.length / 2), ...headers.map(s16)]);
}

/** Reads the payload of a REQUEST by the table of spec.md 3.1. */
export function requestOf({ stream, payload }: SeenFrame): SeenRequest {
  let at = 23;
  const text = (lengthBytes: 1 | 2): string => {
    const length = payload.readUIntBE(at, lengthBytes);
    at += lengthBytes + length;
    return payload.toString("latin1", at - length, at);
  };
  const [method, target, base, forwardedFor, forwardedHost] = [text(1), text(2), text(1), text(2), text(2)] as const;
  const count = payload.readUInt16BE(at);
  at += 2;
  const headers = Array.from({ length: count * 2 }, () => text(2));
  return {
    stream,
    id: payload.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    receivedAt: payload.readUIntBE(16, 6),
    flags: payload[22] ?? 0,
    method,
    target,
    base,
    forwardedFor,
    forwardedHost,
    headers,
    body: payload.subarray(at),
  };
}
