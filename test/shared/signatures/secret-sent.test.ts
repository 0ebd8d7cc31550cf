import { expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { createMessage } from "../../../shared/signatures/message.ts";
import { verify } from "../../../shared/signatures/verify.ts";

it("says of a request that carries the secret in place of a signature what it is, and never shows it", () => {
  const provider = createCatalogue().find("stripe");
  if (provider === undefined) throw new Error("no stripe");
  const secret = "whsec_made_up_and_sent";
  for (const value of [secret, `t=1795269751,v1=${secret}`]) {
    const message = createMessage({ method: "POST", url: undefined, headers: ["Stripe-Signature", value], body: Buffer.from("{}") });
    const found = verify({ message, provider, secrets: [secret], now: 1_795_269_751_000 });
    expect(found).toMatchObject({ verdict: "invalid", reason: { code: "secret-sent" } });
    expect(JSON.stringify(found)).not.toContain(secret);
  }
});
