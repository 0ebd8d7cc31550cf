/**
 * The load tool where wrk is missing: N keep-alive connections, each sending its next request when the last one is answered. Takes a {@link LoadOrder} as
 * JSON in its only argument and prints a {@link LoadFigures} as JSON.
 */
import { connect } from "node:net";
import { readHead, requestHead } from "./running/raw-http.ts";
import type { LoadFigures, LoadOrder } from "./workloads/load-tool.ts";

/** Between two tries of a connection that failed, milliseconds: a dead contestant shows as errors, not as a busy loop. */
const AGAIN_MS = 100;

const order = JSON.parse(process.argv[2] ?? "") as LoadOrder;
const request = Buffer.concat([
  Buffer.from(requestHead(order.address, { method: "POST", path: order.path, bodyBytes: Buffer.byteLength(order.body) })),
  Buffer.from(order.body),
]);
/** How often each latency was seen; the index is in units of 10 µs, the last one takes all that is slower (10 s). */
const histogram = new Uint32Array(1_000_001);
let requests = 0;
let errors = 0;
let over = false;

function open(): void {
  if (over) return;
  let sentAt = 0;
  let pending: Buffer = Buffer.alloc(0);
  let closed = false;
  const socket = connect({ host: "127.0.0.1", port: order.address.port, noDelay: true });

  function send(): void {
    sentAt = performance.now();
    socket.write(request);
  }
  function again(fault: { readonly counts: boolean }): void {
    if (closed) return;
    closed = true;
    socket.destroy();
    if (over) return;
    if (fault.counts) errors += 1;
    setTimeout(open, fault.counts ? AGAIN_MS : 0);
  }

  socket.on("connect", send);
  socket.on("error", () => again({ counts: true }));
  socket.on("close", () => again({ counts: true }));
  socket.setTimeout(order.timeoutSeconds * 1_000, () => again({ counts: true }));
  socket.on("data", (piece: Buffer) => {
    pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    try {
      const head = readHead(pending);
      if (head === undefined || pending.length < head.headBytes + head.bodyBytes) return;
      pending = pending.subarray(head.headBytes + head.bodyBytes);
      if (over) return;
      requests += 1;
      if (head.status !== 200 || pending.length > 0) errors += 1;
      const at = Math.min(Math.round((performance.now() - sentAt) * 100), histogram.length - 1);
      histogram[at] = (histogram[at] ?? 0) + 1;
      if (head.keepAlive) send();
      else again({ counts: false });
    } catch {
      again({ counts: true });
    }
  });
}

function percentile(share: number): number {
  let left = Math.max(1, Math.ceil(requests * share));
  for (const [at, seen] of histogram.entries()) {
    left -= seen;
    if (left <= 0) return at / 100;
  }
  return 0;
}

const begun = performance.now();
for (let n = 0; n < order.connections; n += 1) open();
setTimeout(() => {
  over = true;
  const seconds = (performance.now() - begun) / 1_000;
  const figures: LoadFigures = { requests, seconds, errors, p50Ms: percentile(0.5), p99Ms: percentile(0.99) };
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}, order.seconds * 1_000);
