import { expect, test } from "vitest";
import { connectFailure } from "../../../client/forwarder/connect-failure.ts";

const REFUSED = { name: "127.0.0.1:3000", code: "ECONNREFUSED", message: "connect ECONNREFUSED 127.0.0.1:3000" };

test("refused everywhere is refused, and both addresses are named", () => {
  const six = { name: "[::1]:3000", code: "ECONNREFUSED", message: "connect ECONNREFUSED ::1:3000" };
  expect(connectFailure([REFUSED, six])).toMatchObject({ kind: "refused", tried: "127.0.0.1:3000 and [::1]:3000" });
});

test.each(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH"])(
  "an address family that the machine lacks (%s) says nothing about the app",
  (code) => {
    const six = { name: "[::1]:3000", code, message: `connect ${code}` };
    expect(connectFailure([REFUSED, six])).toEqual({ kind: "refused", tried: "127.0.0.1:3000", message: REFUSED.message });
    expect(connectFailure([six])).toEqual({ kind: "unreachable", tried: "[::1]:3000", message: `connect ${code}` });
  },
);

test("anything else that went wrong is what counts", () => {
  const slow = { name: "[::1]:3000", code: "", message: "no answer within 5 s" };
  expect(connectFailure([REFUSED, slow])).toMatchObject({ kind: "unreachable", tried: "127.0.0.1:3000 and [::1]:3000" });
});
