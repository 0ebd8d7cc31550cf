import { createHmac, type KeyObject } from "node:crypto";
import type { HeaderList } from "../../../../shared/http/headers.ts";
import { createMessage, type Message } from "../../../../shared/signatures/message.ts";
import type { Provider } from "../../../../shared/signatures/provider.ts";
import type { Scheme } from "../../../../shared/signatures/scheme.ts";
import type { Verification } from "../../../../shared/signatures/verification.ts";
import { verify, type VerifyInput } from "../../../../shared/signatures/verify.ts";
import { NOW, providerOf, schemeOf } from "../fixtures.ts";

export const SECONDS = String(NOW / 1_000);
export const URL = "https://relay.example/name/hooks?x=1";
export const JSON_BODY = '{\n "event": "a.b", "amount": 142.50,\n "note": "Zoë & <b>/</b>"\n}';

/** The parts that senders put a signed text together from. */
type Parts = {
  readonly body: Buffer;
  readonly timestamp: string;
  readonly id: string;
  readonly url: string;
  readonly method: string;
};

/** A way to sign, written down here a second time: its scheme for devhook, and how a sender does it by hand. */
type Sender = {
  readonly scheme: Scheme;
  readonly secret: string;
  readonly body: string;
  readonly algorithm: "sha1" | "sha256";
  readonly key: (secret: string) => string | Buffer;
  readonly text: (parts: Parts) => readonly (string | Buffer)[];
  readonly headers: (digest: Buffer, parts: Parts) => HeaderList;
};

/** 64 hex digits of the body in a header of its own. */
const bare: Sender = {
  scheme: schemeOf(),
  secret: "q9Zx-7kWv-u2Lm-p4Tb-e8",
  body: JSON_BODY,
  algorithm: "sha256",
  key: (secret) => secret,
  text: ({ body }) => [body],
  headers: (digest) => ["X-Signature", digest.toString("hex")],
};

const github: Sender = {
  ...bare,
  scheme: schemeOf({ signature: [{ in: "header", name: "X-Signature", prefix: "sha256=" }] }),
  headers: (digest) => ["X-Signature", `sha256=${digest.toString("hex")}`],
};

const stripe: Sender = {
  ...bare,
  scheme: schemeOf({
    signature: [{ in: "header", name: "Acme-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
    signed: "{timestamp}.{body}",
    time: {
      place: { in: "header", name: "Acme-Signature", field: { name: "t", separator: ",", assign: "=" } },
      unit: "s",
      tolerance: { old: 300, future: 300 },
    },
  }),
  text: ({ timestamp, body }) => [timestamp, ".", body],
  headers: (digest, { timestamp }) => ["Acme-Signature", `t=${timestamp},v1=${digest.toString("hex")}`],
};

const svix: Sender = {
  ...bare,
  scheme: schemeOf({
    signature: [{ in: "header", name: "webhook-signature", field: { name: "v1", separator: " ", assign: "," } }],
    encoding: "base64",
    key: { form: "base64", prefix: "whsec_" },
    signed: "{id}.{timestamp}.{body}",
    messageId: { in: "header", name: "webhook-id" },
    time: { place: { in: "header", name: "webhook-timestamp" }, unit: "s", tolerance: { old: 300, future: 300 } },
  }),
  secret: "whsec_bWFkZSB1cCBmb3IgdGVzdHMgYWxvbmU=",
  key: (secret) => Buffer.from(secret.slice(6), "base64"),
  text: ({ id, timestamp, body }) => [id, ".", timestamp, ".", body],
  headers: (digest, { id, timestamp }) => [
    "webhook-id",
    id,
    "webhook-timestamp",
    timestamp,
    "webhook-signature",
    `v1,${digest.toString("base64")}`,
  ],
};

const FORM = "To=%2B15550100&Body=Hello+there&From=%2B15550101";
const twilio: Sender = {
  ...bare,
  scheme: schemeOf({ algorithm: "hmac-sha1", encoding: "base64", signed: "{url}{form-sorted}", urlVariants: ["default-port-toggled"] }),
  secret: "0123456789abcdef0123456789abcdef",
  body: FORM,
  algorithm: "sha1",
  text: ({ url }) => [url, "BodyHello thereFrom+15550101To+15550100"],
  headers: (digest) => ["Content-Type", "application/x-www-form-urlencoded", "X-Signature", digest.toString("base64")],
};

/** Method, URL and body. */
const hubspot: Sender = {
  ...bare,
  scheme: schemeOf({ signed: "{method}{url}{body}" }),
  text: ({ method, url, body }) => [method, url, body],
};

export const SENDERS = { bare, github, stripe, svix, twilio, hubspot };
export type SenderName = keyof typeof SENDERS;

/** What is done in another way than the scheme says. */
export type Mistake = {
  /** the user's secrets, in place of the sender's */
  readonly secrets?: readonly string[];
  readonly sent?: string | Buffer;
  readonly signed?: string | Buffer;
  readonly key?: string | Buffer;
  readonly algorithm?: string;
  readonly text?: Sender["text"];
  readonly digest?: (key: string | Buffer, text: Buffer) => Buffer;
  readonly headers?: Sender["headers"];
  readonly more?: HeaderList;
  readonly parts?: Partial<Parts>;
  readonly provider?: Partial<Provider>;
  readonly now?: number;
  readonly otherUrls?: readonly string[];
  readonly otherSecrets?: VerifyInput["otherSecrets"];
  readonly otherProviders?: VerifyInput["otherProviders"];
};

/** The request of a sender who makes a mistake, and what the user checks it with. */
function deliver(name: SenderName, mistake: Mistake = {}): VerifyInput {
  const sender = SENDERS[name];
  const sent = Buffer.from(mistake.sent ?? sender.body);
  const told = { body: sent, timestamp: SECONDS, id: "msg_1", url: URL, method: "POST" };
  const signed = mistake.signed ?? mistake.parts?.body;
  const parts = { ...told, ...mistake.parts, ...(signed !== undefined && { body: Buffer.from(signed) }) };
  const text = Buffer.concat((mistake.text ?? sender.text)(parts).map((piece) => Buffer.from(piece)));
  const key = mistake.key ?? sender.key(sender.secret);
  const digest =
    mistake.digest?.(key, text) ??
    createHmac(mistake.algorithm ?? sender.algorithm, key)
      .update(text)
      .digest();
  const headers = (mistake.headers ?? sender.headers)(digest, told);
  return {
    message: messageOf({ headers: [...headers, ...(mistake.more ?? [])], body: sent }),
    provider: { ...providerOf([sender.scheme]), ...mistake.provider },
    secrets: mistake.secrets ?? [sender.secret],
    now: mistake.now ?? NOW,
    ...(mistake.otherUrls !== undefined && { otherUrls: mistake.otherUrls }),
    ...(mistake.otherSecrets !== undefined && { otherSecrets: mistake.otherSecrets }),
    ...(mistake.otherProviders !== undefined && { otherProviders: mistake.otherProviders }),
  };
}

/** What devhook says of it. */
export function verdictOf(name: SenderName, mistake: Mistake = {}): Verification {
  return verify(deliver(name, mistake));
}

function messageOf({ headers, body }: { readonly headers: HeaderList; readonly body: Buffer }): Message {
  return createMessage({ method: "POST", url: URL, headers: ["Host", "relay.example", ...headers], body });
}

/** As PEM, the form in which public keys are copied. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }) as string;
}
