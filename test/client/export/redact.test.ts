import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSecretFinder } from "../../../client/export/find-secrets.ts";
import { redact, type RedactedDelivery } from "../../../client/export/redact.ts";
import type { Delivery } from "../../../client/ledger/records.ts";
import { firstHeader } from "../../../shared/http/headers.ts";
import { sampleAttempt, sampleDelivery } from "./deliveries.ts";

const CANARY = "canary/s3cr+t é=1";
const finder = createSecretFinder([
  { owner: "stripe", secret: CANARY },
  { owner: "svix", secret: "whsec_bm90IGEgcmVhbCBzZWNyZXQ=" },
]);

function redacted(change: Partial<Delivery>): RedactedDelivery {
  return redact(sampleDelivery(change), finder);
}

function body(bytes: string | Buffer): Delivery["body"] {
  const buffer = Buffer.from(bytes as string);
  return { bytes: buffer, total: buffer.length, truncated: false };
}

describe("headers", () => {
  it.each([
    "Authorization",
    "proxy-authorization",
    "COOKIE",
    "Set-Cookie",
    "X-Api-Key",
    "apikey",
    "X-APIKey",
    "X-Gitlab-Token",
    "X-Telegram-Bot-Api-Secret-Token",
    "X-Access-Key",
    "accessToken",
    "X-Auth",
    "X-Session-Id",
    "X-Hook-Password",
  ])("takes out what %s holds, and keeps its line", (name) => {
    const { delivery, found } = redacted({ headers: ["A", "1", name, "value of it", name, "another", "B", "2"] });
    expect(delivery.headers).toEqual(["A", "1", name, "[redacted]", name, "[redacted]", "B", "2"]);
    expect(found).toEqual([`header ${name}`, `header ${name}`]);
  });

  it.each([
    "Stripe-Signature",
    "X-Hub-Signature-256",
    "X-Token-Signature",
    "webhook-id",
    "Idempotency-Key",
    "Sec-WebSocket-Key",
    "X-RateLimit-Remaining-Tokens",
    "Content-Type",
    "Keyword",
  ])("keeps %s", (name) => {
    expect(redacted({ headers: [name, "value of it"] })).toMatchObject({ delivery: { headers: [name, "value of it"] }, found: [] });
  });

  it("has nothing to take out of an empty value", () => {
    expect(redacted({ headers: ["Authorization", ""] })).toMatchObject({ delivery: { headers: ["Authorization", ""] }, found: [] });
  });

  it("takes credentials out of URLs that headers hold", () => {
    const { delivery } = redacted({ headers: ["Referer", "https://x.example/a?token=abc&b=1", "Location", "/b?api_key=abc"] });
    expect(delivery.headers).toEqual(["Referer", "https://x.example/a?token=%5Bredacted%5D&b=1", "Location", "/b?api_key=%5Bredacted%5D"]);
  });
});

describe("the request target", () => {
  it.each([
    ["/a?token=abc&x=1", "/a?token=%5Bredacted%5D&x=1"],
    ["/a?x=1;access_token=abc", "/a?x=1;access_token=%5Bredacted%5D"],
    ["/a?hub.verify_token=abc&hub.challenge=1", "/a?hub.verify_token=%5Bredacted%5D&hub.challenge=1"],
    ["/a?clientSecret=abc", "/a?clientSecret=%5Bredacted%5D"],
    ["/a?%74oken=abc", "/a?%74oken=%5Bredacted%5D"],
    ["/a?key=abc&KEY=abc&auth=abc", "/a?key=%5Bredacted%5D&KEY=%5Bredacted%5D&auth=%5Bredacted%5D"],
    ["/a?signature=abc&X-Amz-Signature=d&sig=e", "/a?signature=abc&X-Amz-Signature=d&sig=e"],
    ["/a?token&token=&x=token", "/a?token&token=&x=token"],
    ["//a/%2F/../b?x=%00&&y", "//a/%2F/../b?x=%00&&y"],
    ["*", "*"],
  ])("%s becomes %s", (target, expected) => {
    expect(redacted({ target }).delivery.target).toBe(expected);
  });

  it("keeps passwords out of the URL that was called", () => {
    const attempts = [sampleAttempt({ target: "http://me:pass@localhost:8000/a?token=abc" })];
    expect(redacted({ attempts }).delivery.attempts[0]?.target).toBe("http://%5Bredacted%5D@localhost:8000/a?token=%5Bredacted%5D");
  });
});

