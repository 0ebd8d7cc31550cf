import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @adyen/api-library 32.1.0", date: "2026-11-21" };
const DOC: Source = {
  grade: "official-doc",
  from: "docs.adyen.com/development-resources/webhooks/verify-hmac-signatures",
  date: "2026-11-21",
};
const GUIDE: Source = {
  grade: "third-party",
  from: "github.com/hookdeck/webhook-skills 7588c73 skills/adyen-webhooks",
  date: "2026-11-21",
};

export const adyen: Provider = {
  id: "adyen",
  name: "Adyen",
  recognise: [
    [{ place: { in: "body", path: "notificationItems.0.NotificationRequestItem.pspReference" } }],
    [{ place: { in: "header", name: "HmacSignature" } }],
  ],
  signing: {
    schemes: [
      {
        id: "standard",
        note: "Payment webhooks: eight members of the notification item.",
        signature: [{ in: "body", path: "notificationItems.0.NotificationRequestItem.additionalData.hmacSignature" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "hex" },
        signed: "{adyen}",
        source: PACKAGE,
      },
      {
        id: "header",
        note: "Platform, banking and management webhooks: the whole body.",
        signature: [{ in: "header", name: "HmacSignature" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "hex" },
        signed: "{body}",
        extraHeaders: [["Protocol", "HmacSHA256"]],
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "HMAC key (64 hex digits)", where: "Customer Area, Developers, Webhooks, Security", source: DOC },
  event: {
    type: [
      { in: "body", path: "notificationItems.0.NotificationRequestItem.eventCode" },
      { in: "body", path: "type" },
    ],
    id: [],
    derivedId: [
      { in: "body", path: "notificationItems.0.NotificationRequestItem.pspReference" },
      { in: "body", path: "notificationItems.0.NotificationRequestItem.eventCode" },
      { in: "body", path: "notificationItems.0.NotificationRequestItem.success" },
    ],
    source: GUIDE,
  },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "200", note: "The answer's body has to be [accepted].", source: GUIDE },
    retries: "not found",
    disable: "not found",
  },
  notes: [
    "The signature of payment webhooks covers eight members and not the bytes of the body; everything else can be changed unseen.",
    "A JSON request holds one notification item; devhook reads the first.",
    "success tells how the payment went: AUTHORISATION with success false is a refusal.",
  ],
};
