import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  verifyWebhookSignature(input: { body: Buffer; signature: string; verificationToken: string }): Promise<boolean>;
  signWebhookPayload(input: { body: Buffer; verificationToken: string }): Promise<string>;
};

export const notion: Oracle = {
  provider: "notion",
  package: "@notionhq/client",
  keys: shared("secret_made_up"),
  otherKeys: shared("secret_other"),
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("@notionhq/client").verifyWebhookSignature({
      body: request.body,
      signature: headerText(request, "x-notion-signature"),
      verificationToken: key,
    }),
  signs: async (request, key) =>
    withHeaders(request, [
      "X-Notion-Signature",
      await load<Package>("@notionhq/client").signWebhookPayload({ body: request.body, verificationToken: key }),
    ]),
};
