/**
 * Moves large bodies one after the other, each on a connection of its own, and counts what arrives. Takes a {@link TransferOrder} as JSON in its only
 * argument and prints a {@link TransferFigures} as JSON. Large bodies are not for wrk, which keeps answers in memory.
 */
import { connect } from "node:net";
import { readHead, requestHead, type AnswerHead } from "./running/raw-http.ts";
import type { TransferFigures, TransferOrder } from "./workloads/transfer.ts";

/** Bytes that are read at once, into the same memory each time. */
const READ_BYTES = 262_144;

const order = JSON.parse(process.argv[2] ?? "") as TransferOrder;
const body = order.kind === "upload" ? Buffer.alloc(order.bytes, "devhook-") : Buffer.alloc(0);
let seconds = 0;
const faults: string[] = [];

for (let n = 0; n < order.times; n += 1) {
  const begun = performance.now();
  const fault = await moveOne();
  seconds += (performance.now() - begun) / 1_000;
  if (fault !== undefined) faults.push(fault);
}
const figures: TransferFigures = { seconds, faults };
console.log(JSON.stringify(figures));

/** @returns what went wrong */
function moveOne(): Promise<string | undefined> {
  const wanted = order.kind === "upload" ? JSON.stringify({ received: order.bytes }) : undefined;
  return new Promise((resolve) => {
    let head: AnswerHead | undefined;
    let early = Buffer.alloc(0);
    let received = 0;
    const socket = connect({
      host: "127.0.0.1",
      port: order.address.port,
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (length, memory) => {
          read(Buffer.from(memory.buffer, memory.byteOffset, length));
          return true;
        },
      },
    });
    const done = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    function read(piece: Buffer): void {
      received += piece.length;
      if (head === undefined || wanted !== undefined) {
        early = Buffer.concat([early, piece]);
        try {
          head ??= readHead(early);
        } catch (error) {
          return done(String(error));
        }
      }
      if (head === undefined || received < head.headBytes + head.bodyBytes) return;
      const moved = received - head.headBytes;
      if (head.status !== 200) return done(`status ${head.status}`);
      if (wanted !== undefined)
        return done(early.toString("latin1", head.headBytes) === wanted ? undefined : "the app received something else");
      done(moved === order.bytes ? undefined : `${moved} bytes instead of ${order.bytes}`);
    }
    socket.setTimeout(order.timeoutSeconds * 1_000, () => done("no byte came in time"));
    socket.on("error", (error) => done(error.message));
    socket.on("close", () => done("the connection was closed before the end"));
    socket.on("connect", () => {
      const [method, path] = order.kind === "upload" ? (["POST", "/upload"] as const) : (["GET", `/bytes/${order.bytes}`] as const);
      socket.write(requestHead(order.address, { method, path, bodyBytes: body.length }));
      if (body.length > 0) socket.write(body);
    });
  });
}
