import { ed25519Keys } from "../made-keys.ts";
import { headerRecord, load, type Oracle, REQUEST } from "../oracle.ts";

type Package = {
  readonly Telnyx: new (options: { apiKey: string }) => {
    readonly webhooks: { unwrap(body: string, options: { headers: Record<string, string>; key: string }): Promise<unknown> };
  };
};

export const telnyx: Oracle = {
  provider: "telnyx",
  package: "telnyx",
  keys: ed25519Keys("one", "base64"),
  otherKeys: ed25519Keys("other", "base64"),
  request: REQUEST,
  async accepts(request, key) {
    const client = new (load<Package>("telnyx").Telnyx)({ apiKey: "made-up" });
    await client.webhooks.unwrap(request.body.toString(), { headers: headerRecord(request), key });
    return true;
  },
};
