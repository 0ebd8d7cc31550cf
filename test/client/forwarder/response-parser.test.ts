import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWithNode, readWithOurs, type Reading } from "./parse-answer.ts";

const CRLF = "\r\n";

type Malformed = { readonly kind: string; readonly bytes: string };

const KIB64 = 65_536;
const LITERAL = JSON.parse(readFileSync(new URL("../../corpora/malformed-answers.json", import.meta.url), "utf8")) as readonly Malformed[];
const GENERATED: readonly Malformed[] = [
  { kind: "a head of 64 KiB and a byte", bytes: `${headOfBytes(KIB64 + 1)}ok` },
  { kind: "a head that never ends", bytes: `HTTP/1.1 200 OK${CRLF}A: ${"b".repeat(KIB64)}` },
  {
    kind: "17 interim answers",
    bytes: `${`HTTP/1.1 102 Processing${CRLF}${CRLF}`.repeat(17)}HTTP/1.1 200 OK${CRLF}Content-Length: 2${CRLF}${CRLF}ok`,
  },
  { kind: "1,001 headers", bytes: `HTTP/1.1 200 OK${CRLF}${`A: b${CRLF}`.repeat(1_000)}Content-Length: 2${CRLF}${CRLF}ok` },
  { kind: "a chunk-size line without end", bytes: `HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}2;${"x".repeat(9_000)}` },
  {
    kind: "trailers without end",
    bytes: `HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}0${CRLF}${`A: ${"b".repeat(1_000)}${CRLF}`.repeat(9)}`,
  },
];