const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const percent = encodeURIComponent(CANARY);
const everyByteEscaped = [...Buffer.from(CANARY)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const unicodeEscaped = CANARY.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const ways: readonly (readonly [string, Partial<Delivery>])[] = [
  ["a header", { headers: ["X-Any", utf8(`a ${CANARY} b`)] }],
  ["a header in Base64", { headers: ["X-Any", Buffer.from(CANARY).toString("base64")] }],
  ["the path", { target: `/hooks/${percent}/x` }],
  ["the path with every byte escaped", { target: `/hooks/${everyByteEscaped}` }],
  ["the query", { target: `/a?x=${percent}` }],
  ["the query with every byte escaped", { target: `/a?x=${everyByteEscaped}` }],
  ["the name of a parameter", { target: `/a?${everyByteEscaped}=1` }],
  ["a text", { body: body(`before ${CANARY} behind`) }],
  ["JSON", { body: body(`{"a":[{"b":"x ${CANARY}"}]}`) }],
  ["JSON with escapes", { body: body(`{"a":"${unicodeEscaped}","b":"${CANARY.replace("/", "\\/")}"}`) }],
  ["the name of a JSON member", { body: body(`{"${unicodeEscaped}":1}`) }],
  ["a form", { headers: ["Content-Type", "application/x-www-form-urlencoded"], body: body(`a=1&b=${everyByteEscaped}`) }],
  ["binary", { body: body(Buffer.concat([Buffer.from([0, 255]), Buffer.from(CANARY), Buffer.from([254])])) }],
  ["gzip", { headers: ["Content-Encoding", "gzip"], body: body(gzipSync(`{"a":"${CANARY}"}`)) }],
  ["gzip that is cut", { headers: ["Content-Encoding", "gzip"], body: body(gzipSync(CANARY.padEnd(200, "x")).subarray(0, -4)) }],
  ["deflate", { headers: ["Content-Encoding", "Deflate"], body: body(deflateSync(CANARY)) }],
  ["brotli", { headers: ["Content-Encoding", "br"], body: body(brotliCompressSync(CANARY)) }],
  [
    "what was sent instead",
    {
      attempts: [
        sampleAttempt({ request: { method: "P", target: `/${percent}`, headers: ["X", utf8(CANARY)], body: Buffer.from(CANARY) } }),
      ],
    },
  ],
  ["an answer", { attempts: [sampleAttempt({ head: { status: 200, reason: "OK", headers: ["X", utf8(CANARY)] }, body: body(CANARY) })] }],
  ["the URL that was called", { attempts: [sampleAttempt({ target: `http://localhost/${percent}` })] }],
  ["an error", { attempts: [sampleAttempt({ error: { code: "app-malformed", message: `bad ${CANARY}`, hint: CANARY } })] }],
  ["the signature check", { verification: JSON.stringify({ reason: { message: `key ${CANARY}` } }) }],
  ["the event", { event: CANARY, eventId: CANARY }],
];

describe("a known secret", () => {
  it.each(ways)("is taken out of %s", (_where, change) => {
    const before = everything(sampleDelivery(change));
    expect(before).toContain(CANARY);
    const { delivery, found } = redacted(change);
    expect(everything(delivery)).not.toContain(CANARY);
    expect(everything(delivery)).toContain("[redacted]");
    expect(new Set(found)).toEqual(new Set(["secret of stripe"]));
  });

  it("is found without its prefix as well", () => {
    expect(redacted({ body: body("x bm90IGEgcmVhbCBzZWNyZXQ= y") }).delivery.body.bytes.toString()).toBe("x [redacted] y");
  });

  it("that is one of several goes with the others, the longest first", () => {
    const several = createSecretFinder([
      { owner: "a", secret: "abcd" },
      { owner: "b", secret: "abcdefgh" },
    ]);
    const { delivery, found } = redact(sampleDelivery({ body: body("abcdefgh abcd") }), several);
    expect([delivery.body.bytes.toString(), [...found].sort()]).toEqual(["[redacted] [redacted]", ["secret of a", "secret of b"]]);
  });

  it("that is too short to be told from other bytes is named instead", () => {
    const short = createSecretFinder([{ owner: "zoom", secret: "abc" }]);
    expect(short.tooShort).toEqual(["zoom"]);
    expect(redact(sampleDelivery({ body: body("abc") }), short).delivery.body.bytes.toString()).toBe("abc");
  });

  it("is found in any text around it, and nothing else changes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (before, behind) => {
        const { delivery } = redacted({ body: body(Buffer.concat([before, Buffer.from(CANARY), behind])) });
        expect(delivery.body.bytes).toEqual(Buffer.concat([before, Buffer.from("[redacted]"), behind]));
      }),
    );
  });

  it("leaves JSON behind", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const { delivery } = redacted({ body: body(JSON.stringify({ value, [text + CANARY]: [`${text}${CANARY}${text}`] })) });
        expect(JSON.parse(delivery.body.bytes.toString())).toEqual(
          JSON.parse(JSON.stringify({ value, [`${text}[redacted]`]: [`${text}[redacted]${text}`] })),
        );
      }),
    );
  });
});

