/**
 * Sends webhooks at a steady pace whether they are answered or not, or a number of them as fast as they are answered. Takes a {@link SenderOrder} as JSON in its
 * only argument; prints {@link SenderFigures} as JSON when all have been sent, or after SIGTERM, and all are answered.
 */
import { connect, type Socket } from "node:net";
import { readHead, requestHead } from "./running/raw-http.ts";
import { NUMBER, type SenderFigures, type SenderOrder } from "./workloads/screen/sender.ts";

/** How often is looked what is due, milliseconds. */
const TICK_MS = 2;
/** What stands still for so long is an error, milliseconds. */
const TIMEOUT_MS = 20_000;

const order = JSON.parse(process.argv[2] ?? "") as SenderOrder;
const wanted = order.count ?? Infinity;
const head = requestHead(order.address, { method: "POST", path: order.path, bodyBytes: Buffer.byteLength(order.body) });
const idle = new Set<Connection>();
const due: number[] = [];
const latencies: number[] = [];
let asked = 0;
let sent = 0;
let errors = 0;
let open = 0;
let isStopping = false;

type Connection = { readonly send: (dueAt: number) => void };

/** A connection that stays open, with one request at a time on it. */
function openConnection(first: number): void {
  let socket: Socket | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let begun = first;
  open += 1;

  function over(isError: boolean): void {
    if (socket === undefined) return;
    socket.destroy();
    socket = undefined;
    open -= 1;
    // one that waits for work may be closed; one that works may not
    if (!idle.delete(connection) && isError) {
      errors += 1;
      latencies.push(performance.now() - begun);
    }
    next();
  }
  const connection: Connection = {
    send: (dueAt) => {
      begun = dueAt;
      sent += 1;
      socket?.write(head + order.body.replace(NUMBER, String(sent).padStart(NUMBER.length, "0")));
    },
  };
  const made = connect({ host: "127.0.0.1", port: order.address.port, noDelay: true });
  socket = made;
  made.on("connect", () => connection.send(first));
  made.on("error", () => over(true));
  made.on("close", () => over(true));
  made.setTimeout(TIMEOUT_MS, () => over(true));
  made.on("data", (piece: Buffer) => {
    pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    try {
      const answer = readHead(pending);
      if (answer === undefined || pending.length < answer.headBytes + answer.bodyBytes) return;
      pending = Buffer.alloc(0);
      latencies.push(performance.now() - begun);
      if (answer.status !== 200) errors += 1;
      if (!answer.keepAlive) return over(false);
      idle.add(connection);
      next();
    } catch {
      over(true);
    }
  });
}

/** Sends what is due, as far as connections go. */
function next(): void {
  while (due.length > 0 && (idle.size > 0 || open < order.connections)) {
    const at = due.shift() ?? 0;
    const [free] = idle;
    if (free === undefined) openConnection(at);
    else {
      idle.delete(free);
      free.send(at);
    }
  }
  if ((isStopping || asked >= wanted) && latencies.length >= asked) finish();
}

const begun = performance.now();
function tick(): void {
  if (isStopping) return;
  const now = performance.now();
  const target = order.perSecond === undefined ? wanted : Math.min(wanted, Math.floor(((now - begun) / 1_000) * order.perSecond));
  for (; asked < target; asked += 1) due.push(now);
  next();
}

let isFinished = false;
function finish(): void {
  if (isFinished) return;
  isFinished = true;
  const seconds = (performance.now() - begun) / 1_000;
  const figures: SenderFigures = { requests: latencies.length, errors, seconds, latencies: order.perSecond === undefined ? [] : latencies };
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

process.on("SIGTERM", () => {
  isStopping = true;
  asked -= due.splice(0).length;
  next();
});
setInterval(tick, TICK_MS);
tick();
console.log("sending");
