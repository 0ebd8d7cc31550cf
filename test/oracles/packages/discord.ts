import { ed25519Keys } from "../made-keys.ts";
import { headerText, load, type Oracle, REQUEST } from "../oracle.ts";

type Package = { verifyKey(body: Buffer, signature: string, timestamp: string, publicKey: string): Promise<boolean> };

export const discord: Oracle = {
  provider: "discord",
  package: "discord-interactions",
  keys: ed25519Keys("one", "hex"),
  otherKeys: ed25519Keys("other", "hex"),
  request: REQUEST,
  accepts: (request, key) =>
    load<Package>("discord-interactions").verifyKey(
      request.body,
      headerText(request, "x-signature-ed25519"),
      headerText(request, "x-signature-timestamp"),
      key,
    ),
};
