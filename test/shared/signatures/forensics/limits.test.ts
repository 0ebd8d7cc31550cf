import { createHmac } from "node:crypto";
import type * as nodeCrypto from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { check } from "../../../../shared/signatures/check.ts";
import { createBudget } from "../../../../shared/signatures/forensics/budget.ts";
import { explainBytes } from "../../../../shared/signatures/forensics/explain.ts";
import { type JsonForm, rewriteJson } from "../../../../shared/signatures/json-forms.ts";
import { readJson } from "../../../../shared/signatures/json-text.ts";
import { createMessage } from "../../../../shared/signatures/message.ts";
import type { Provider } from "../../../../shared/signatures/provider.ts";
import type { Reason } from "../../../../shared/signatures/verification.ts";
import { ED25519, NOW, providerOf, schemeOf } from "../fixtures.ts";
import { pemOf, SENDERS, URL } from "./senders.ts";

const hashed = vi.hoisted(() => ({ bytes: 0 }));
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof nodeCrypto>();
  return {
    ...crypto,
    createHmac: (...of: Parameters<typeof crypto.createHmac>) => {
      const mac = crypto.createHmac(...of);
      const update = mac.update.bind(mac);
      mac.update = (data: string | Buffer) => {
        hashed.bytes += data.length;
        return update(data as Buffer);
      };
      return mac;
    },
  };
});

const HEX = "ab".repeat(32);
const OTHERS = Array.from({ length: 10 }, (_, index) => ({
  provider: `other-${index}`,
  secret: `whsec_${Buffer.from(`made up ${index}, for tests`).toString("base64")}`,
}));
const PROVIDERS: readonly Provider[] = [
  ...Object.values(SENDERS).map(({ scheme }) => providerOf([scheme])),
  providerOf([schemeOf({ algorithm: "ed25519", key: { form: "public" }, signed: "{body}" })]),
  providerOf([schemeOf({ signed: "{body-without:signature:compact}", signature: [{ in: "body", path: "signature" }] })]),
  providerOf([schemeOf({ algorithm: "token", encoding: "text", signed: "" })]),
  providerOf([schemeOf({ algorithm: "jwt-hs256", encoding: "jwt", signed: "" })]),
];

type Searched = { readonly reason: Reason | undefined; readonly spent: number; readonly limit: number; readonly steps: number };

/** A search for what cannot be found, and what it cost. */
function searched(
  provider: Provider,
  body: Buffer,
  {
    headers = [],
    secrets = ["first", "second", "third"],
    most,
  }: { readonly headers?: readonly string[]; readonly secrets?: readonly string[]; readonly most?: number } = {},
): Searched {
  const message = createMessage({ method: "POST", url: URL, headers, body });
  const input = { message, provider, secrets, now: NOW, otherSecrets: OTHERS, otherProviders: PROVIDERS };
  const finding = check(input);
  const budget = createBudget(body.length, most);
  let steps = 0;
  const counting = {
    ...budget,
    spend: (units: number) => {
      steps++;
      return budget.spend(units);
    },
  };
  const reason = finding === undefined ? undefined : explainBytes(finding, input, counting);
  return { reason, spent: budget.spent(), limit: budget.limit, steps };
}

const LINE = {
  object: "line",
  amount: 1_000,
  customer: "cus_made_up",
  description: "Zoë bought <this>, and it is told in plain words",
  url: "https://pay.example/invoices/1?s=a&t=b",
  created: 1_795_269_751,
  live: false,
};
const BARE = providerOf([SENDERS.bare.scheme]);
const signed = ["Content-Type", "application/json", "X-Signature", HEX];
const items = (size: number): Buffer =>
  Buffer.from(JSON.stringify(Array.from({ length: size / 64 }, (_, id) => ({ id, name: "Zoë & <b>/</b>", amount: id / 4, tags: [] }))));

