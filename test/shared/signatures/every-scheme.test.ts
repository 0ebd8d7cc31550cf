import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { withMember } from "../../../shared/signatures/json-text.ts";
import { changedMessage, createMessage, type Message } from "../../../shared/signatures/message.ts";
import type { Condition, Scheme } from "../../../shared/signatures/scheme.ts";
import { sign, type Signed } from "../../../shared/signatures/sign.ts";
import { judge, verify } from "../../../shared/signatures/verify.ts";
import { ED25519, NOW, P256, RSA } from "./fixtures.ts";

type Pair = { readonly signing: string; readonly checking: string };

/** A secret of the scheme's form: what signs, and what checks. */
function secretFor({ key, algorithm }: Scheme): Pair {
  const same = (secret: string): Pair => ({ signing: secret, checking: secret });
  if (key.form === "text") return same("made-up-secret_1");
  if (key.form === "hex") return same("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  if (key.form === "base64") return same(`${key.prefix ?? ""}${Buffer.from("made-up secret of 32 bytes, about").toString("base64")}`);
  const pair = algorithm === "ed25519" ? ED25519 : algorithm.startsWith("rsa") ? RSA : P256;
  return {
    signing: pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    checking: pair.publicKey.export({ format: "pem", type: "spki" }).toString(),
  };
}

const SNS =
  '{"Type":"Notification","MessageId":"165545c9-2a5c-472c-8df2-7ff2be2b3b1b","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":"hello","Timestamp":"2026-11-21T14:02:31.000Z"}';
const ADYEN =
  '{"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{},"amount":{"currency":"EUR","value":1130},"pspReference":"7914073381342284","eventCode":"AUTHORISATION","merchantAccountCode":"TestMerchant","merchantReference":"TestPayment-1407325143704","success":"true"}}]}';

/** The values of a body that a scheme covers, where it does not cover the body whole; undefined: it covers every byte. */
function coveredValues({ signed, bodyDigest }: Scheme): readonly string[] | undefined {
  if (signed === "{sns}") return ["165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "arn:aws:sns:eu-west-1:1:t", "hello"];
  if (signed === "{adyen}") return ["EUR", "1130", "7914073381342284", "AUTHORISATION", "TestMerchant", "TestPayment-1407325143704"];
  if (bodyDigest !== undefined || /\{(?:body|body-sha256-hex|contentful)\}/.test(signed)) return undefined;
  if (/\{form-sorted/.test(signed)) return ["alpha", "beta"];
  // the reading that signs a rewritten body or one member covers the values, not the white space between
  if (/\{body-(?:without|as|only):/.test(signed)) return signed.includes("body-only:data") ? ["covered-text"] : ["covered-text", "evt_1"];
  return [...signed.matchAll(/\{body:([^}]+)\}/g)].map(([, path]) => `value-of-${path}`);
}

/** A message that has everything the scheme signs, but no signature yet. */
function messageFor(scheme: Scheme): Message {
  const headers: string[] = ["Host", "relay.example.com", "User-Agent", "test"];
  const put = (name: string, value: string): void => void headers.push(name, value);
  let method = "POST";
  let body: Buffer = Buffer.from(
    '{"id":"evt_1","type":"thing.made","event":"thing.made","timestamp":"2026-11-21T14:02:31.000Z","data":{"text":"covered-text"}}',
  );
  if (scheme.signed === "{sns}") body = Buffer.from(SNS);
  if (scheme.signed === "{adyen}") body = Buffer.from(ADYEN);
  if (scheme.signed.includes("{form-sorted")) {
    put("Content-Type", "application/x-www-form-urlencoded");
    body = Buffer.from("b=beta&a=alpha");
  } else {
    put("Content-Type", "application/json");
  }
  if (scheme.signed.includes("{contentful}")) put("X-Contentful-Signed-Headers", "x-contentful-signed-headers,x-contentful-timestamp");
  for (const [, path = ""] of scheme.signed.matchAll(/\{body:([^}]+)\}/g))
    body = withMember(body, path, JSON.stringify(`value-of-${path}`)) ?? body;
  for (const [, name = ""] of scheme.signed.matchAll(/\{header:([^}]+)\}/g)) put(name, `value-of-${name}`);
  const apply = ({ place, equals, startsWith }: Condition): void => {
    const value = (typeof equals === "string" ? equals : equals?.[0]) ?? startsWith;
    if (value === undefined) return;
    if (place.in === "method") method = value;
    if (place.in === "header") put(place.name, value);
    if (place.in === "body") body = withMember(body, place.path, JSON.stringify(value)) ?? body;
  };
  for (const condition of scheme.when ?? []) apply(condition);
  return createMessage({ method, url: "https://relay.example.com/name/hooks?x=1", headers, body });
}

/** The message as it is sent: the signed headers in the place of those of the same name. */
function applied(message: Message, { headers, body, url }: Signed): Message {
  const names = new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const kept: string[] = [];
  for (let i = 0; i < message.headers.length; i += 2) {
    if (!names.has((message.headers[i] ?? "").toLowerCase())) kept.push(message.headers[i] ?? "", message.headers[i + 1] ?? "");
  }
  return changedMessage(message, { headers: [...kept, ...headers], body, url });
}

/** One bit of each byte, another in each; whatever covers a byte covers all of its bits, and all of them for every scheme would take a minute. */
function bitsOf(at: number, bits: number): readonly number[] {
  return [(at * 5) % bits];
}

const rows = createCatalogue().providers.flatMap((provider) =>
  provider.signing.schemes.map((scheme) => ({ name: `${provider.id} ${scheme.id}`, provider, scheme })),
);

describe.each(rows)("$name", ({ provider, scheme }) => {
  const { signing, checking } = secretFor(scheme);
  const original = messageFor(scheme);
  const signed = applied(original, sign({ provider, scheme: scheme.id, secret: signing, message: original, now: NOW, id: "msg_1" }));
  const verdictOf = (message: Message, secret = checking): string =>
    judge({ message, provider, secrets: [secret], now: NOW }).verification.verdict;

  it("finds valid what it has signed itself", () => {
    expect(verify({ message: signed, provider, secrets: [checking], now: NOW })).toMatchObject({ verdict: "valid", signature: "ok" });
  });

  it("finds the right one of several secrets", () => {
    const found = verify({ message: signed, provider, secrets: ["wrong-secret", checking], now: NOW });
    expect(found).toMatchObject({ verdict: "valid", secretIndex: 1 });
  });

  it("is not valid with another secret, without one, and unsigned", () => {
    expect(verdictOf(signed, "another-secret")).not.toBe("valid");
    expect(verify({ message: signed, provider, secrets: [], now: NOW }).verdict).not.toBe("valid");
    expect(verdictOf(original)).not.toBe("valid");
  });

  it("is not valid once any bit of what it covers has changed", () => {
    const survivors: string[] = [];
    const { body, url } = signed;
    const covered = coveredValues(scheme);
    const spans = covered?.map((value) => [body.indexOf(value), value.length] as const) ?? [[0, body.length] as const];
    for (const [from, length] of spans) {
      expect(from).toBeGreaterThanOrEqual(0);
      for (let at = from; at < from + length; at++) {
        for (const bit of bitsOf(at, 8)) {
          const changed = Buffer.from(body);
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          if (verdictOf(changedMessage(signed, { body: changed })) === "valid") survivors.push(`body byte ${at} bit ${bit}`);
        }
      }
    }
    // the signature, and the time and id where the scheme signs them
    const places = [
      ...scheme.signature,
      ...(scheme.signed.includes("{timestamp}") && scheme.time !== undefined ? [scheme.time.place] : []),
      ...(scheme.messageId === undefined ? [] : [scheme.messageId]),
    ];
    const names = new Set(
      places
        .flatMap((place) => (place.in === "header" ? [place.numbered === true ? `${place.name}1` : place.name] : []))
        .map((name) => name.toLowerCase()),
    );
    for (let i = 0; i < signed.headers.length; i += 2) {
      const name = signed.headers[i] ?? "";
      const value = signed.headers[i + 1] ?? "";
      if (!names.has(name.toLowerCase())) continue;
      for (let at = 0; at < value.length; at++) {
        for (const bit of bitsOf(at, 7)) {
          const other = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit));
          // a capital hex digit is the same digit where the sender's verifier takes it
          if (scheme.hexCase === "any" && other.toLowerCase() === value[at]) continue;
          const headers = signed.headers.with(i + 1, value.slice(0, at) + other + value.slice(at + 1));
          if (verdictOf(changedMessage(signed, { headers })) === "valid") survivors.push(`${name} ${at} bit ${bit}: ${headers[i + 1]}`);
        }
      }
    }
    if (url !== undefined && /\{(?:url|target|path)\}/.test(scheme.signed)) {
      if (verdictOf(changedMessage(signed, { url: url.replace("hooks", "hookz") })) === "valid") survivors.push("url");
    }
    if (scheme.signed.includes("{method}") && verdictOf(changedMessage(signed, { method: "PUT" })) === "valid") survivors.push("method");
    expect(survivors).toEqual([]);
  });
});

