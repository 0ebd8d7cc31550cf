import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { until } from "./until.ts";

/** One HTTP answer as it stood on the wire. */
export type RawAnswer = {
  readonly status: number;
  readonly reason: string;
  /** name, value, name, value … */
  readonly headers: readonly string[];
  /** chunks are joined */
  readonly body: Buffer;
  /** the head's bytes as latin1, with its empty line */
  readonly head: string;
};

/** A TCP connection that sends exactly the bytes it is given, and reads answers with a parser of its own. */
export type RawSender = {
  /** everything received that {@link RawSender.answer} has not taken */
  readonly rest: () => Buffer;
  /** bytes that the other side's kernel has taken */
  readonly accepted: () => number;
  /** bytes given to `write` that still wait in this process */
  readonly waiting: () => number;
  /** the other side has ended or reset the connection */
  readonly closed: () => boolean;
  /** the other side has reset the connection */
  readonly wasReset: () => boolean;
  /** text is latin1 */
  readonly write: (bytes: string | Buffer) => void;
  /** Waits for the next answer and takes it. An answer without a length ends with the connection. */
  readonly answer: (options?: { readonly toHead?: boolean }) => Promise<RawAnswer>;
  /** Waits for the connection's end and gives all that was not taken, as latin1. */
  readonly untilClosed: () => Promise<string>;
  /** half-close */
  readonly end: () => void;
  readonly reset: () => void;
  readonly destroy: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
};

/** Opens a connection to 127.0.0.1. */
export async function openRawSender(port: number, options: { readonly tls?: boolean } = {}): Promise<RawSender> {
  const socket: Socket =
    options.tls === true
      ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] })
      : connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received: Buffer = Buffer.alloc(0);
  let closed = false;
  let wasReset = false;
  let open = false;
  socket.on("data", (bytes) => (received = Buffer.concat([received, bytes])));
  socket.on(options.tls === true ? "secureConnect" : "connect", () => (open = true));
  socket.on("end", () => (closed = true));
  socket.on("close", () => (closed = true));
  socket.on("error", () => (wasReset = true));
  await until(() => open || closed, "a connection");

  async function answer({ toHead = false }: { readonly toHead?: boolean } = {}): Promise<RawAnswer> {
    const parsed = await until(() => {
      const found = parseAnswer(received, { toHead, closed });
      if (found === undefined && closed) throw new Error(`closed before an answer was whole: ${received.toString("latin1").slice(0, 500)}`);
      return found;
    }, "an answer");
    received = received.subarray(parsed.length);
    return parsed.answer;
  }

  return {
    rest: () => received,
    accepted: () => socket.bytesWritten - socket.writableLength,
    waiting: () => socket.writableLength,
    closed: () => closed,
    wasReset: () => wasReset,
    write: (bytes) => void socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes),
    answer,
    untilClosed: async () => {
      await until(() => closed, "the end of the connection");
      return received.toString("latin1");
    },
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    destroy: () => void socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}

function parseAnswer(
  bytes: Buffer,
  options: { readonly toHead: boolean; readonly closed: boolean },
): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const begin = headEnd + 4;
  const head = bytes.toString("latin1", 0, begin);
  const [statusLine = "", ...lines] = head.slice(0, -4).split("\r\n");
  const status = /^HTTP\/1\.1 ([0-9]{3}) (.*)$/s.exec(statusLine);
  if (status === null) throw new Error(`no status line: ${statusLine}`);
  const headers = lines.flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const code = Number(status[1]);
  const whole = (body: Buffer, length: number) => ({ answer: { status: code, reason: status[2] ?? "", headers, body, head }, length });
  if (options.toHead || code < 200 || code === 204 || code === 304) return whole(Buffer.alloc(0), begin);
  const length = headerOf({ headers }, "content-length");
  if (length !== undefined) {
    const end = begin + Number(length);
    return bytes.length < end ? undefined : whole(bytes.subarray(begin, end), end);
  }
  if (headerOf({ headers }, "transfer-encoding") === "chunked") return parseChunks(bytes, begin, whole);
  return options.closed ? whole(bytes.subarray(begin), bytes.length) : undefined;
}

function parseChunks<Found>(bytes: Buffer, begin: number, whole: (body: Buffer, length: number) => Found): Found | undefined {
  const parts: Buffer[] = [];
  for (let at = begin; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const line = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`no chunk size: ${line}`);
    const size = Number.parseInt(line, 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return whole(Buffer.concat(parts), next);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}

/** The first value of a header of `answer`. */
export function headerOf(answer: Pick<RawAnswer, "headers">, name: string): string | undefined {
  const at = answer.headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : answer.headers[at + 1];
}

/** The stable code in the body of an answer that devhook made. */
export function codeOf(answer: Pick<RawAnswer, "body">): string {
  const json = JSON.parse(answer.body.toString("utf8")) as { readonly error: { readonly code: string } };
  return json.error.code;
}
