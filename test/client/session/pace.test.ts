import { expect, test } from "vitest";
import type { CallListener } from "../../../client/forwarder/forward.ts";
import { Exchange } from "../../../client/session/exchange.ts";
import { createServe } from "../../../client/session/serve.ts";
import { NO_INSPECTION } from "../../../client/verifying/verifying.ts";
import { INITIAL_CREDIT } from "../../../shared/wire/constants.ts";
import { decodeToRelay } from "../../../shared/wire/decode.ts";

/** An upload whose record keeps up when the test says so. */
function upload({ upgrade }: { readonly upgrade: boolean }): {
  readonly app: CallListener;
  /** bytes that the relay was told to send more */
  readonly granted: () => number;
  readonly keepUp: () => void;
} {
  const waiting: (() => void)[] = [];
  let granted = 0;
  let app: CallListener | undefined;
  const out = {
    push: (frame: Buffer) => decodeToRelay(frame, (decoded) => (granted += decoded.type === "credit" ? decoded.bytes : 0)),
    congested: () => false,
  };
  const request = {
    id: "01990000-0000-7000-8000-000000000001",
    receivedAt: 1_700_000_000_000,
    tunnel: "shop",
    method: "POST",
    target: "/hook",
    base: "",
    headers: ["Host", "a"],
    forwarded: { for: "203.0.113.9", proto: "https", host: "a" },
    upgrade,
  } as const;
  const nothing = (): void => {};
  createServe({
    clock: { now: () => 1_700_000_000_100, monotonic: () => 0 },
    target: () => "http://localhost:3000",
    record: {
      received: nothing,
      requestPart: nothing,
      requestEnded: nothing,
      verified: nothing,
      attemptStarted: nothing,
      responsePart: nothing,
      answered: nothing,
    },
    pace: (go) => waiting.push(go),
    call: (_request, _body, _attempt, listener) => {
      app = listener;
      return { write: nothing, end: nothing, resume: nothing, abort: nothing };
    },
    inspect: () => NO_INSPECTION,
    onReceived: nothing,
    onAnswered: nothing,
  })(new Exchange({ stream: 1, request, body: undefined }, out, nothing));
  if (app === undefined) throw new Error("the app was not called");
  return { app, granted: () => granted, keepUp: () => waiting.splice(0).forEach((go) => go()) };
}

test("a body that streams in goes on when its record keeps up", () => {
  const { app, granted, keepUp } = upload({ upgrade: false });
  app.handedOn(INITIAL_CREDIT / 2);
  app.handedOn(100_000);
  expect(granted()).toBe(0);
  keepUp();
  expect(granted()).toBe(INITIAL_CREDIT / 2 + 100_000);
  app.handedOn(INITIAL_CREDIT / 2);
  expect(granted()).toBe(INITIAL_CREDIT / 2 + 100_000);
  keepUp();
  expect(granted()).toBe(INITIAL_CREDIT + 100_000);
});

test("what crosses an upgraded connection waits for no record", () => {
  const { app, granted } = upload({ upgrade: true });
  app.handedOn(INITIAL_CREDIT);
  expect(granted()).toBe(INITIAL_CREDIT);
});
