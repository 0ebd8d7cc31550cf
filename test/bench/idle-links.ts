/**
 * Opens many links to a relay and keeps them, doing what the protocol asks of an idle client: pings, and answers to pings. Takes an {@link IdleLinksOrder}
 * as JSON in its only argument, the token in DEVHOOK_TOKEN; prints `open N` when all have been welcomed.
 */
import { WebSocket } from "ws";
import { LINK_PATH, PING_INTERVAL_MS, SUBPROTOCOL } from "../../shared/wire/constants.ts";
import type { IdleLinksOrder } from "./workloads/tunnels.ts";

/** Dials that are under way at once: a thousand at a time would measure the relay's backlog. */
const AT_ONCE = 20;

const order = JSON.parse(process.argv[2] ?? "") as IdleLinksOrder;
const token = process.env["DEVHOOK_TOKEN"] ?? "";
const url = new URL(LINK_PATH, order.relay);
url.protocol = "ws:";
const links: WebSocket[] = [];

async function openSome(first: number): Promise<void> {
  for (let n = first; n < order.links; n += AT_ONCE) {
    links.push(await open(`bench-idle-${n}`));
  }
}

/** Resolves at WELCOME, which is a link's first message. */
function open(tunnel: string): Promise<WebSocket> {
  const socket = new WebSocket(url, [SUBPROTOCOL], {
    headers: { Authorization: `Bearer ${token}`, "Devhook-Tunnel": tunnel, "Devhook-Instance": tunnel, "Devhook-Client": "devhook-bench" },
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("message", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`closed with ${code}`)));
  });
}

await Promise.all(Array.from({ length: Math.min(AT_ONCE, order.links) }, (_, first) => openSome(first)));
for (const link of links) link.on("close", (code) => fail(`a link was closed with ${code}`));
setInterval(() => {
  for (const link of links) link.ping();
}, PING_INTERVAL_MS);
console.log(`open ${links.length}`);

function fail(why: string): void {
  console.error(why);
  process.exit(1);
}
