import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = {
  readonly WebhooksHelper: {
    verifySignature(input: {
      requestBody: string;
      signatureHeader: string;
      signatureKey: string;
      notificationUrl: string;
    }): Promise<boolean>;
  };
};

export const square: Oracle = {
  provider: "square",
  package: "square",
  keys: shared("asdf1234made-up"),
  otherKeys: shared("asdf1234made-uq"),
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("square").WebhooksHelper.verifySignature({
      requestBody: request.body.toString(),
      signatureHeader: headerText(request, "x-square-hmacsha256-signature"),
      signatureKey: key,
      notificationUrl: request.url,
    }),
};
