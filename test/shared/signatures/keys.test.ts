import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkScheme } from "../../../shared/signatures/check.ts";
import { base64Bytes, readKey, readPrivateKey } from "../../../shared/signatures/keys.ts";
import type { Algorithm, KeyForm } from "../../../shared/signatures/scheme.ts";
import { CHARACTER } from "../../rig/character.ts";
import { ED25519, messageOf, NOW, P256, providerOf, RSA, schemeOf, signedMessage } from "./fixtures.ts";

const PAIRS = { ed25519: ED25519, "ecdsa-p256-der": P256, "rsa-sha256": RSA } as const;
const PUBLIC: KeyForm = { form: "public" };

function spki(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" });
}

function pem(key: KeyObject): string {
  return (key.type === "private" ? key.export({ format: "pem", type: "pkcs8" }) : key.export({ format: "pem", type: "spki" })).toString();
}

function jwk(key: KeyObject, kid?: string): object {
  return { ...key.export({ format: "jwk" }), ...(kid !== undefined && { kid }) };
}

/** Ids and SPKI of the keys that a secret became, or why it became none. */
function publicOf(
  secret: string,
  algorithm: Algorithm,
  key: KeyForm = PUBLIC,
): string | readonly (readonly [string | undefined, string])[] {
  const read = readKey(secret, { key, algorithm });
  if (read.kind === "unusable") return read.why;
  return read.kind === "bytes"
    ? "bytes"
    : read.keys.map((one) => [one.id, spki(createPublicKey(one.key.export({ format: "pem", type: "spki" }))).toString("hex")] as const);
}

describe.each(["ed25519", "ecdsa-p256-der", "rsa-sha256"] as const)("a public key for %s", (algorithm) => {
  const { publicKey, privateKey } = PAIRS[algorithm];
  const same = [[undefined, spki(publicKey).toString("hex")]];
  const lines = spki(publicKey).toString("base64").replace(/.{64}/g, "$&\n");

  it.each([
    ["PEM", pem(publicKey)],
    ["PEM with blanks around it", `\n  ${pem(publicKey)}\n\n`],
    ["PEM with \\n for line ends", pem(publicKey).replaceAll("\n", "\\n")],
    ["PEM with CRLF", pem(publicKey).replaceAll("\n", "\r\n")],
    ["SPKI in base64", spki(publicKey).toString("base64")],
    ["SPKI in base64 on lines", lines],
    ["SPKI in base64url", spki(publicKey).toString("base64url")],
    ["SPKI in hex", spki(publicKey).toString("hex").toUpperCase()],
    ["JWK", JSON.stringify(jwk(publicKey), null, 2)],
    ["JWKS of one", JSON.stringify({ keys: [jwk(publicKey)] })],
    // a private key holds the public one: whoever has both checks with either
    ["private PEM", pem(privateKey)],
    ["private JWK", JSON.stringify(jwk(privateKey))],
  ])("is read as %s", (_, secret) => {
    expect(publicOf(secret, algorithm)).toEqual(same);
  });

  it("is told from keys of other kinds", () => {
    const others = Object.values(PAIRS).filter((pair) => pair.publicKey !== publicKey);
    const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    for (const pair of [...others, p384])
      expect(publicOf(pem(pair.publicKey), algorithm)).toBe(`the key is of another kind than ${algorithm} needs`);
    expect(publicOf(JSON.stringify(jwk(generateKeyPairSync("x25519").publicKey)), algorithm)).toBe(
      `the key is of another kind than ${algorithm} needs`,
    );
  });

  it("is one of several in a set, those of other kinds left out", () => {
    const secret = JSON.stringify({
      keys: [...Object.values(PAIRS).map((pair, index) => jwk(pair.publicKey, `k${index}`)), null, 7, "x", {}, { kty: "oct", k: "AA" }],
    });
    expect(publicOf(secret, algorithm)).toEqual([[`k${Object.keys(PAIRS).indexOf(algorithm)}`, same[0]?.[1]]]);
  });

  it("is of use for signing when it is the private one, as PEM or JWK", () => {
    const read = (secret: string): boolean => readPrivateKey(secret, algorithm)?.equals(privateKey) === true;
    expect(read(pem(privateKey))).toBe(true);
    expect(read(`\n${pem(privateKey).replaceAll("\n", "\\n")}\n`)).toBe(true);
    expect(read(JSON.stringify(jwk(privateKey)))).toBe(true);
    expect(read(pem(publicKey))).toBe(false);
    expect(read(JSON.stringify(jwk(publicKey)))).toBe(false);
    expect(read("{")).toBe(false);
    expect(read("")).toBe(false);
    const others = Object.entries(PAIRS).filter(([other]) => other !== algorithm);
    expect(others.map(([, pair]) => readPrivateKey(pem(pair.privateKey), algorithm))).toEqual([undefined, undefined]);
  });

  it("checks what the private one signed", () => {
    const scheme = schemeOf({ algorithm, encoding: "base64", key: PUBLIC });
    const message = signedMessage(messageOf(), scheme, { secret: JSON.stringify(jwk(privateKey)) });
    for (const secret of [pem(publicKey), pem(privateKey), spki(publicKey).toString("base64"), JSON.stringify({ keys: [jwk(publicKey)] })])
      expect(checkScheme(scheme, { message, provider: providerOf([scheme]), secrets: [secret], now: NOW }).signature).toEqual({
        kind: "ok",
        secretIndex: 0,
      });
  });
});

