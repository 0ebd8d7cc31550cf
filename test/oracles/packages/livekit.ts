import { createHash } from "node:crypto";
import { headerText, load, type Oracle, REQUEST, shared, withHeaders } from "../oracle.ts";

type Package = {
  readonly WebhookReceiver: new (apiKey: string, secret: string) => { receive(body: string, authorization: string): Promise<unknown> };
  readonly AccessToken: new (apiKey: string, secret: string, options: { ttl: string }) => { sha256: string; toJwt(): Promise<string> };
};

const API_KEY = "APImadeup";

export const livekit: Oracle = {
  provider: "livekit",
  package: "livekit-server-sdk",
  keys: shared("livekit made up secret 1234567890"),
  otherKeys: shared("livekit other secret 1234567890"),
  request: {
    ...REQUEST,
    headers: ["Content-Type", "application/webhook+json"],
    body: Buffer.from('{"event":"room_started", "id":"EV_1","room":{"sid":"RM_1","name":"Jürgen"}}'),
  },
  async accepts(request, key) {
    const receiver = new (load<Package>("livekit-server-sdk").WebhookReceiver)(API_KEY, key);
    await receiver.receive(request.body.toString(), headerText(request, "authorization"));
    return true;
  },
  async signs(request, key) {
    const token = new (load<Package>("livekit-server-sdk").AccessToken)(API_KEY, key, { ttl: "5m" });
    token.sha256 = createHash("sha256").update(request.body).digest("base64");
    return withHeaders(request, ["Authorization", await token.toJwt()]);
  },
  cannotSign: "it wants the API key as the issuer of the token, which is no part of the secret",
};
