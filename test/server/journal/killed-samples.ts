import type { CapturedRequest } from "../../../shared/http/exchange.ts";

/** The body that the program of the test sends with an id: whoever knows the id knows all of its bytes. One in four is large: a commit that takes its time is one that a signal meets. */
export function bodyOf(id: string): Buffer {
  const number = Number.parseInt(id.slice(-6), 16);
  return Buffer.alloc(number % 4 === 0 ? 300_000 + (number % 1_000) : number % 5_000, id);
}

/** The request that goes with it. */
export function requestOf(id: string): CapturedRequest {
  return {
    id,
    receivedAt: Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16),
    tunnel: `shop-${id.slice(-1)}`,
    method: "POST",
    target: `/hooks/${id}?\u00e9`,
    base: "",
    headers: ["Host", "relay.example", "x-id", id, "X-Id", `${id}\u00ff`],
    forwarded: { for: "203.0.113.7", proto: "https", host: "relay.example" },
    upgrade: false,
  };
}
