import { ecdsaKeys } from "../made-keys.ts";
import { headerText, load, type Oracle, REQUEST } from "../oracle.ts";

type Package = {
  readonly EventWebhook: new () => {
    convertPublicKeyToECDSA(publicKey: string): object;
    verifySignature(publicKey: object, payload: Buffer, signature: string, timestamp: string): boolean;
  };
};

export const sendgrid: Oracle = {
  provider: "sendgrid",
  package: "@sendgrid/eventwebhook",
  keys: ecdsaKeys(),
  otherKeys: ecdsaKeys(),
  request: REQUEST,
  accepts(request, key) {
    const webhook = new (load<Package>("@sendgrid/eventwebhook").EventWebhook)();
    return webhook.verifySignature(
      webhook.convertPublicKeyToECDSA(key),
      request.body,
      headerText(request, "x-twilio-email-event-webhook-signature"),
      headerText(request, "x-twilio-email-event-webhook-timestamp"),
    );
  },
  takes: [{ what: /-signature: (another last|without its last|with one) character/i, because: "it decodes base64 leniently" }],
};