describe("a raw public key", () => {
  const ed = spki(ED25519.publicKey).subarray(-32);
  const point = spki(P256.publicKey).subarray(-65);

  it.each([
    ["ed25519", ED25519, ed],
    ["ecdsa-p256-der", P256, point],
    ["ecdsa-p256-p1363", P256, point],
  ] as const)("for %s is hex or base64", (algorithm, pair, raw) => {
    const same = [[undefined, spki(pair.publicKey).toString("hex")]];
    expect(publicOf(raw.toString("hex"), algorithm)).toEqual(same);
    expect(publicOf(raw.toString("hex").toUpperCase(), algorithm)).toEqual(same);
    expect(publicOf(raw.toString("base64"), algorithm)).toEqual(same);
    expect(publicOf(raw.toString("base64").replace(/=+$/, ""), algorithm)).toEqual(same);
    expect(publicOf(`whpk_${raw.toString("base64")}`, algorithm, { form: "public", prefix: "whpk_" })).toEqual(same);
    expect(publicOf(raw.toString("base64"), algorithm, { form: "public", prefix: "whpk_" })).toEqual(same);
  });

  it("is none of another length, nor a point that is not on the curve", () => {
    const none = "the secret is no public key (hex or base64 of the key, PEM, JWK or JWKS)";
    expect(publicOf(ed.subarray(1).toString("hex"), "ed25519")).toBe(none);
    expect(publicOf(`${ed.toString("hex")}00`, "ed25519")).toBe(none);
    expect(publicOf(Buffer.alloc(65, 4).toString("hex"), "ecdsa-p256-der")).toBe(none);
  });
});

