import { expect, it } from "vitest";
import { Exchange } from "../../../client/session/exchange.ts";
import { guard } from "../../../client/session/guard.ts";
import { NO_INSPECTION } from "../../../client/verifying/verifying.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";

const REQUEST: CapturedRequest = {
  id: "0193a1b2-0000-7000-8000-000000000001",
  receivedAt: 1_795_269_751_000,
  tunnel: "t",
  method: "GET",
  target: "/socket",
  base: "",
  headers: ["Host", "a"],
  forwarded: { for: "203.0.113.9", proto: "https", host: "a" },
  upgrade: true,
};

it("a WebSocket is decided upon at once: no body that could end follows it", () => {
  const out = { push: () => {}, congested: () => false };
  const exchange = new Exchange({ stream: 1, request: REQUEST, body: undefined }, out, () => {});
  const steps: string[] = [];
  guard(exchange, {
    policy: {
      needsBody: true,
      decide: (_request, body) => {
        steps.push(`decided with ${body.length} bytes`);
        return { head: { status: 401, reason: "", headers: [] }, body: Buffer.alloc(0), error: undefined };
      },
    },
    inspect: () => NO_INSPECTION,
    pass: () => steps.push("passed"),
    answer: (_exchange, { head }) => steps.push(`answered ${head.status}`),
    requestPart: () => steps.push("part"),
    requestEnded: () => steps.push("ended"),
  });
  expect(steps).toEqual(["decided with 0 bytes", "answered 401"]);
});