describe("a body that loses something", () => {
  it("gets the length that it then has", () => {
    const bytes = `{"a":"${CANARY}"}`;
    const { delivery, bodyChanged } = redacted({ headers: ["content-length", String(Buffer.byteLength(bytes))], body: body(bytes) });
    expect(delivery.body.bytes.toString()).toBe('{"a":"[redacted]"}');
    expect([firstHeader(delivery.headers, "Content-Length"), delivery.body.total, bodyChanged]).toEqual(["18", 18, true]);
  });

  it("is the only one that changes: without a secret the very same bytes come back", () => {
    const sample = sampleDelivery({ body: body('{"token":"any", "n": 1.0}'), headers: ["Cookie", "a=b"] });
    const { delivery, bodyChanged } = redact(sample, finder);
    expect(delivery.body).toBe(sample.body);
    expect(bodyChanged).toBe(false);
  });

  it("that cannot be searched whole goes as a whole", () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024));
    const { delivery } = redacted({ headers: ["Content-Encoding", "gzip"], body: body(bomb) });
    expect(delivery.body.bytes.toString()).toBe("[redacted]");
  });

  it("says gzip and is none: it is searched as it is", () => {
    expect(redacted({ headers: ["Content-Encoding", "gzip"], body: body(`x${CANARY}`) }).delivery.body.bytes.toString()).toBe(
      "x[redacted]",
    );
  });
});

/** All texts of a delivery, decoded as a reader could. */
function everything(delivery: Delivery): string {
  const texts: string[] = [];
  const add = (text: string | undefined): void => {
    if (text === undefined) return;
    const bytes = Buffer.from(text, "latin1").toString("utf8");
    const unescaped = bytes.replace(/\\u([0-9a-f]{4})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const percentDecoded = Buffer.from(
      text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      "latin1",
    ).toString("utf8");
    texts.push(text, bytes, unescaped, unescaped.replaceAll("\\/", "/"), percentDecoded, Buffer.from(text, "base64").toString("utf8"));
  };
  const addBody = (bytes: Buffer, headers: readonly string[]): void => {
    const coding = headers[0]?.toLowerCase() === "content-encoding" ? headers[1]?.toLowerCase() : undefined;
    add(bytes.toString("latin1"));
    // the samples are small: what was compressed is told by the delivery they came from
    if (coding !== undefined && bytes.toString() !== "[redacted]") add(utf8(CANARY));
  };
  const { headers, attempts } = delivery;
  addBody(delivery.body.bytes, headers);
  for (const text of [delivery.target, ...headers, delivery.event && utf8(delivery.event), delivery.eventId, delivery.verification]) {
    add(text === delivery.verification && text !== undefined ? utf8(text) : text);
  }
  for (const { target, request, head, body: answer, error } of attempts) {
    addBody(answer.bytes, head?.headers ?? []);
    for (const text of [target, ...(request?.headers ?? []), request?.target, ...(head?.headers ?? [])]) add(text);
    add(request?.body.toString("latin1"));
    add(error && utf8(`${error.message} ${error.hint}`));
  }
  return texts.join("\n");
}
