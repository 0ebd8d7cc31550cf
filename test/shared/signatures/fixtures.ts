import { generateKeyPairSync } from "node:crypto";
import { createMessage, type Message, type MessageParts } from "../../../shared/signatures/message.ts";
import type { Provider, Signing } from "../../../shared/signatures/provider.ts";
import type { Scheme } from "../../../shared/signatures/scheme.ts";
import { sign } from "../../../shared/signatures/sign.ts";

/** 2026-11-21 14:02:31.000 UTC */
export const NOW = 1_795_269_751_000;
export const SECRET = "made-up-secret";
const URL_OF_APP = "https://relay.example.com/name/hooks?x=1";

/** Made once: RSA keys take a while. */
export const ED25519 = generateKeyPairSync("ed25519");
export const P256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
export const RSA = generateKeyPairSync("rsa", { modulusLength: 2_048 });

/** A POST of a JSON body, changed as the test wants it. */
export function messageOf({
  body = '{"id":"evt_1"}',
  ...parts
}: Partial<Omit<MessageParts, "body">> & { readonly body?: string | Buffer } = {}): Message {
  return createMessage({ method: "POST", url: URL_OF_APP, headers: [], body: Buffer.from(body), ...parts });
}

/** A scheme like the one that most senders use, changed as the test wants it. */
export function schemeOf(change: Partial<Scheme> = {}): Scheme {
  return {
    id: "v1",
    signature: [{ in: "header", name: "X-Signature" }],
    algorithm: "hmac-sha256",
    encoding: "hex",
    key: { form: "text" },
    signed: "{body}",
    source: { grade: "assumed", from: "this test", date: "2026-11-21" },
    ...change,
  };
}

export function providerOf(schemes: readonly Scheme[], signing: Partial<Signing> = {}): Provider {
  return {
    id: "acme",
    name: "Acme",
    recognise: [],
    signing: { schemes, ...signing },
    event: { type: [], id: [], source: { grade: "assumed", from: "this test", date: "2026-11-21" } },
    handshakes: [],
    delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  };
}

/** The message as it is sent: signed, its headers in the place of those of the same name. */
export function signedMessage(
  message: Message,
  scheme: Scheme,
  options: { readonly secret?: string; readonly now?: number; readonly id?: string } = {},
): Message {
  const { secret = SECRET, now = NOW, id } = options;
  const signed = sign({ provider: providerOf([scheme]), message, secret, now, id });
  const names = new Set(signed.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const kept = message.headers.filter((_, index) => !names.has((message.headers[index - (index % 2)] ?? "").toLowerCase()));
  return createMessage({ ...message, headers: [...kept, ...signed.headers], body: signed.body, url: signed.url });
}
