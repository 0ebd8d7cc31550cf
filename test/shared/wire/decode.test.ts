import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeToClient, decodeToRelay } from "../../../shared/wire/decode.ts";
import * as encode from "../../../shared/wire/encode.ts";
import type { FrameToClient, FrameToRelay } from "../../../shared/wire/frames.ts";
import { ProtocolError } from "../../../shared/wire/protocol-error.ts";

/** Bytes from hexadecimal, blanks and line ends between them. */
function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex");
}

/** Hexadecimal of a text. */
function ascii(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

function toClient(message: Buffer): readonly FrameToClient[] {
  const frames: FrameToClient[] = [];
  decodeToClient(message, (decoded) => frames.push(decoded));
  return frames;
}

function toRelay(message: Buffer): readonly FrameToRelay[] {
  const frames: FrameToRelay[] = [];
  decodeToRelay(message, (decoded) => frames.push(decoded));
  return frames;
}

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.fault} ${error.closeCode}`;
    throw error;
  }
  return "no fault";
}

const ID = "01980000-0001-7abc-8def-0123456789ab";
const REQUEST = hex(`
  10 00000007 00000059
  0198000000017abc8def0123456789ab  01980000abcd  05
  04 ${ascii("POST")}  0006 ${ascii("/h?q=\xff")}  04 ${ascii("/app")}
  0007 ${ascii("1.2.3.4")}  0006 ${ascii("a.test")}
  0003  0004 ${ascii("Host")} 0006 ${ascii("a.test")}  0001 ${ascii("X")} 0000  0001 ${ascii("x")} 0002 ${ascii("\xe9\t")}
  00ff0d`);
const RESPONSE = hex(
  `11 00000007 00000017  00c9 03  0007 ${ascii("Created")}  0001 0001 ${ascii("A")} 0002 ${ascii("b\xfc")} ${ascii("ok")}`,
);
const INFORMATION = hex(`12 00000007 0000000d  0067  0001 0004 ${ascii("Link")} 0001 ${ascii("l")}`);
const DATA = hex("13 00000001 00000003 00ff41");
const END = hex("14 ffffffff 00000000");
const RESET = hex(`15 00000002 00000005 03 ${Buffer.from("öh!").toString("hex")}`);
const CREDIT = hex("16 00000001 00000004 00080000");
const SEEN = hex("04 00000000 00000006 0102030405ff");

const REQUEST_FRAME: FrameToClient = {
  type: "request",
  stream: 7,
  request: {
    id: ID,
    receivedAt: 0x01980000abcd,
    method: "POST",
    target: "/h?q=\xff",
    base: "/app",
    headers: ["Host", "a.test", "X", "", "x", "\xe9\t"],
    forwarded: { for: "1.2.3.4", host: "a.test", proto: "https" },
    upgrade: false,
  },
  body: Buffer.from([0, 255, 13]),
};

describe("literal bytes", () => {
  test("of a REQUEST", () => {
    expect(toClient(REQUEST)).toEqual([REQUEST_FRAME]);
    const { request, body } = REQUEST_FRAME as FrameToClient & { type: "request" };
    expect(encode.encodeRequest(7, request, body)).toEqual(REQUEST);
  });

  test("of a REQUEST without a body yet, and of one for a WebSocket", () => {
    const bare = hex(`10 00000001 0000002a 0198000000017abc8def0123456789ab 000000000000 00 03 ${ascii("GET")} 0001 2f 00 0000 0000 0000 `);
    bare.writeUInt32BE(bare.length - 9, 5);
    expect(toClient(bare)[0]).toMatchObject({
      body: undefined,
      request: { upgrade: false, base: "", headers: [], forwarded: { proto: "http", for: "", host: "" } },
    });
    bare[9 + 22] = 2;
    expect(toClient(bare)).toMatchObject([{ body: undefined, request: { upgrade: true } }]);
  });

  test("of a RESPONSE", () => {
    const head = { status: 201, reason: "Created", headers: ["A", "b\xfc"] };
    expect(toRelay(RESPONSE)[0]).toEqual({ type: "response", stream: 7, head, body: Buffer.from("ok"), madeByClient: true });
    expect(encode.encodeResponse(7, head, Buffer.from("ok"), { madeByClient: true })).toEqual(RESPONSE);
  });

  test("of INFORMATION", () => {
    const head = { status: 103, reason: "", headers: ["Link", "l"] };
    expect(toRelay(INFORMATION)).toEqual([{ type: "information", stream: 7, head }]);
    expect(encode.encodeInformation(7, head)).toEqual(INFORMATION);
  });

  test("of DATA, END, RESET and CREDIT, both ways", () => {
    for (const decode of [toClient, toRelay]) {
      expect(decode(Buffer.concat([DATA, END, RESET, CREDIT]))).toEqual([
        { type: "data", stream: 1, bytes: Buffer.from([0, 255, 65]) },
        { type: "end", stream: 0xffff_ffff },
        { type: "reset", stream: 2, code: 3, reason: "öh!" },
        { type: "credit", stream: 1, bytes: 524_288 },
      ]);
    }
    expect(Buffer.concat([encode.encodeDataHead(1, 3), Buffer.from([0, 255, 65])])).toEqual(DATA);
    expect(encode.encodeEnd(0xffff_ffff)).toEqual(END);
    expect(encode.encodeReset(2, 3, "öh!")).toEqual(RESET);
    expect(encode.encodeCredit(1, 524_288)).toEqual(CREDIT);
  });

  test("of REFUSALS_SEEN", () => {
    expect(toRelay(SEEN)).toEqual([{ type: "refusals-seen", seq: 0x0102030405ff }]);
    expect(encode.encodeRefusalsSeen(0x0102030405ff)).toEqual(SEEN);
  });

  test("of WELCOME, GOAWAY and REFUSALS", () => {
    const json = (type: number, value: unknown): Buffer => {
      const text = Buffer.from(JSON.stringify(value));
      return Buffer.concat([hex(`0${type} 00000000 ${text.length.toString(16).padStart(8, "0")}`), text]);
    };
    const welcome = { version: "1", epoch: 2, tunnel: "t", urls: ["http://a/t"], now: 3, maxBody: 4 };
    const goaway = { reason: "restart", message: "bye", retryAfterMs: 5 } as const;
    const refusals = [{ seq: 1, at: 2, method: "GET", path: "/", status: 503, reason: "client-offline" }];
    expect(toClient(json(1, { ...welcome, extra: true }))).toEqual([{ type: "welcome", welcome }]);
    expect(toClient(json(2, goaway))).toEqual([{ type: "goaway", goaway }]);
    expect(toRelay(json(2, goaway))).toEqual([{ type: "goaway", goaway }]);
    expect(toClient(json(3, refusals))).toEqual([{ type: "refusals", refusals }]);
    expect(encode.encodeWelcome(welcome)).toEqual(json(1, welcome));
    expect(encode.encodeGoAway(goaway)).toEqual(json(2, goaway));
    expect(encode.encodeRefusals(refusals)).toEqual(json(3, refusals));
    for (const wrong of [
      null,
      [],
      1,
      {},
      { ...welcome, urls: [] },
      { ...welcome, urls: ["javascript:1"] },
      { ...welcome, epoch: -1 },
      { ...welcome, now: 1.5 },
    ]) {
      expect(faultOf(() => toClient(json(1, wrong)))).toBe("frame-payload 1002");
    }
    for (const wrong of [null, {}, { ...goaway, reason: "other" }, { ...goaway, retryAfterMs: "5" }]) {
      expect(faultOf(() => toRelay(json(2, wrong)))).toBe("frame-payload 1002");
    }
    for (const wrong of [{}, [1], [null], [{ ...refusals[0], status: "503" }], Array.from({ length: 1_001 }, () => refusals[0])]) {
      expect(faultOf(() => toClient(json(3, wrong)))).toBe("frame-payload 1002");
    }
    expect(
      toClient(
        json(
          3,
          Array.from({ length: 1_000 }, () => refusals[0]),
        ),
      ),
    ).toHaveLength(1);
  });
});

describe("every prefix of a valid message", () => {
  test.each([
    { name: "REQUEST", message: REQUEST, decode: toClient },
    { name: "RESPONSE", message: RESPONSE, decode: toRelay },
    { name: "INFORMATION", message: INFORMATION, decode: toRelay },
    { name: "DATA", message: DATA, decode: toRelay },
    { name: "END", message: END, decode: toClient },
    { name: "RESET", message: RESET, decode: toRelay },
    { name: "CREDIT", message: CREDIT, decode: toClient },
    { name: "REFUSALS_SEEN", message: SEEN, decode: toRelay },
    { name: "GOAWAY", message: encode.encodeGoAway({ reason: "leaving", message: "m", retryAfterMs: 0 }), decode: toRelay },
  ])("of $name is truncated or empty, also when it says that it is whole", ({ message, decode }) => {
    expect(faultOf(() => decode(Buffer.alloc(0)))).toBe("message-empty 1002");
    for (let length = 1; length < message.length; length++) {
      expect(faultOf(() => decode(Buffer.from(message.subarray(0, length))))).toBe("frame-truncated 1002");
      expect(faultOf(() => decode(Buffer.concat([message, message.subarray(0, length)])))).toBe("frame-truncated 1002");
    }
  });

  test("whose length field is shortened to fit ends inside a field, or has a shorter body", () => {
    for (const [message, decode, bodyBytes] of [
      [REQUEST, toClient, 3],
      [RESPONSE, toRelay, 2],
      [INFORMATION, toRelay, 0],
      [SEEN, toRelay, 0],
      [CREDIT, toRelay, 0],
    ] as const) {
      for (let length = 9; length < message.length - bodyBytes; length++) {
        const cut = Buffer.from(message.subarray(0, length));
        cut.writeUInt32BE(length - 9, 5);
        expect(faultOf(() => decode(cut))).toBe("frame-payload 1002");
      }
    }
  });
});

/** A frame around `payload`, by hand. */
function frame(type: number, stream: number, payload: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  return Buffer.concat([
    hex(`${type.toString(16).padStart(2, "0")} ${stream.toString(16).padStart(8, "0")} ${bytes.length.toString(16).padStart(8, "0")}`),
    bytes,
  ]);
}

function changed(message: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(message);
  copy[at] = byte;
  return copy;
}

/** A RESPONSE payload of `status`, `flags`, `reason` and the rest as hexadecimal. */
function response(status: number, flags: number, rest: string): Buffer {
  return frame(0x11, 1, hex(status.toString(16).padStart(4, "0") + flags.toString(16).padStart(2, "0") + rest));
}

describe("a malformed frame is named", () => {
  test.each([
    { name: "unknown type 0", fault: "frame-unknown 1002", message: frame(0, 0) },
    { name: "unknown type 5", fault: "frame-unknown 1002", message: frame(5, 1) },
    { name: "unknown type 0x17", fault: "frame-unknown 1002", message: frame(0x17, 1) },
    { name: "unknown type 0xff", fault: "frame-unknown 1002", message: frame(0xff, 1) },
    { name: "WELCOME to a relay", fault: "frame-direction 1002", message: frame(1, 0, "{}") },
    { name: "REFUSALS to a relay", fault: "frame-direction 1002", message: frame(3, 0, "[]") },
    { name: "REQUEST to a relay", fault: "frame-direction 1002", message: REQUEST },
    { name: "RESPONSE on stream 0", fault: "frame-stream 1002", message: changed(RESPONSE, 4, 0) },
    { name: "DATA on stream 0", fault: "frame-stream 1002", message: frame(0x13, 0, "x") },
    { name: "END on stream 0", fault: "frame-stream 1002", message: frame(0x14, 0) },
    { name: "RESET on stream 0", fault: "frame-stream 1002", message: frame(0x15, 0, "\x01") },
    { name: "CREDIT on stream 0", fault: "frame-stream 1002", message: frame(0x16, 0, "\0\0\0\x01") },
    { name: "INFORMATION on stream 0", fault: "frame-stream 1002", message: changed(INFORMATION, 4, 0) },
    { name: "GOAWAY on a stream", fault: "frame-stream 1002", message: frame(2, 1, "{}") },
    { name: "REFUSALS_SEEN on a stream", fault: "frame-stream 1002", message: changed(SEEN, 4, 1) },
    { name: "DATA without bytes", fault: "frame-payload 1002", message: frame(0x13, 1) },
    { name: "DATA of 65,537 bytes", fault: "frame-oversized 1009", message: frame(0x13, 1, Buffer.alloc(65_537)) },
    { name: "END with a payload", fault: "frame-payload 1002", message: frame(0x14, 1, "x") },
    { name: "RESET without a code", fault: "frame-payload 1002", message: frame(0x15, 1) },
    { name: "RESET 0", fault: "frame-payload 1002", message: frame(0x15, 1, "\0") },
    { name: "RESET 6", fault: "frame-payload 1002", message: frame(0x15, 1, "\x06") },
    { name: "RESET with a reason of 1,025 bytes", fault: "frame-oversized 1009", message: frame(0x15, 1, `\x01${"x".repeat(1_025)}`) },
    { name: "CREDIT of nothing", fault: "frame-payload 1002", message: frame(0x16, 1, "\0\0\0\0") },
    { name: "CREDIT of 3 bytes", fault: "frame-payload 1002", message: frame(0x16, 1, "\0\0\x01") },
    { name: "CREDIT of 5 bytes", fault: "frame-payload 1002", message: frame(0x16, 1, "\0\0\0\0\x01") },
    { name: "REFUSALS_SEEN of 7 bytes", fault: "frame-payload 1002", message: frame(4, 0, "1234567") },
    { name: "GOAWAY that is not JSON", fault: "frame-payload 1002", message: frame(2, 0, "{") },
    { name: "GOAWAY of 786,433 bytes", fault: "frame-oversized 1009", message: frame(2, 0, " ".repeat(786_433)) },
    { name: "status 0", fault: "frame-payload 1002", message: response(0, 0, "0000 0000") },
    { name: "status 100", fault: "frame-payload 1002", message: response(100, 0, "0000 0000") },
    { name: "status 199", fault: "frame-payload 1002", message: response(199, 0, "0000 0000") },
    { name: "status 1000", fault: "frame-payload 1002", message: response(1000, 0, "0000 0000") },
    { name: "an unknown flag of RESPONSE", fault: "frame-payload 1002", message: response(200, 4, "0000 0000") },
    { name: "CR in a reason", fault: "frame-payload 1002", message: response(200, 0, "0001 0d 0000") },
    { name: "bytes after a RESPONSE whose body follows", fault: "frame-payload 1002", message: response(200, 0, "0000 0000 00") },
    { name: "1,025 headers", fault: "frame-oversized 1009", message: response(200, 0, `0000 0401 ${"0001 61 0000".repeat(1_025)}`) },
    { name: "LF in a value", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 61 0003 620a63") },
    { name: "CR in a value", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 61 0001 0d") },
    { name: "NUL in a value", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 61 0001 00") },
    { name: "DEL in a value", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 61 0001 7f") },
    { name: "an empty name", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0000 0001 61") },
    { name: "a colon in a name", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 3a 0001 61") },
    { name: "a space in a name", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 20 0001 61") },
    { name: "latin1 in a name", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 e9 0001 61") },
    { name: "a header that ends inside its value", fault: "frame-payload 1002", message: response(200, 0, "0000 0001 0001 61 0009 61") },
    {
      name: "a whole body of 262,145 bytes",
      fault: "frame-oversized 1009",
      message: response(200, 1, `0000 0000 ${"00".repeat(262_145)}`),
    },
    { name: "INFORMATION 101", fault: "frame-payload 1002", message: frame(0x12, 1, hex("0065 0000")) },
    { name: "INFORMATION 100", fault: "frame-payload 1002", message: frame(0x12, 1, hex("0064 0000")) },
    { name: "INFORMATION 200", fault: "frame-payload 1002", message: frame(0x12, 1, hex("00c8 0000")) },
    { name: "bytes after INFORMATION", fault: "frame-payload 1002", message: frame(0x12, 1, hex("0067 0000 00")) },
  ])("$name: $fault", ({ fault, message }) => {
    expect(faultOf(() => toRelay(message))).toBe(fault);
  });

  test.each([
    { name: "RESPONSE to a client", fault: "frame-direction 1002", message: RESPONSE },
    { name: "INFORMATION to a client", fault: "frame-direction 1002", message: INFORMATION },
    { name: "REFUSALS_SEEN to a client", fault: "frame-direction 1002", message: SEEN },
    { name: "REQUEST on stream 0", fault: "frame-stream 1002", message: changed(REQUEST, 4, 0) },
    { name: "WELCOME on a stream", fault: "frame-stream 1002", message: frame(1, 1, "{}") },
    { name: "an unknown flag of REQUEST", fault: "frame-payload 1002", message: changed(REQUEST, 31, 9) },
    { name: "a WebSocket with a body", fault: "frame-payload 1002", message: changed(REQUEST, 31, 3) },
    { name: "a body without its flag", fault: "frame-payload 1002", message: changed(REQUEST, 31, 4) },
    { name: "a space in the method", fault: "frame-payload 1002", message: changed(REQUEST, 34, 0x20) },
    { name: "a space in the target", fault: "frame-payload 1002", message: changed(REQUEST, 40, 0x20) },
    { name: "LF in the target", fault: "frame-payload 1002", message: changed(REQUEST, 40, 0x0a) },
    { name: "DEL in the target", fault: "frame-payload 1002", message: changed(REQUEST, 40, 0x7f) },
    { name: "CR in what was forwarded", fault: "frame-payload 1002", message: changed(REQUEST, 53, 0x0d) },
  ])("$name: $fault", ({ fault, message }) => {
    expect(faultOf(() => toClient(message))).toBe(fault);
  });

  test("the largest of each is taken", () => {
    expect(toRelay(frame(0x13, 1, Buffer.alloc(65_536)))).toHaveLength(1);
    expect(toRelay(frame(0x15, 1, `\x05${"x".repeat(1_024)}`))).toHaveLength(1);
    expect(toRelay(response(999, 1, `0000 0000 ${"00".repeat(262_144)}`))).toHaveLength(1);
    expect(toRelay(response(200, 0, `0000 0400 ${"0001 61 0000".repeat(1_024)}`))).toHaveLength(1);
    expect(toRelay(response(101, 0, "0000 0000"))).toHaveLength(1);
  });

  test("frames before it have been visited", () => {
    const seen: string[] = [];
    expect(faultOf(() => decodeToRelay(Buffer.concat([DATA, frame(0, 0)]), ({ type }) => seen.push(type)))).toBe("frame-unknown 1002");
    expect(seen).toEqual(["data"]);
  });
});

const LATIN1 = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const NAME = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_!#$%&'*+.^`|~".split("")), minLength: 1, maxLength: 20 });
const HEADERS = fc.array(fc.tuple(NAME, LATIN1), { maxLength: 20 }).map((pairs) => pairs.flat());
const BODY = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  { nil: undefined },
);
const STREAM = fc.integer({ min: 1, max: 0xffff_ffff });