describe("what a search costs is bounded", () => {
  test.each([
    ["1 KB", 1_024, 29_000_000],
    ["64 KB", 65_536, 47_000_000],
    ["1 MB", 1_048_576, 322_000_000],
    ["25 MB", 26_214_400, 350_000_000],
  ])("for a body of %s", (_, size, most) => {
    expect(createBudget(size).limit).toBeLessThanOrEqual(most);
  });

  test("and never spent beyond the bound, whatever the body", () => {
    const bodies = [
      items(4_096),
      Buffer.from(`[${"1,".repeat(2_000)}1]`),
      Buffer.from(`${"[".repeat(400)}${"1,".repeat(1_500)}1${"]".repeat(400)}`),
      Buffer.from(JSON.stringify({ text: "é\n/".repeat(1_000) })),
      Buffer.alloc(4_096, 0xff),
    ];
    for (const provider of PROVIDERS) {
      for (const body of bodies) {
        const { spent, limit } = searched(provider, body, { headers: signed, most: 1_500_000 });
        expect(limit).toBe(1_500_000);
        expect(spent).toBeLessThanOrEqual(limit);
      }
    }
  });

  // the last one is too large for pairs of causes
  test.each([1_024, 65_536, 327_680])("by what is really hashed, of a body of %i bytes", (size) => {
    hashed.bytes = 0;
    const { spent } = searched(BARE, items(size), { headers: signed });
    expect(hashed.bytes).toBeGreaterThan(50 * size);
    // the check before the search hashes the body once for each secret
    expect(hashed.bytes).toBeLessThan(spent + 4 * size);
  });

  test("to a few thousand steps for a small body", () => {
    const { reason, steps } = searched(BARE, items(1_024), { headers: signed });
    expect(reason).toBeUndefined();
    expect(steps).toBeGreaterThan(1_000);
    expect(steps).toBeLessThan(5_000);
  });

  test("to a few dozen steps for a body of 10 MB, with a quarter of its limit", () => {
    const { reason, steps } = searched(BARE, Buffer.alloc(10_485_760, "{"), { headers: signed, most: 87_500_000 });
    expect(reason).toBeUndefined();
    expect(steps).toBeLessThan(200);
  });

  test("and the same for the same message", () => {
    const body = items(65_536);
    const search = (): Searched => searched(BARE, body, { headers: signed, most: 15_000_000 });
    expect(search()).toEqual(search());
  });

  // in the order in which they are tried
  test.each<JsonForm>(["python", "pretty-2", "python-compact-unicode", "php", "python-sorted-compact"])(
    "and reaches for the likely form %s of a body of 64 KB, with many secrets",
    (form) => {
      const body = Buffer.from(JSON.stringify({ total: 0.5, lines: Array.from({ length: 330 }, () => LINE) }).replace("0.5", " 20.0"));
      const json = readJson(body);
      const written = json === undefined ? undefined : rewriteJson(json, form);
      const text = createHmac("sha256", "third")
        .update(written ?? "")
        .digest("hex");
      expect(body.length).toBeGreaterThan(65_000);
      expect(searched(BARE, body, { headers: ["Content-Type", "application/json", "X-Signature", text] }).reason?.code).toBe(
        "body-reserialised",
      );
    },
  );

  test("for a public key too", () => {
    const provider = providerOf([schemeOf({ algorithm: "ed25519", key: { form: "public" }, signed: "{body}" })]);
    const { spent, limit, steps } = searched(provider, items(65_536), {
      headers: ["X-Signature", "ab".repeat(64)],
      secrets: [pemOf(ED25519.publicKey)],
    });
    expect(spent).toBeLessThanOrEqual(limit);
    expect(steps).toBeLessThan(1_000);
  });

  test("for a body that unpacks to a thousand times its size", () => {
    const bomb = Buffer.alloc(2_000_000);
    for (const [encoding, body] of [
      ["gzip", gzipSync(bomb)],
      ["br", brotliCompressSync(bomb)],
    ] as const) {
      expect(body.length * 500).toBeLessThan(bomb.length);
      const { reason, spent, limit } = searched(BARE, body, { headers: [...signed, "Content-Encoding", encoding] });
      expect(reason).toBeUndefined();
      expect(spent).toBeLessThanOrEqual(limit);
    }
  });
});

