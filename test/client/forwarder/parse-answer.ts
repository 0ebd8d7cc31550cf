import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { MalformedAnswer, ResponseParser } from "../../../client/forwarder/response-parser.ts";
import type { ResponseHead } from "../../../shared/http/exchange.ts";

/** What a reader makes of an app's bytes. */
export type Reading =
  | {
      readonly kind: "whole";
      readonly head: ResponseHead;
      readonly body: string;
      readonly interim: readonly ResponseHead[];
      /** bytes behind the answer that came in one piece with its end */
      readonly beyond: string;
      readonly reusable: boolean;
    }
  | { readonly kind: "upgraded"; readonly head: ResponseHead }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "cut" };

type Asked = { readonly method?: string; readonly upgrade?: boolean };

/** Reads pieces with our parser; the app closes its side behind them. */
export function readWithOurs(pieces: readonly Buffer[], { method = "POST", upgrade = false }: Asked = {}): Reading {
  const interim: ResponseHead[] = [];
  const body: Buffer[] = [];
  let head: ResponseHead | undefined;
  let ends = 0;
  const parser = new ResponseParser(
    {
      information: (found) => interim.push(found),
      head: (found) => (head = found),
      data: (bytes) => body.push(Buffer.from(bytes)),
      end: () => (ends += 1),
    },
    { method, upgrade },
  );
  const beyond: Buffer[] = [];
  try {
    for (const piece of pieces) {
      // as from a socket whose buffer is used again: the parser may keep nothing of it
      const lent = Buffer.from(piece);
      const rest = parser.push(lent);
      if (rest !== undefined) beyond.push(Buffer.from(rest));
      lent.fill("?");
    }
    parser.close();
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    return { kind: "malformed", message: error.message };
  }
  if (parser.upgraded && head !== undefined) return { kind: "upgraded", head };
  if (!parser.whole || head === undefined || ends !== 1) return { kind: "cut" };
  return {
    kind: "whole",
    head,
    body: Buffer.concat(body).toString("latin1"),
    interim,
    beyond: Buffer.concat(beyond).toString("latin1"),
    reusable: parser.reusable,
  };
}

/** Reads the same pieces with Node's own HTTP client. */
export async function readWithNode(pieces: readonly Buffer[], { method = "POST" }: Asked = {}): Promise<Reading> {
  let asked = false;
  const socket = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
      if (asked) return;
      asked = true;
      setImmediate(() => {
        for (const piece of pieces) socket.push(piece);
        socket.push(null);
      });
    },
  });
  const interim: ResponseHead[] = [];
  const req = httpRequest({ method, path: "/", createConnection: () => socket, maxHeaderSize: 1 << 20 });
  req.maxHeadersCount = 0;
  req.on("information", (found) => {
    interim.push({ status: found.statusCode, reason: found.statusMessage, headers: found.rawHeaders });
  });
  const failed = new Promise<Reading>((resolve) => {
    req.on("error", (error) => resolve({ kind: "malformed", message: error.message }));
  });
  const answered = new Promise<Reading>((resolve) => {
    req.on("upgrade", (found) => resolve({ kind: "upgraded", head: headOf(found) }));
    req.on("response", (found) => {
      const body: Buffer[] = [];
      found.on("data", (bytes: Buffer) => body.push(bytes));
      found.on("error", () => resolve({ kind: "cut" }));
      found.on("close", () => {
        if (!found.complete) return resolve({ kind: "cut" });
        const text = Buffer.concat(body).toString("latin1");
        resolve({ kind: "whole", head: headOf(found), body: text, interim, beyond: "", reusable: false });
      });
    });
  });
  req.end();
  const reading = await Promise.race([failed, answered]);
  const closed = socket.destroyed ? undefined : once(socket, "close");
  socket.destroy();
  await closed;
  return reading;
}

function headOf(found: IncomingMessage): ResponseHead {
  return { status: found.statusCode ?? 0, reason: found.statusMessage ?? "", headers: found.rawHeaders };
}