/** What {@link faultOf} says of a message: anything else is thrown. */
const FAULT = /^(?:[a-z]+-[a-z]+ 100[29]|no fault)$/;

describe("any message", () => {
  test("comes back as it was encoded: requests", () => {
    const request = fc.record({
      id: fc.uuid({ version: 7 }),
      receivedAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      method: NAME,
      target: LATIN1.map((text) => `/${text.replaceAll(" ", "+")}`),
      base: fc.constantFrom("", "/app"),
      headers: HEADERS,
      forwarded: fc.record({ for: LATIN1, host: LATIN1, proto: fc.constantFrom("http" as const, "https" as const) }),
    });
    fc.assert(
      fc.property(STREAM, request, BODY, fc.boolean(), (stream, fields, body, upgrade) => {
        const whole = { ...fields, upgrade };
        const sent = upgrade ? undefined : body;
        expect(toClient(encode.encodeRequest(stream, whole, sent))).toEqual([{ type: "request", stream, request: whole, body: sent }]);
      }),
    );
  });

  test("comes back as it was encoded: answers, several in a message", () => {
    const head = fc.record({ status: fc.integer({ min: 200, max: 999 }), reason: LATIN1, headers: HEADERS });
    fc.assert(
      fc.property(fc.array(fc.tuple(STREAM, head, BODY, fc.boolean()), { minLength: 1, maxLength: 5 }), (answers) => {
        const message = Buffer.concat(
          answers.map(([stream, one, body, madeByClient]) => encode.encodeResponse(stream, one, body, { madeByClient })),
        );
        expect(toRelay(message)).toEqual(
          answers.map(([stream, one, body, madeByClient]) => ({ type: "response", stream, head: one, body, madeByClient })),
        );
      }),
    );
  });

  test("of random bytes throws nothing but a ProtocolError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const message = Buffer.from(bytes);
        expect(faultOf(() => toRelay(message))).toMatch(FAULT);
        expect(faultOf(() => toClient(message))).toMatch(FAULT);
      }),
      { numRuns: 2_000 },
    );
  });

  test("that was valid and is changed throws nothing but a ProtocolError", () => {
    const valid = [
      REQUEST,
      RESPONSE,
      INFORMATION,
      DATA,
      END,
      RESET,
      CREDIT,
      SEEN,
      encode.encodeGoAway({ reason: "leaving", message: "m", retryAfterMs: 0 }),
    ];
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...valid), { minLength: 1, maxLength: 4 }),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (parts, changes) => {
          const message = Buffer.concat(parts);
          for (const [at, byte] of changes) message[at % message.length] = byte;
          expect(faultOf(() => toRelay(message))).toMatch(FAULT);
          expect(faultOf(() => toClient(message))).toMatch(FAULT);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
