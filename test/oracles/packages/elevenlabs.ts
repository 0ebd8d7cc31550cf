import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = {
  readonly WebhooksClient: new (options: object) => { constructEvent(body: string, signature: string, secret: string): Promise<unknown> };
};

export const elevenlabs: Oracle = {
  provider: "elevenlabs",
  package: "@elevenlabs/elevenlabs-js",
  keys: shared("wsec_made_up"),
  otherKeys: shared("wsec_other"),
  request: REQUEST,
  async accepts(request, key) {
    // its whole client takes two seconds to load
    const { WebhooksClient } = load<Package>("@elevenlabs/elevenlabs-js/wrapper/webhooks");
    await new WebhooksClient({}).constructEvent(request.body.toString(), headerText(request, "elevenlabs-signature"), key);
    return true;
  },
  refuses: [{ what: /^wrong, right$/, because: "it looks at the first v0 alone" }],
};