/** Made for this test with `openssl req -x509`; its key is nowhere. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUNhhOIVNkJpAQzfKUspCmrsI3pUUwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQdGVzdC5leGFtcGxlLmNvbTAgFw0yNjExMjExNTA3MjBaGA8y
MTI2MTAyODE1MDcyMFowGzEZMBcGA1UEAwwQdGVzdC5leGFtcGxlLmNvbTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABA2EnXwGv5JD/SC2aWgSEdr1UuTPQbF0SlGw
Bnvmry8XdmYPROx86KC/8kSMERS+NYyeDnpIMq9BX8BvhwOrGYGjUzBRMB0GA1Ud
DgQWBBTvIxRHhqR6uipJyISsytiT6ReJujAfBgNVHSMEGDAWgBTvIxRHhqR6uipJ
yISsytiT6ReJujAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCq
Lm9pBaCDFUzF2txF5jTGtBWJ+ftWhd7EFE1ZNApJtQIgdRK5uNxFiqR6WBf0F2PR
U9qOx8BBjDwCBZJcqfw+5z4=
-----END CERTIFICATE-----
`;
const CERTIFIED =
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDYSdfAa/kkP9ILZpaBIR2vVS5M9BsXRKUbAGe+avLxd2Zg9E7HzooL/yRIwRFL41jJ4Oekgyr0FfwG+HA6sZgQ==";

it("a certificate stands for its key", () => {
  const key = [[undefined, Buffer.from(CERTIFIED, "base64").toString("hex")]];
  expect(publicOf(CERTIFICATE, "ecdsa-p256-der")).toEqual(key);
  expect(publicOf(CERTIFICATE.replaceAll("\n", "\\n"), "jwt-es256")).toEqual(key);
  expect(publicOf(CERTIFICATE, "rsa-sha256")).toBe("the key is of another kind than rsa-sha256 needs");
  expect(publicOf(CERTIFICATE.replace("MIIB", "MIIC"), "ecdsa-p256-der")).toMatch(/^the secret is no public key/);
});

it("a set of keys has an end", () => {
  const keys = Array.from({ length: 60 }, (_, index) => jwk(ED25519.publicKey, `k${index}`));
  expect(publicOf(JSON.stringify({ keys }), "ed25519")).toHaveLength(50);
});

it.each([
  "",
  " ",
  "{}",
  "[]",
  "null",
  '{"keys":7}',
  '{"keys":[]}',
  '{"keys":{}}',
  "{",
  "-----BEGIN PUBLIC KEY-----",
  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
  "0",
  "zz",
  "é",
  "=".repeat(50_000),
  "A".repeat(100_001),
])("%j is no public key", (secret) => {
  const read = publicOf(secret.slice(0, 100_001), "ed25519");
  expect(read).toMatch(/^the secret is no public key/);
});

describe("other keys", () => {
  const bytesOf = (secret: string, key: KeyForm): string => {
    const read = readKey(secret, { key, algorithm: "hmac-sha256" });
    return read.kind === "bytes" ? read.bytes.toString("hex") : read.kind === "unusable" ? read.why : "public";
  };

  it.each<[KeyForm, string, string]>([
    [{ form: "text" }, "é", "c3a9"],
    [{ form: "text" }, "", ""],
    [{ form: "text" }, " a\n", "20610a"],
    [{ form: "hex" }, "00fF", "00ff"],
    [{ form: "hex" }, "00f", "the secret is not an even number of hex digits"],
    [{ form: "hex" }, "", "the secret is not an even number of hex digits"],
    [{ form: "hex" }, "0x00", "the secret is not an even number of hex digits"],
    [{ form: "base64" }, "+/8=", "fbff"],
    [{ form: "base64" }, "-_8", "fbff"],
    [{ form: "base64" }, "+/8", "fbff"],
    [{ form: "base64" }, "", "the secret is not base64"],
    [{ form: "base64" }, "a", "the secret is not base64"],
    [{ form: "base64" }, "YQ===", "the secret is not base64"],
    [{ form: "base64" }, "Y Q=", "the secret is not base64"],
    [{ form: "base64" }, "=YQ", "the secret is not base64"],
    // bits that no byte holds: another text for the same key is a copying mistake
    [{ form: "base64" }, "YR==", "the secret is not base64"],
    [{ form: "base64", prefix: "whsec_" }, "whsec_YQ==", "61"],
    [{ form: "base64", prefix: "whsec_" }, "YQ==", "61"],
    [{ form: "base64", prefix: "whsec_" }, "whsec_", "the secret is not base64 after whsec_"],
  ])("%j of %j: %s", (key, secret, result) => {
    expect(bytesOf(secret, key)).toBe(result);
  });

  it("base64Bytes reads what Buffer writes, and every other text as nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (some) => {
        const bytes = Buffer.from(some);
        expect(base64Bytes(bytes.toString("base64"))).toEqual(bytes);
        expect(base64Bytes(bytes.toString("base64url"))).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const bytes = base64Bytes(text);
        const written = (bytes ?? Buffer.alloc(0)).toString("base64url");
        expect([undefined, written]).toContain(
          bytes === undefined ? undefined : text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
        );
      }),
      { numRuns: 200 },
    );
  });
});

it("no secret makes readKey throw", () => {
  const secrets = fc.oneof(
    fc.string({ unit: CHARACTER }),
    fc.json(),
    fc.constantFrom(
      pem(P256.privateKey).slice(40),
      pem(RSA.publicKey).slice(0, -60),
      createSecretKey(Buffer.alloc(8)).export({ format: "jwk" }).k ?? "",
    ),
  );
  const forms = fc.constantFrom<KeyForm>({ form: "text" }, { form: "hex" }, { form: "base64", prefix: "p_" }, PUBLIC);
  const algorithms = fc.constantFrom<Algorithm>("hmac-sha256", "ed25519", "jwt-es256", "rsa-sha1", "token");
  fc.assert(
    fc.property(secrets, forms, algorithms, (secret, key, algorithm) => {
      expect(["bytes", "public", "unusable"]).toContain(readKey(secret, { key, algorithm }).kind);
      expect(readPrivateKey(secret, algorithm)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});
