import { load, type Oracle, REQUEST, type SentRequest, shared } from "../oracle.ts";

type Item = { readonly additionalData?: Record<string, string> };
type Package = {
  readonly default: new () => {
    validateHMAC(item: Item, key: string): boolean;
    calculateHmac(item: Item, key: string): string;
  };
};
type Notification = { readonly notificationItems: { NotificationRequestItem: Item }[] };

// its whole client takes a second to load
const validator = (): InstanceType<Package["default"]> => new (load<Package>("@adyen/api-library/lib/src/utils/hmacValidator").default)();

function itemOf(request: SentRequest): Item {
  const { notificationItems } = JSON.parse(request.body.toString()) as Notification;
  return notificationItems[0]?.NotificationRequestItem ?? {};
}

export const adyen: Oracle = {
  provider: "adyen",
  package: "@adyen/api-library",
  keys: shared("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"),
  otherKeys: shared("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA057"),
  request: {
    ...REQUEST,
    body: Buffer.from(
      '{"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":""},"amount":{"currency":"EUR","value":1130},' +
        '"pspReference":"7914073381342284","eventCode":"AUTHORISATION","eventDate":"2026-05-06T17:15:34.121+02:00","merchantAccountCode":"TestMerchant",' +
        '"operations":["CANCEL"],"merchantReference":"Jürgen-1","paymentMethod":"visa","success":"true"}}]}',
    ),
  },
  accepts: (request, key) => validator().validateHMAC(itemOf(request), key),
  signs(request, key) {
    const signature = validator().calculateHmac(itemOf(request), key);
    return { ...request, body: Buffer.from(request.body.toString().replace('"hmacSignature":""', `"hmacSignature":"${signature}"`)) };
  },
  takes: [{ what: /^byte \d+ of hmacSignature/, because: "it decodes base64 leniently" }],
};