describe("a search never throws", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
    fc
      .constantFrom("", "{", '"', '"\\ud800"', "\ufeff{}", "[".repeat(600), '{"signature":"', "\x1f\x8b\x08", "%", "a=%ff&=&&b")
      .map((text) => Buffer.from(text, "latin1")),
  );
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[A-Za-z0-9+/=_-]{0,100}$/),
    fc.constantFrom(
      HEX,
      HEX.toUpperCase(),
      `sha256=${HEX}`,
      "t=1,v1=",
      `t=${"9".repeat(30)},v1=${HEX}`,
      "v1,,v1,",
      `${"A".repeat(43)}=`,
      "a.b.c",
      "\xff".repeat(40),
    ),
  );
  const header = fc.tuple(
    fc.constantFrom(
      "X-Signature",
      "Acme-Signature",
      "webhook-signature",
      "webhook-id",
      "webhook-timestamp",
      "Content-Type",
      "Content-Encoding",
      "Host",
      "X-Time",
    ),
    fc.oneof(text, fc.constantFrom("application/x-www-form-urlencoded", "gzip", "br", "9999999999999999999", "-1", "1e400")),
  );
  const secret = fc.oneof(text, fc.constantFrom("", "whsec_", "whsec_%", "\ud800", "a=b", "'\"", "KEY=", "\n"));

  test("whatever arrives, and whatever the secrets are", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PROVIDERS),
        bytes,
        fc.array(header, { maxLength: 6 }),
        fc.array(secret, { maxLength: 3 }),
        (provider, body, headers, secrets) => {
          expect(() => searched(provider, body, { headers: headers.flat(), secrets })).not.toThrow();
        },
      ),
      { numRuns: 150 },
    );
  });

  test("when the URL is none", () => {
    for (const url of [undefined, "", "*", "http://", "https://[::1]:99999/%ff?%", "//x", "\xff"]) {
      for (const provider of PROVIDERS) {
        const message = createMessage({ method: "", url, headers: signed, body: Buffer.from("{}") });
        const input = {
          message,
          provider,
          secrets: ["key"],
          now: Number.NaN,
          otherUrls: ["", "x", "http://", "https://[", `https://a/${"b".repeat(70_000)}`],
        };
        const finding = check(input);
        expect(() => (finding === undefined ? undefined : explainBytes(finding, input))).not.toThrow();
      }
    }
  });

  test("for a body of 25 MB", () => {
    expect(searched(BARE, Buffer.alloc(26_214_400, "["), { headers: signed, most: 60_000_000 }).reason).toBeUndefined();
  });
});

describe("a body that was hashed while it passed", () => {
  test("is explained when its digest is written otherwise, and by nothing else", () => {
    const digest = Buffer.from(HEX, "hex");
    const explained = (text: string): Reason | undefined => {
      const message = createMessage({ method: "POST", url: URL, headers: ["X-Signature", text], body: Buffer.alloc(0) });
      const input = { message, provider: BARE, secrets: ["key"], now: NOW, streamed: () => digest };
      const finding = check(input);
      return finding === undefined ? undefined : explainBytes(finding, input);
    };
    expect(explained(digest.toString("base64"))?.code).toBe("digest-encoding");
    expect(explained(`sha256=${HEX}`)?.code).toBe("wrong-prefix");
    expect(explained("cd".repeat(32))).toBeUndefined();
    // the body is not there: what would be said of an empty one is not said
    expect(explained(createHmac("sha256", "key").update("{}").digest("hex"))).toBeUndefined();
  });
});
