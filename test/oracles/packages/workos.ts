import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  readonly WorkOS: new (apiKey: string) => {
    readonly webhooks: {
      verifyHeader(input: { payload: unknown; sigHeader: string; secret: string }): Promise<boolean>;
      computeSignature(timestamp: string, payload: unknown, secret: string): Promise<string>;
    };
  };
};

const webhooks = (): InstanceType<Package["WorkOS"]>["webhooks"] => new (load<Package>("@workos-inc/node").WorkOS)("sk_made_up").webhooks;

export const workos: Oracle = {
  provider: "workos",
  package: "@workos-inc/node",
  keys: shared("workos made up"),
  otherKeys: shared("workos other"),
  // in the only form that survives JSON.parse and JSON.stringify
  request: { ...REQUEST, body: Buffer.from('{"id":"wh_1","event":"connection.activated","data":{"name":"Jürgen","n":1.5}}') },
  accepts: (request, key) =>
    webhooks().verifyHeader({
      payload: JSON.parse(request.body.toString()) as unknown,
      sigHeader: headerText(request, "workos-signature"),
      secret: key,
    }),
  async signs(request, key) {
    const timestamp = String(Date.now());
    const signature = await webhooks().computeSignature(timestamp, JSON.parse(request.body.toString()), key);
    return withHeaders(request, ["WorkOS-Signature", `t=${timestamp}, v1=${signature}`]);
  },
  takes: [
    { what: /^79 bytes$/, because: "it writes the parsed body anew before it hashes" },
    { what: /^workos-signature: another first character/i, because: "it reads the members of the header by their place, not their name" },
  ],
  refuses: [{ what: /^wrong, right$/, because: "it looks at the second member of the header alone" }],
};