/** A head with a length of 2 that is exactly so many bytes long, without its empty line. */
function headOfBytes(bytes: number): string {
  const begin = `HTTP/1.1 200 OK${CRLF}Content-Length: 2${CRLF}A: `;
  return `${begin}${"b".repeat(bytes - begin.length)}${CRLF}${CRLF}`;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function splitAt(bytes: Buffer, at: number): readonly Buffer[] {
  return [bytes.subarray(0, at), bytes.subarray(at)].filter((piece) => piece.length > 0);
}

/** In two pieces, cut at every offset (at 400 of them where it is long), and byte by byte. */
function everyCut(bytes: Buffer): readonly (readonly Buffer[])[] {
  const step = Math.max(1, Math.floor(bytes.length / 400));
  const cuttings: (readonly Buffer[])[] = [];
  for (let at = 1; at < bytes.length; at += step) cuttings.push(splitAt(bytes, at));
  if (bytes.length < 4_096) cuttings.push(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
  return cuttings;
}

/** Ours in every cut and byte by byte: the readings agree, but for the bytes beyond that a piece brings. */
function readInEveryCut(bytes: Buffer, asked: { readonly method?: string; readonly upgrade?: boolean } = {}): Reading {
  const atOnce = readWithOurs([bytes], asked);
  for (const pieces of everyCut(bytes)) expect(readWithOurs(pieces, asked), `first piece: ${pieces[0]?.length} bytes`).toEqual(atOnce);
  return atOnce;
}

describe("an answer that is not HTTP/1.1", () => {
  test.each([...LITERAL, ...GENERATED])("$kind is malformed in every cut, and says so without repeating it", ({ bytes }) => {
    const reading = readWithOurs([latin1(bytes)]);
    expect(reading.kind).toBe("malformed");
    const message = reading.kind === "malformed" ? reading.message : "";
    expect(message).toMatch(/^[a-z][\x20-\x7e]{15,120}$/i);
    for (const pieces of everyCut(latin1(bytes)))
      expect(readWithOurs(pieces).kind, `first piece: ${pieces[0]?.length} bytes`).toBe("malformed");
  });

  test("a head of 64 KiB, 16 interim answers and 1,000 headers are still taken", () => {
    const full = readInEveryCut(latin1(`${headOfBytes(KIB64)}ok`));
    expect(full).toMatchObject({ kind: "whole", body: "ok" });
    for (let at = KIB64 - 3; at <= KIB64 + 4; at++) {
      expect(readWithOurs(splitAt(latin1(`${headOfBytes(KIB64)}ok`), at)), `cut at ${at}`).toEqual(full);
    }
    const interim = `HTTP/1.1 102 Processing${CRLF}${CRLF}`.repeat(16);
    expect(readWithOurs([latin1(`${interim}${okWithLength("ok")}`)])).toMatchObject({ kind: "whole", body: "ok" });
    const many = `HTTP/1.1 200 OK${CRLF}${`A: b${CRLF}`.repeat(999)}Content-Length: 2${CRLF}${CRLF}ok`;
    expect(readWithOurs([latin1(many)])).toMatchObject({ kind: "whole", body: "ok" });
  });

  test("an answer that stops early is cut, not whole", () => {
    for (const text of [
      "",
      "HTTP/1.1 200",
      okWithLength("ok").slice(0, -1),
      `HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}2${CRLF}ok${CRLF}0${CRLF}`,
    ]) {
      expect(readInEveryCut(latin1(text)).kind).toBe("cut");
    }
  });
});

function okWithLength(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK${CRLF}${headers}Content-Length: ${body.length}${CRLF}${CRLF}${body}`;
}

describe("an answer in any pieces", () => {
  test("keeps its header lines: case, order, duplicates, latin1, empty values", () => {
    const headers = `x-ONE: 1${CRLF}Set-Cookie: a=1${CRLF}set-cookie:b=2${CRLF}X-Latin: caf\xe9 \xff${CRLF}Empty:${CRLF}Padded: \t a  b \t${CRLF}`;
    expect(readInEveryCut(latin1(okWithLength("body", headers)))).toMatchObject({
      kind: "whole",
      head: {
        status: 200,
        reason: "OK",
        headers: [
          "x-ONE",
          "1",
          "Set-Cookie",
          "a=1",
          "set-cookie",
          "b=2",
          "X-Latin",
          "caf\xe9 \xff",
          "Empty",
          "",
          "Padded",
          "a  b",
          "Content-Length",
          "4",
        ],
      },
      body: "body",
      reusable: true,
    });
  });

  test("may lack its reason phrase, or have one in latin1", () => {
    for (const [line, reason] of [
      ["HTTP/1.1 200", ""],
      ["HTTP/1.1 200 ", ""],
      ["HTTP/1.1 299 d\xe9j\xe0 vu", "d\xe9j\xe0 vu"],
    ] as const) {
      expect(readInEveryCut(latin1(`${line}${CRLF}Content-Length: 0${CRLF}${CRLF}`))).toMatchObject({ kind: "whole", head: { reason } });
    }
  });

  test("is read through chunks, extensions and trailers", () => {
    const text = `HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}Trailer: X-Sum${CRLF}${CRLF}5;a=b${CRLF}hello${CRLF}1${CRLF} ${CRLF}5${CRLF}world${CRLF}0${CRLF}X-Sum: 1${CRLF}${CRLF}`;
    expect(readInEveryCut(latin1(text))).toMatchObject({ kind: "whole", body: "hello world", reusable: true });
  });

  test("without a length lasts until the app closes, and nothing comes after it", () => {
    expect(readInEveryCut(latin1(`HTTP/1.1 200 OK${CRLF}${CRLF}all of\r\n\r\nthis`))).toMatchObject({
      kind: "whole",
      body: "all of\r\n\r\nthis",
      reusable: false,
    });
  });

  test.each([
    ["HEAD", `HTTP/1.1 200 OK${CRLF}Content-Length: 5${CRLF}${CRLF}`],
    ["HEAD", `HTTP/1.1 200 OK${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}`],
    ["POST", `HTTP/1.1 204 No Content${CRLF}Content-Length: 5${CRLF}${CRLF}`],
    ["POST", `HTTP/1.1 204 No Content${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}`],
    ["GET", `HTTP/1.1 304 Not Modified${CRLF}Content-Length: 5${CRLF}${CRLF}`],
  ])("to %s has no body even if one is announced, and its connection is not used again: %j", (method, head) => {
    expect(readInEveryCut(latin1(head), { method })).toMatchObject({ kind: "whole", body: "", beyond: "", reusable: false });
    expect(readWithOurs([latin1(`${head}hello`)], { method })).toMatchObject({ kind: "whole", body: "", beyond: "hello", reusable: false });
  });

  test("204 without a body leaves the connection open", () => {
    expect(readWithOurs([latin1(`HTTP/1.1 204 No Content${CRLF}${CRLF}`)])).toMatchObject({ kind: "whole", body: "", reusable: true });
  });

  test("gives interim answers on, except 100", () => {
    const text = `HTTP/1.1 100 Continue${CRLF}${CRLF}HTTP/1.1 103 Early Hints${CRLF}Link: </a>${CRLF}${CRLF}HTTP/1.1 102 Processing${CRLF}${CRLF}${okWithLength("ok")}`;
    expect(readInEveryCut(latin1(text))).toMatchObject({
      kind: "whole",
      body: "ok",
      interim: [
        { status: 103, headers: ["Link", "</a>"] },
        { status: 102, headers: [] },
      ],
    });
  });

  test("gives back what stands behind it", () => {
    const two = latin1(`${okWithLength("one")}${okWithLength("two")}`);
    expect(readInEveryCut(two)).toMatchObject({ kind: "whole", body: "one", beyond: okWithLength("two") });
  });

  test("switches to raw bytes on a 101 that was asked for", () => {
    const text = `HTTP/1.1 101 Switching Protocols${CRLF}Upgrade: websocket${CRLF}Connection: Upgrade${CRLF}${CRLF}\x81\x00raw`;
    expect(readInEveryCut(latin1(text), { method: "GET", upgrade: true })).toMatchObject({ kind: "upgraded", head: { status: 101 } });
  });

  test.each([
    ["HTTP/1.1", "", true],
    ["HTTP/1.1", "Connection: close\r\n", false],
    ["HTTP/1.1", "Connection: Keep-Alive\r\nconnection: x, CLOSE\r\n", false],
    ["HTTP/1.0", "", false],
    ["HTTP/1.0", "Connection: keep-alive\r\n", true],
    ["HTTP/1.0", "Connection: keep-alive, close\r\n", false],
  ])("%s with %j: connection used again: %j", (version, headers, reusable) => {
    expect(readWithOurs([latin1(`${version} 200 OK${CRLF}${headers}Content-Length: 0${CRLF}${CRLF}`)])).toMatchObject({ reusable });
  });
});

// compared with a reader that we did not write

const token = fc
  .stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/)
  .filter((name) => !/^(?:content-length|transfer-encoding|connection|keep-alive|upgrade|proxy-connection)$/i.test(name));
const valueText = fc.string({
  unit: fc.constantFrom("a", "B", "7", " ", "\t", ":", ";", "=", ",", '"', "\\", "\x21", "\x7e", "\x80", "\xe9", "\xff"),
  maxLength: 20,
});
const headerLine = fc
  .tuple(token, fc.constantFrom("", " ", "\t", "  "), valueText)
  .map(([name, space, value]) => `${name}:${space}${value}${CRLF}`);
const bodyText = fc.string({ unit: fc.constantFrom("a", "\r", "\n", "0", "\x00", "\xff", "HTTP/1.1 200 OK\r\n\r\n"), maxLength: 40 });

function chunkedBody(body: string, sizes: readonly number[], hex: (size: number) => string): string {
  let text = "";
  let at = 0;
  for (const size of [...sizes, body.length]) {
    const part = body.slice(at, at + size);
    at += part.length;
    if (part.length > 0) text += `${hex(part.length)}${CRLF}${part}${CRLF}`;
  }
  return `${text}0${CRLF}`;
}

const validAnswer = fc
  .record({
    version: fc.constantFrom("1.1", "1.1", "1.0"),
    status: fc.oneof(fc.constantFrom(200, 201, 204, 302, 304, 404, 500), fc.integer({ min: 200, max: 999 })),
    reason: fc.constantFrom(" OK", " ", "", " Not here", " d\xe9j\xe0 \xff"),
    before: fc.array(headerLine, { maxLength: 4 }),
    after: fc.array(headerLine, { maxLength: 2 }),
    framing: fc.constantFrom("length", "chunked", "close"),
    connection: fc.constantFrom("", "Connection: close\r\n", "Connection: keep-alive\r\n"),
    body: bodyText,
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
    upper: fc.boolean(),
    extension: fc.constantFrom("", ";a", ";a=b", ';a="b c"'),
    trailers: fc.array(headerLine, { maxLength: 2 }),
    interim: fc.array(fc.constantFrom(`HTTP/1.1 102 Processing${CRLF}${CRLF}`, `HTTP/1.1 103 Early Hints${CRLF}Link: </x>${CRLF}${CRLF}`), {
      maxLength: 2,
    }),
    method: fc.constantFrom("POST", "GET", "HEAD"),
  })
  .map((parts) => {
    const bodyless = parts.method === "HEAD" || parts.status === 204 || parts.status === 304;
    const framing = parts.version === "1.0" && parts.framing === "chunked" ? "length" : parts.framing;
    const hex = (size: number): string => (parts.upper ? size.toString(16).toUpperCase() : size.toString(16)) + parts.extension;
    const framed = {
      length: parts.body,
      close: parts.body,
      chunked: `${chunkedBody(parts.body, parts.sizes, hex)}${parts.trailers.join("")}${CRLF}`,
    }[framing];
    const line = { length: `Content-Length: ${parts.body.length}${CRLF}`, close: "", chunked: `Transfer-Encoding: chunked${CRLF}` }[
      framing
    ];
    const head = `HTTP/${parts.version} ${parts.status}${parts.reason}${CRLF}${parts.before.join("")}${line}${parts.connection}${parts.after.join("")}${CRLF}`;
    return { method: parts.method, bytes: latin1(`${parts.interim.join("")}${head}${bodyless ? "" : framed}`) };
  });

const cuts = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 12 });

function inPieces(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) break;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  if (at < bytes.length) pieces.push(bytes.subarray(at));
  return pieces;
}

/** What both readers tell; 100 stays with us. */
function comparable(reading: Reading): unknown {
  if (reading.kind !== "whole") return { kind: reading.kind };
  return { kind: "whole", head: reading.head, body: reading.body, interim: reading.interim.filter(({ status }) => status !== 100) };
}

describe("compared with Node's own HTTP client", () => {
  test("every valid answer reads the same, in any pieces", { timeout: 20_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(validAnswer, cuts, async ({ method, bytes }, sizes) => {
        const pieces = inPieces(bytes, sizes);
        const ours = readWithOurs(pieces, { method });
        expect(ours.kind).toBe("whole");
        expect(comparable(ours)).toEqual(comparable(await readWithNode(pieces, { method })));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a damaged answer that we take, Node takes too, with the same body", { timeout: 20_000 }, async () => {
    const damage = fc.record({
      at: fc.nat(),
      how: fc.constantFrom("replace", "insert", "delete", "double"),
      piece: fc.constantFrom(
        "\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "\x00",
        ":",
        ";",
        "0",
        "9",
        "a",
        "\xff",
        "\x7f",
        ",",
        "-",
        "+",
        "chunked",
        "Content-Length: 3\r\n",
        "\r\nTransfer-Encoding: chunked",
      ),
    });
    let taken = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(validAnswer, fc.array(damage, { minLength: 1, maxLength: 3 }), cuts, async ({ method, bytes }, damages, sizes) => {
        let text = bytes.toString("latin1");
        for (const { at, how, piece } of damages) {
          const place = at % (text.length + 1);
          if (how === "replace") text = text.slice(0, place) + piece + text.slice(place + piece.length);
          if (how === "insert") text = text.slice(0, place) + piece + text.slice(place);
          if (how === "delete") text = text.slice(0, place) + text.slice(place + 1);
          if (how === "double") text = text.slice(0, place) + text.slice(Math.max(0, place - 8));
        }
        const ours = readWithOurs(inPieces(latin1(text), sizes), { method });
        if (ours.kind !== "whole") {
          refused += 1;
          return;
        }
        taken += 1;
        // what stands behind the answer ends the connection here; Node calls it an error of the answer
        const pieces = inPieces(latin1(text.slice(0, text.length - ours.beyond.length)), sizes);
        expect({ text, reading: comparable(await readWithNode(pieces, { method })) }).toEqual({ text, reading: comparable(ours) });
      }),
      { numRuns: 4_000 },
    );
    // both halves of the test have been at work
    expect(taken).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(300);
  });
});
