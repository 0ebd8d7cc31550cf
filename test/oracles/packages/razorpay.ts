import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = { validateWebhookSignature(body: string, signature: string, secret: string): boolean };

export const razorpay: Oracle = {
  provider: "razorpay",
  package: "razorpay",
  keys: shared("razorpay made up"),
  otherKeys: shared("razorpay other"),
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("razorpay").validateWebhookSignature(request.body.toString(), headerText(request, "x-razorpay-signature"), key),
};
