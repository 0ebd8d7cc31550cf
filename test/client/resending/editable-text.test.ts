import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SentRequest } from "../../../client/ledger/records.ts";
import { editableText, readEditedText } from "../../../client/resending/editable-text.ts";
import { CHARACTER } from "../../rig/character.ts";

const REMARKS = ["one remark", "another"];

function request(change: Partial<SentRequest> = {}): SentRequest {
  return { method: "POST", target: "/hooks?x=1", headers: ["Host", "a", "X-B", "c"], body: Buffer.from("body"), ...change };
}

function there(sent: SentRequest): string {
  return editableText(sent, REMARKS).toString("utf8");
}

function back(text: string | Buffer) {
  return readEditedText(Buffer.from(text));
}

describe("a request as a text to edit", () => {
  it("is remarks, request line, headers, an empty line, the body and a line end", () => {
    expect(there(request())).toBe("# one remark\n# another\nPOST /hooks?x=1 HTTP/1.1\nHost: a\nX-B: c\n\nbody\n");
  });

  it("ends all its lines as those of the body end", () => {
    expect(there(request({ headers: [], body: Buffer.from("a\r\nb\r\n") }))).toBe(
      "# one remark\r\n# another\r\nPOST /hooks?x=1 HTTP/1.1\r\n\r\na\r\nb\r\n\r\n",
    );
  });

  it.each([
    ["bytes that are no UTF-8", Buffer.from([0x61, 0xff])],
    ["control characters", Buffer.from("a\u0000b")],
    ["escape sequences", Buffer.from("\u001b[2Jb")],
    ["line ends of two kinds", Buffer.from("a\r\nb\nc")],
    ["a carriage return alone", Buffer.from("a\rb")],
  ])("holds %s in Base64", (_, body) => {
    const text = there(request({ body }));
    expect(text).toContain("\n@body base64\nPOST ");
    expect(text).toContain(`\n\n${body.toString("base64")}\n`);
  });

  it("breaks long Base64 into lines", () => {
    const text = there(request({ body: Buffer.alloc(1000, 0xff) }));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBe(76);
  });

  it("comes back as it was, whatever its bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.string({ unit: CHARACTER, maxLength: 60 }).map((text) => Buffer.from(text)),
      fc
        .array(fc.constantFrom("a", "\n", "\r\n", "\r", "# b", "@body base64", "\ufeff", "é", "POST / HTTP/1.1", ""), { maxLength: 9 })
        .map((parts) => Buffer.from(parts.join(""))),
    );
    // as parsers give them: without space around
    const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]*$/).map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
    const name = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    const headers = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => pairs.flat());
    const target = fc.stringMatching(/^\/[\x21-\x7e\x80-\xff]*$/);
    fc.assert(
      fc.property(fc.record({ method: name, target, headers, body: bytes }), (sent) => {
        expect(back(editableText(sent, REMARKS))).toEqual({ kind: "request", request: sent });
      }),
    );
  });
});

describe("an edited text", () => {
  it("may have lost its last line ends and its remarks", () => {
    expect(back("POST / HTTP/1.1\nX-A: b\n\nbody")).toEqual({
      kind: "request",
      request: { method: "POST", target: "/", headers: ["X-A", "b"], body: Buffer.from("body") },
    });
    for (const text of ["POST / HTTP/1.1", "POST  /  HTTP/1.1 \n", "\ufeff# remark\n\nPOST / HTTP/1.0\r\n\r\n"]) {
      expect(back(text)).toEqual({ kind: "request", request: { method: "POST", target: "/", headers: [], body: Buffer.alloc(0) } });
    }
  });

  it("takes space around a value away, and a value may be empty", () => {
    expect(back("POST / HTTP/1.1\nX-A: \t b \nX-C:\n\n")).toMatchObject({ request: { headers: ["X-A", "b", "X-C", ""] } });
  });

  it("stands for bytes up to ÿ, and for UTF-8 beyond, whatever the editor writes", () => {
    const header = (bytes: Buffer): unknown => {
      const edited = back(Buffer.concat([Buffer.from("POST / HTTP/1.1\nX-A: "), bytes, Buffer.from("\n\n")]));
      return edited.kind === "request" ? edited.request.headers[1] : edited;
    };
    expect(header(Buffer.from("é"))).toBe("\u00e9");
    expect(header(Buffer.from([0xe9]))).toBe("\u00e9");
    expect(header(Buffer.from("é €"))).toBe(Buffer.from("é €").toString("latin1"));
  });

  it("may hold its Base64 in any lines, or become a text", () => {
    expect(back("@body base64\nPOST / HTTP/1.1\n\nYm\r\n 9k\nZQ==\n\n")).toMatchObject({ kind: "fault", line: 5 });
    expect(back("@body base64\nPOST / HTTP/1.1\n\nYm\r\n9k\nZQ==\n\n")).toMatchObject({ request: { body: Buffer.from("bode") } });
    expect(back("POST / HTTP/1.1\n\nYm9k\n")).toMatchObject({ request: { body: Buffer.from("Ym9k") } });
  });

  it.each([
    ["# remark\nnothing else", 2],
    ["# remark only", 1],
    ["POST\n\n", 1],
    ["PO:ST /\n\n", 1],
    ["POST /a b HTTP/1.1\n\n", 1],
    ["POST /a\n\n", 1],
    ["POST /a HTTP/2\n\n", 1],
    ["POST /é HTTP/1.1\nX: 1\nno header\n\n", 3],
    ["POST / HTTP/1.1\n: x\n\n", 2],
    ["POST / HTTP/1.1\nX A: x\n\n", 2],
    ["POST / HTTP/1.1\nX: 1\n folded\n\n", 3],
    ["POST / HTTP/1.1\nX: a\u0000b\n\n", 2],
    ["POST / HTTP/1.1\n# remark\n\n", 2],
    ["@body base64\nPOST / HTTP/1.1\n\nYm9k\nY*==\n", 5],
    ["@body base64\nPOST / HTTP/1.1\n\nYm9\n", 4],
    ["@body base64\nPOST / HTTP/1.1\n\nY===\n", 4],
    ["@body gzip\nPOST / HTTP/1.1\n\n", 1],
  ])("%j is not right in line %i", (text, line) => {
    expect(back(text)).toEqual({ kind: "fault", line, why: expect.stringMatching(/\S/) as string });
  });
});
