// The app of webhooks.sh: takes the events of a shop and keeps each payment once. Prints its port.
import { createServer } from "node:http";

/** @type {Set<string>} ids of events that were taken in: senders repeat themselves */
const seen = new Set();
/** @type {string[]} */
const paid = [];

/** @param {string} body */
function take(body) {
  const event = /** @type {{ id: string, type: string, data: { object: { id: string } } }} */ (JSON.parse(body));
  if (!seen.has(event.id) && event.type === "checkout.session.completed") paid.push(event.data.object.id);
  seen.add(event.id);
}

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (part) => (body += part));
  request.on("end", () => {
    if (request.method === "POST") take(body);
    response.end(JSON.stringify(paid));
  });
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.stdout.write(`${address?.port}\n`);
});
