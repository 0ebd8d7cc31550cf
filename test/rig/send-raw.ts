import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { framingOf, type HeaderLines, MessageReader, valuesOf } from "./message-reader.ts";

/** Answers up to this size are kept, larger ones only hashed and counted. Bytes. */
const KEPT_BODY = 1_048_576;
/** How long an answer may take before the connection is given up, milliseconds. */
const LIMIT_MS = 20_000;

/** An answer as it came over the wire. */
export type RawAnswer = {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderLines;
  /** status lines and headers of interim answers */
  readonly interim: readonly { readonly startLine: string; readonly headers: HeaderLines }[];
  readonly bytes: number;
  readonly sha256: string;
  /** empty when it was larger than 1 MiB */
  readonly body: Buffer;
  /** whether the answer came whole, by its own framing; false: the connection ended before */
  readonly whole: boolean;
  /** the devhook-id header, or "" */
  readonly id: string;
};

/** What is sent: bytes at once, or whatever a function writes to the socket. */
export type Sending = string | Buffer | readonly Buffer[] | ((socket: Socket) => void);

/**
 * Sends bytes to a port of 127.0.0.1 and reads the answer, on a connection of its own. Texts are latin1.
 * @param method of the request: HEAD has answers without a body
 * @returns once the answer is whole or the connection has ended; status 0 when not even a head came
 */
export function sendRaw(port: number, sending: Sending, method = methodOf(sending)): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const hash = createHash("sha256");
    const kept: Buffer[] = [];
    const interim: RawAnswer["interim"][number][] = [];
    let head: { readonly startLine: string; readonly headers: HeaderLines } = { startLine: "", headers: [] };
    let bytes = 0;
    let whole = false;

    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    const limit = setTimeout(() => socket.destroy(), LIMIT_MS);
    const reader = new MessageReader({
      head: (next) => {
        const status = statusOf(next.startLine);
        if (status >= 100 && status < 200) {
          interim.push(next);
          return "interim";
        }
        head = next;
        if (method === "HEAD" || status === 204 || status === 304) return { kind: "length", bytes: 0 };
        return framingOf(next.headers) ?? { kind: "close" };
      },
      data: (chunk) => {
        bytes += chunk.length;
        hash.update(chunk);
        if (bytes <= KEPT_BODY) kept.push(chunk);
      },
      end: () => {
        whole = true;
        socket.destroy();
      },
    });
    socket.on("connect", () => {
      if (typeof sending === "function") sending(socket);
      else if (typeof sending === "string") socket.write(sending, "latin1");
      else if (Buffer.isBuffer(sending)) socket.write(sending);
      else for (const part of sending) socket.write(part);
    });
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    socket.on("end", () => reader.close());
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(limit);
      resolve({
        status: statusOf(head.startLine),
        reason: head.startLine.split(" ").slice(2).join(" "),
        headers: head.headers,
        interim,
        bytes,
        sha256: hash.digest("hex"),
        body: bytes <= KEPT_BODY ? Buffer.concat(kept) : Buffer.alloc(0),
        whole,
        id: valuesOf(head.headers, "devhook-id")[0] ?? "",
      });
    });
  });
}

function statusOf(startLine: string): number {
  return startLine === "" ? 0 : Number(startLine.split(" ")[1]);
}

function methodOf(sending: Sending): string {
  return typeof sending === "string" ? (sending.split(" ")[0] ?? "") : "";
}
