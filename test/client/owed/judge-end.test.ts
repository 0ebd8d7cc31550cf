import { expect, test } from "vitest";
import { judgeEnd } from "../../../client/owed/judge-end.ts";
import type { ResponseHead } from "../../../shared/http/exchange.ts";

/** Sat, 21 Nov 2026 12:00:00 GMT */
const NOW = Date.UTC(2026, 10, 21, 12);

const head = (status: number, ...headers: string[]): ResponseHead => ({ status, reason: "", headers });
const error = (code: string) => ({ code, message: "in words", hint: "" });

test.each([200, 201, 202, 204, 299])("%i is delivered", (status) => {
  expect(judgeEnd({ head: head(status) }, NOW)).toEqual({ kind: "delivered" });
});

test.each([199, 300, 301, 302, 304, 308, 400, 401, 403, 404, 407, 409, 410, 413, 422, 424, 426, 428, 430, 451, 499])(
  "%i is a no for good, whatever it says about later",
  (status) => {
    expect(judgeEnd({ head: head(status, "Retry-After", "1") }, NOW)).toEqual({ kind: "refused" });
  },
);

test.each([408, 425, 429, 500, 501, 502, 503, 504, 520, 599, 999])("%i is tried again", (status) => {
  expect(judgeEnd({ head: head(status) }, NOW)).toEqual({ kind: "failed", afterMs: 0 });
});

test.each([
  ["120", 120_000],
  [" 7 ", 7_000],
  ["0", 0],
  ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
  ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
  ["-5", 0],
  ["1e3", 0],
  ["12.5", 0],
  ["99999999999999999999", 0],
  ["soon", 0],
  ["", 0],
])("Retry-After: %s is a wish for %i ms", (text, afterMs) => {
  expect(judgeEnd({ head: head(429, "Content-Type", "a/b", "retry-after", text) }, NOW)).toEqual({ kind: "failed", afterMs });
});

test.each(["app-timeout", "app-stalled", "app-reset", "app-malformed", "cut-short", "something-new"])("%s is tried again", (code) => {
  expect(judgeEnd({ error: error(code) }, NOW)).toEqual({ kind: "failed", afterMs: 0 });
});

test("a call without head or error is tried again", () => {
  expect(judgeEnd({}, NOW)).toEqual({ kind: "failed", afterMs: 0 });
});

test.each(["app-refused", "app-unreachable"])("%s: the app is down", (code) => {
  expect(judgeEnd({ error: error(code) }, NOW)).toEqual({ kind: "app-down" });
});

test("a call that found no free connection, or that devhook ended, says nothing about the app; what cannot be sent never will be", () => {
  expect(judgeEnd({ error: error("app-busy") }, NOW)).toEqual({ kind: "not-called", afterMs: 5_000 });
  expect(judgeEnd({ error: error("stopped") }, NOW)).toEqual({ kind: "cut-off" });
  expect(judgeEnd({ error: error("unsendable") }, NOW)).toEqual({ kind: "refused" });
});

test("the head decides, whatever became of the body that followed", () => {
  expect(judgeEnd({ head: head(200), error: error("app-stalled") }, NOW)).toEqual({ kind: "delivered" });
  expect(judgeEnd({ head: head(200), error: error("stopped") }, NOW)).toEqual({ kind: "delivered" });
  expect(judgeEnd({ head: head(503), error: error("app-reset") }, NOW)).toEqual({ kind: "failed", afterMs: 0 });
});