const timed = rows.flatMap(({ scheme, ...row }) => {
  const { time } = scheme;
  return time?.tolerance === undefined ? [] : [{ ...row, scheme, inclusive: time.inclusive !== false, ...time.tolerance }];
});

it.each(timed)("$name keeps to its tolerance on both sides", ({ provider, scheme, old, future, inclusive }) => {
  const { signing, checking } = secretFor(scheme);
  const original = messageFor(scheme);
  const signed = applied(original, sign({ provider, scheme: scheme.id, secret: signing, message: original, now: NOW, id: "msg_1" }));
  const verdictAt = (now: number): string => judge({ message: signed, provider, secrets: [checking], now }).verification.verdict;
  const atTheLimit = inclusive ? "valid" : "invalid";
  // no limit: a year is as good as a minute
  expect(verdictAt(NOW + (old ?? 31_536_000) * 1_000)).toBe(old === null ? "valid" : atTheLimit);
  expect(verdictAt(NOW + (old ?? 31_536_000) * 1_000 + 1_000)).toBe(old === null ? "valid" : "invalid");
  expect(verdictAt(NOW - (future ?? 31_536_000) * 1_000)).toBe(future === null || future === 0 ? "valid" : atTheLimit);
  expect(verdictAt(NOW - (future ?? 31_536_000) * 1_000 - 1_000)).toBe(future === null ? "valid" : "invalid");
});
