import { headerRecord, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = {
  readonly Mux: new (options: { tokenId: string; tokenSecret: string }) => {
    readonly webhooks: { verifySignature(body: string, headers: Record<string, string>, secret: string): Promise<void> };
  };
};

export const mux: Oracle = {
  provider: "mux",
  package: "@mux/mux-node",
  keys: shared("mux made up"),
  otherKeys: shared("mux other"),
  request: REQUEST,
  async accepts(request, key) {
    const client = new (load<Package>("@mux/mux-node").Mux)({ tokenId: "made-up", tokenSecret: "made-up" });
    await client.webhooks.verifySignature(request.body.toString(), headerRecord(request), key);
    return true;
  },
};
