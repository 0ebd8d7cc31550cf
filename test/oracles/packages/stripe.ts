import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Stripe = {
  readonly webhooks: {
    constructEvent(payload: Buffer, header: string, secret: string): unknown;
    generateTestHeaderString(options: { payload: string; secret: string }): string;
  };
};
type Package = new (apiKey: string) => Stripe;

const stripeClient = (): Stripe => new (load<Package>("stripe"))("sk_test_made_up");

export const stripe: Oracle = {
  provider: "stripe",
  package: "stripe",
  keys: shared("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"),
  otherKeys: shared("whsec_another"),
  request: REQUEST,
  accepts(request, key) {
    stripeClient().webhooks.constructEvent(request.body, headerText(request, "stripe-signature"), key);
    return true;
  },
  signs: (request, key) =>
    withHeaders(request, [
      "Stripe-Signature",
      stripeClient().webhooks.generateTestHeaderString({ payload: request.body.toString(), secret: key }),
    ]),
};
