import type { AttemptEvent, DeliveryEvent, ReadyEvent } from "../../../client/output/events.ts";

/** 2026-11-21 14:02:31.482 in the zone that the tests run in. */
export const AT = new Date(2026, 10, 21, 14, 2, 31, 482).getTime();

export const ready: ReadyEvent = {
  at: AT,
  url: "http://127.0.0.1:8080/kq3vabcdefghijklmnopqrstuv",
  target: "http://localhost:8000",
  tunnel: "kq3vabcdefghijklmnopqrstuv",
  relay: "http://127.0.0.1:8080",
  embedded: true,
};

export const delivery: DeliveryEvent = {
  at: AT,
  id: "0193a1b2-0000-7000-8000-000000000001",
  method: "POST",
  path: "/webhooks/x",
  provider: null,
  event: null,
  verdict: null,
  held: false,
  duplicateOf: null,
  sameBytes: null,
  scheme: null,
  handshake: null,
};

export const attempt: AttemptEvent = {
  at: AT,
  id: "0193a1b2-0000-7000-8000-00000000000a",
  delivery: delivery.id,
  kind: "live",
  status: 401,
  ms: 4.2,
  error: null,
};
