import { describe, expect, it } from "vitest";
import { type DeliveryFacts, NO_FACTS } from "../../../client/verifying/delivery-facts.ts";
import { createPolicy } from "../../../client/verifying/policy.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import { createMessage } from "../../../shared/signatures/message.ts";
import { judge } from "../../../shared/signatures/verify.ts";

const REQUEST: CapturedRequest = {
  id: "0193a1b2-0000-7000-8000-000000000001",
  receivedAt: 1_795_269_751_000,
  tunnel: "t",
  method: "POST",
  target: "/hook",
  base: "",
  headers: ["Host", "a"],
  forwarded: { for: "203.0.113.9", proto: "https", host: "a" },
  upgrade: false,
};
const BODY = Buffer.from("{}");
const catalogue = createCatalogue();

/** What the sender gets in place of the app's answer. */
function refused(facts: DeliveryFacts, changes: Partial<CapturedRequest> = {}): string | undefined {
  const policy = createPolicy({ enforce: true, answerHandshakes: false, catalogue, secretsOf: () => ["made-up"] });
  return policy?.decide({ ...REQUEST, ...changes }, BODY, facts)?.body.toString("utf8");
}

/** The facts of a GitHub delivery with this signature, before a cause is searched for. */
function factsOf(signature: string): DeliveryFacts {
  const provider = catalogue.find("github");
  if (provider === undefined) throw new Error("no github");
  const message = createMessage({ method: "POST", url: "https://a/hook", headers: ["X-Hub-Signature-256", signature], body: BODY });
  const { verification, explainable } = judge({ message, provider, secrets: ["made-up"], now: REQUEST.receivedAt });
  return { ...NO_FACTS, provider: "github", verification, final: !explainable };
}

describe("what a refused sender reads under enforcement", () => {
  it("claims no search that has not been made yet, and says where its result will be", () => {
    const text = refused(factsOf(`sha256=${"0".repeat(64)}`));
    expect(text).toContain("the signature does not match");
    expect(text).toContain(`devhook show ${REQUEST.id}`);
    expect(text).not.toContain("nothing that devhook tried");
  });

  it("is the reason where that is known at once", () => {
    const provider = catalogue.find("github");
    if (provider === undefined) throw new Error("no github");
    const message = createMessage({ method: "POST", url: "https://a/hook", headers: [], body: BODY });
    const { verification } = judge({ message, provider, secrets: ["made-up"], now: REQUEST.receivedAt });
    expect(refused({ ...NO_FACTS, provider: "github", verification, final: false })).toContain("X-Hub-Signature-256 is not there");
  });

  it("does not blame --provider for a WebSocket", () => {
    expect(refused(NO_FACTS, { upgrade: true })).toContain("a WebSocket carries no signature");
    expect(refused(NO_FACTS)).toContain("--provider ID=/path");
  });
});
