import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyTextOf, type CopyWhat } from "../../../client/export/copy-text.ts";
import type { Attempt, Delivery } from "../../../client/ledger/records.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { CHARACTER } from "../../rig/character.ts";
import { sampleAttempt, sampleDelivery } from "./deliveries.ts";

const body = (content: string | Buffer, change: Partial<Delivery["body"]> = {}): Delivery["body"] => {
  const bytes = Buffer.from(content);
  return { bytes, total: bytes.length, truncated: false, ...change };
};
const cutBody = body("1234", { total: 6, truncated: true });
const copied = (what: CopyWhat, change: Partial<Delivery> = {}): string => copyTextOf(sampleDelivery(change), what);
const answered = (change: Partial<Attempt>): Partial<Delivery> => ({
  attempts: [sampleAttempt({ body: body("older") }), sampleAttempt(change)],
});

describe("a copy that nobody could use is refused", () => {
  const { id } = sampleDelivery();

  it.each([
    ["curl", { id, body: cutBody }, "body-truncated", "har and jsonl take what there is"],
    ["curl", { id, complete: false }, "body-truncated", "har and jsonl take what there is"],
    ["body", { id, body: cutBody }, "body-truncated", "export it as har or jsonl: they take what there is"],
    ["body", { id, complete: false }, "body-truncated", "export it as har or jsonl: they take what there is"],
    ["body", { id, body: body("") }, "not-found", undefined],
    ["body", { id, body: body("\r\n\n") }, "not-found", undefined],
    ["headers", { id, headers: [] }, "not-found", undefined],
    ["answer", { id, attempts: [] }, "not-found", undefined],
    ["answer", { id, ...answered({ head: undefined, body: body("") }) }, "not-found", undefined],
    ["answer", { id, ...answered({ body: body("") }) }, "not-found", undefined],
    ["answer", { id, ...answered({ body: cutBody }) }, "body-truncated", "export it as har or jsonl: they take what there is"],
  ] as const)("%s of %j", (what, change, code, fix) => {
    expect(() => copied(what, change)).toThrow(expect.objectContaining({ name: "DevhookError", code, fix }) as Error);
  });

  it.each([
    ["every byte", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ["a picture", Buffer.from("89504e470d0a1a0a", "hex")],
    ["broken UTF-8", Buffer.from([0x61, 0xff])],
    ["an escape sequence", Buffer.from("a\u001b[201~rm -rf x\n")],
    ["what interrupts a shell", Buffer.from("a\u0003b")],
    ["a zero", Buffer.from("a\0")],
    ["a control of C1", Buffer.from("a\u009b201~")],
  ])("%s, which is not text", (_name, bytes) => {
    const fault = { code: "usage", why: expect.any(String) as string };
    expect(() => copied("body", { body: body(bytes) })).toThrow(expect.objectContaining({ ...fault, fix: "export it as raw" }) as Error);
    expect(() => copied("answer", answered({ body: body(bytes) }))).toThrow(
      expect.objectContaining({ ...fault, fix: "export it as fixture: response.body has the bytes" }) as Error,
    );
  });

  it("and says when it is compressed, in words that a terminal can show", () => {
    const headers = ["Content-Encoding", "gzip\u009b"];
    expect(() => copied("body", { headers, body: body(Buffer.from([0x1f, 0x8b])) })).toThrow(
      expect.objectContaining({ why: "it came with Content-Encoding: gzip\\x9b" }) as Error,
    );
  });

  it("and says why an answer is not there", () => {
    const error = { code: "app-refused" as const, message: "nothing listens on port 8000", hint: "" };
    expect(() => copied("answer", answered({ head: undefined, error }))).toThrow(
      expect.objectContaining({ why: "nothing listens on port 8000" }) as Error,
    );
    expect(() => copied("answer", { attempts: [] })).toThrow(expect.objectContaining({ why: "your app has not been called" }) as Error);
    expect(() => copied("answer", answered({ error }))).toThrow(expect.objectContaining({ code: "body-truncated" }) as Error);
  });
});

describe("what is copied", () => {
  it("of a body and of the newest answer is its text, without line ends behind it", () => {
    expect(copied("body", { body: body('{"a":\t"ü👩‍👧",\r\n "b":1}\r\n\n') })).toBe('{"a":\t"ü👩‍👧",\r\n "b":1}');
    expect(copied("answer", answered({ body: body("newest\n") }))).toBe("newest");
  });

  it("of a text in another charset is the text", () => {
    const headers = ["Content-Type", "text/plain; charset=ISO-8859-1"];
    expect(copied("body", { headers, body: body(Buffer.from("gr\u00fc\u00df", "latin1")) })).toBe("grüß");
  });

  it("of a body that is all line ends but one letter is found at once", () => {
    const text = `${"\n".repeat(5_000_000)}x`;
    expect(copied("body", { body: body(text) })).toBe(text);
  });

  it("of headers is one line for each, as they came", () => {
    const headers = [
      "Host",
      "x",
      "X-Twice",
      "a",
      "x-twice",
      "b",
      "Empty",
      "",
      "Latin",
      "gr\u00fc\u00df",
      "Utf8",
      "gr\u00c3\u00bc\u00c3\u009f",
    ];
    expect(copied("headers", { headers })).toBe("Host: x\nX-Twice: a\nx-twice: b\nEmpty: \nLatin: grüß\nUtf8: grüß");
    expect(copied("headers", { headers: ["A", "x\r\nrm: y\u001b[201~", "B", "\u009b"] })).toBe("A: x␍␊rm: y␛[201~\nB: \\x9b");
  });

  it("of the URL and the path is what the sender called, in printable ASCII", () => {
    const delivery = { target: "/a//b%zz|\u00fc?x=1&y={2}", path: "/a//b%zz|\u00fc" };
    expect(copied("url", delivery)).toBe("https://relay.example/shop/a//b%zz|%FC?x=1&y={2}");
    expect(copied("path", delivery)).toBe("/a//b%zz|%FC");
    expect(copied("path", { path: "/a\nb \u001b" })).toBe("/a%0Ab%20%1B");
    expect(copied("id", { id: "0193a1b2-0000-7000-8000-0000000000a1" })).toBe("0193a1b2-0000-7000-8000-0000000000a1");
  });

  it("of a request is the command that sends it, with its credentials", () => {
    const text = copied("curl", { headers: ["Host", "x", "Authorization", "Bearer canary"], target: "/h?token=canary" });
    expect(text).toContain("--header 'Authorization: Bearer canary'");
    expect(text).toMatch(/[^\n]$/);
  });
});

/** Text that a sender could choose, with what shells act on. */
const hostile = fc
  .array(
    fc.constantFrom(
      "'",
      '"',
      "`",
      "$(",
      ")",
      ";",
      "&",
      "|",
      "\\",
      "!",
      "#",
      "%",
      " ",
      "touch x",
      "\u001b[201~",
      "\u00ff",
      "a",
      "{",
      "}",
      "*",
      "-d @x",
    ),
  )
  .map((parts) => parts.join(""));

/** A body as it is copied, or what is said in its place. */
function bodyOrFault(content: string): string {
  try {
    return copied("body", { body: body(content) });
  } catch (error) {
    if (error instanceof DevhookError) return error.message;
    throw error;
  }
}

describe("pasted into a shell", () => {
  it.each(["id", "url", "path"] as const)("%s is one line, which waits", (what) => {
    fc.assert(
      fc.property(fc.string({ unit: CHARACTER }), hostile, (any, text) => {
        for (const path of [any, text]) expect(copied(what, { target: `/${path}`, path: `/${path}` })).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });

  it("headers and bodies hold nothing that a terminal or a shell acts on but line ends, and none at the end", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", minLength: 1 }), hostile, (any, text) => {
        expect(copied("headers", { headers: ["A", any, "B", text] })).toMatch(/^A: [^\p{Cc}]*\nB: [^\p{Cc}]*$/u);
        expect(bodyOrFault(any + text)).toMatch(/^(?:[^\p{Cc}]|[\t\r\n])*[^\r\n]$/u);
      }),
    );
  });

  it("the command runs curl, once, and nothing else", () => {
    fc.assert(
      fc.property(hostile, hostile, (header, text) => {
        const command = copied("curl", { headers: ["A", header], target: `/${text.replaceAll(" ", "")}`, body: body(text), attempts: [] });
        expect(command).toMatch(/^[\n\x20-\x7e]+$/);
        // no other program can be found: what is not built in fails, and says so
        const script = `PATH=\ncurl() { printf ran; }\n${command}\n`;
        expect(execFileSync("/bin/sh", ["-s"], { input: script, stdio: ["pipe", "pipe", "pipe"] }).toString()).toBe("ran");
      }),
      { numRuns: 60 },
    );
  });
});
