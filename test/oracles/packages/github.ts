import { headerText, loadModule, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  readonly sign: (secret: string, payload: string) => Promise<string>;
  readonly verify: (secret: string, payload: string, signature: string) => Promise<boolean>;
};

export const github: Oracle = {
  provider: "github",
  package: "@octokit/webhooks-methods",
  keys: shared("It's a Secret to Everybody ü"),
  otherKeys: shared("it's a secret to everybody"),
  request: REQUEST,
  async accepts(request, key) {
    const { verify } = await loadModule<Package>("@octokit/webhooks-methods");
    return verify(key, request.body.toString(), headerText(request, "x-hub-signature-256"));
  },
  async signs(request, key) {
    const { sign } = await loadModule<Package>("@octokit/webhooks-methods");
    return withHeaders(request, ["X-Hub-Signature-256", await sign(key, request.body.toString())]);
  },
};
