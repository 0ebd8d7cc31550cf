import { expect, test } from "vitest";
import type { Delivery } from "../../../client/ledger/records.ts";
import type { ResignPolicy } from "../../../client/owed/should-resign.ts";
import { createSignAgain, type Signing } from "../../../client/owed/sign-again.ts";
import { signMessage } from "../../../client/resending/sign-message.ts";
import { messageOf } from "../../../client/verifying/judge-delivery.ts";
import { stripe } from "../../../shared/providers/stripe.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { verify } from "../../../shared/signatures/verify.ts";
import { delivery, signers } from "../resending/given.ts";

const T = 1_790_000_000_000;
const SECRET = "whsec_made_up_for_this_test";

function verificationOf(one: Delivery, headers: Delivery["headers"], now: number): Verification {
  return verify({ provider: stripe, secrets: [SECRET], message: messageOf({ ...one, headers }, one.body.bytes), now });
}

/** A delivery that Stripe signed at `signedAt` with this secret, and that came at T. */
function signed({ signedAt = T, secret = SECRET } = {}): Delivery {
  const bare = delivery('{"id":"evt_1","type":"charge.succeeded"}', { receivedAt: T });
  const message = messageOf(bare, bare.body.bytes);
  const headers = [...bare.headers, ...signMessage({ provider: stripe, scheme: undefined, secret, message, now: signedAt }).headers];
  const verification = verificationOf(bare, headers, T);
  return { ...bare, headers, provider: "stripe", verdict: verification.verdict, verification: JSON.stringify(verification) };
}

function signAgain(
  one: Delivery,
  now: number,
  policy: ResignPolicy = "auto",
  secrets: Readonly<Record<string, string>> = { stripe: SECRET },
): Signing {
  return createSignAgain({ policy, signers: signers(secrets) })(one, now);
}

test("a forgery goes out as it came, however old", () => {
  const forged = signed({ secret: "whsec_of_somebody_else" });
  expect(forged.verdict).toBe("invalid");
  expect(signAgain(forged, T + 3_600_000)).toEqual({});
});

test("what nobody has checked goes out as it came", () => {
  const { verification: _unknown, ...unchecked } = signed();
  expect(signAgain({ ...unchecked, verification: undefined }, T + 3_600_000)).toEqual({});
});

test("a good signature that is still good is left alone", () => {
  expect(signAgain(signed(), T + 300_000)).toEqual({});
});

test("one that has become too old is made anew, and the app accepts it", () => {
  const one = signed();
  const now = T + 3_600_000;
  expect(verificationOf(one, one.headers, now)).toMatchObject({ verdict: "invalid", time: "stale" });
  const { request, note } = signAgain(one, now);
  expect(note).toBeUndefined();
  expect(request?.body).toEqual(one.body.bytes);
  expect(verificationOf(one, request?.headers ?? [], now)).toMatchObject({ verdict: "valid", ageSeconds: 0 });
});

test("one that was old when it came runs out earlier", () => {
  const one = signed({ signedAt: T - 200_000 });
  expect(signAgain(one, T + 100_000)).toEqual({});
  expect(signAgain(one, T + 101_000).request).toBeDefined();
});

test("never: it stays too old", () => {
  expect(signAgain(signed(), T + 3_600_000, "never")).toEqual({});
});

test("always: a forgery gets a good signature, and the user is told", () => {
  const { request, note } = signAgain(signed({ secret: "whsec_of_somebody_else" }), T, "always");
  expect(request).toBeDefined();
  expect(note).toContain("your app will take it for genuine");
});

test("without its secret it goes out as it came, and the user is told why", () => {
  const { request, note } = signAgain(signed(), T + 3_600_000, "auto", {});
  expect(request).toBeUndefined();
  expect(note).toBe("sent with its old signature: there is no endpoint secret of Stripe to sign with");
});
