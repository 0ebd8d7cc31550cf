import { expect, it } from "vitest";
import type { Delivery } from "../../../client/ledger/records.ts";
import { type Changes, outgoingOf } from "../../../client/resending/outgoing.ts";
import { createResendNotes } from "../../../client/resending/resend-notes.ts";
import { checked, delivery, signers } from "./given.ts";

const SIGNED_AT = 1_790_000_000_000;
const STRIPE = ["Stripe-Signature", `t=${SIGNED_AT / 1_000},v1=00`];
const REMEDIES = { resign: "R signs it anew", callbackUrl: "e changes it" };

function stripe(change: Partial<Delivery> = {}): Delivery {
  return delivery("{}", { headers: STRIPE, ...checked("stripe", "v1"), ...change });
}

function notes(deliveries: readonly Delivery[], changes: Changes, ageSeconds: number): readonly string[] {
  const now = SIGNED_AT + ageSeconds * 1_000;
  const mine = signers({ stripe: "whsec_made-up" });
  const made = createResendNotes(mine, { remedies: REMEDIES, now });
  for (const one of deliveries) made.add(one, outgoingOf(one, { changes, signers: mine, now }));
  return made.lines();
}

it("says that a signature is too old by the provider's rule, with what the reader can do", () => {
  const one = stripe();
  expect(notes([one], {}, 300)).toEqual([]);
  expect(notes([one], {}, 301)).toEqual([
    `${one.id}: the signature is 5 min 1 s old, too old by the rules of Stripe, so your app may refuse it; R signs it anew`,
  ]);
  expect(notes([one, stripe()], {}, 7_200)).toEqual([
    "2 deliveries: the signatures are up to 2 h old, too old by the rules of Stripe, so your app may refuse it; R signs it anew",
  ]);
});

it("says nothing of the age where it changes nothing", () => {
  expect(notes([stripe()], { resign: true }, 7_200)).toEqual([]);
  expect(notes([stripe(checked("stripe", "v1", { signature: "bad" }))], {}, 7_200)).toEqual([]);
  expect(notes([stripe({ verification: undefined })], {}, 7_200)).toEqual([]);
  // the one who sends it has written the time anew
  expect(notes([stripe()], { headers: ["Stripe-Signature", `t=${SIGNED_AT / 1_000 + 7_000},v1=00`] }, 7_200)).toEqual([]);
  expect(notes([delivery("{}", checked("github", "sha256"))], {}, 7_200)).toEqual([]);
});

it("says one thing about a signature, not two", () => {
  const one = stripe();
  expect(notes([one], { body: Buffer.from("[]") }, 7_200)).toEqual([
    `${one.id}: the old signature does not hold for the changed body; R signs it anew`,
  ]);
});

it("takes the age of one that could not be checked for lack of a secret", () => {
  expect(notes([stripe(checked("stripe", "v1", { signature: "unchecked", verdict: "no-secret" }))], {}, 7_200)).toHaveLength(1);
});
