import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BodyLine } from "../../../client/inspect/bodies/body-lines.ts";
import { decodeText } from "../../../client/inspect/bodies/decode-text.ts";
import type { BodyView } from "../../../client/inspect/body-view.ts";
import { hostileIn } from "./hostile.ts";
import { shown, shownLines, styles, view } from "./shown.ts";

const FORM = "application/x-www-form-urlencoded";
const MULTIPART = 'multipart/form-data; boundary="x y"';

/** One megabyte of a text, cut. */
function megabyte(text: string): string {
  return text.repeat(Math.ceil(1_048_576 / text.length)).slice(0, 1_048_576);
}

function isSafe(lines: readonly BodyLine[]): boolean {
  return lines.every(({ segments }) => segments.every(({ text }) => hostileIn(text).length === 0));
}

describe("an empty body", () => {
  it("has a type and no lines", () => {
    const body = view("application/json", "");
    expect([body.kind, body.facts, body.total(), shownLines(body)]).toEqual(["empty", ["application/json", "0B"], 0, []]);
    expect([body.find("a", 0, 1), body.lineOf(0)]).toEqual([[], 0]);
  });
});

describe("a text", () => {
  it("stands as it is, line by line, with LF and CRLF; a last one begins no line", () => {
    const body = view("text/plain", "a\r\n\n\tb\nc\rd\n");
    expect([body.kind, body.total()]).toEqual(["text", 4]);
    expect(shownLines(body)).toEqual(["a", "", "    b", "c␍d"]);
    expect(styles(body, 3)).toEqual(["plain:c", "escape:␍", "plain:d"]);
    expect(view("text/plain", "\n").total()).toBe(1);
  });

  it("is cut at the right, and shown from further right", () => {
    const body = view("text/plain", "0123456789\nab\u202ecd\n😀😀");
    expect(shownLines(body, { width: 4 })).toEqual(["0123…", "ab\\u…", "😀😀"]);
    expect(shownLines(body, { width: 4, skip: 7 })).toEqual(["789", "ecd", ""]);
    expect(shownLines(body, { width: 3 })).toEqual(["012…", "ab\\…", "😀…"]);
    // half of a character is never shown
    expect(shownLines(body, { width: 3, skip: 1 })[2]).toBe("😀");
    expect(shownLines(body, { width: 0 })).toEqual(["…", "…", "…"]);
  });

  it.each([
    ["utf-8", Buffer.from("grüß"), "grüß", "utf-8"],
    ["UTF8", Buffer.from("ü"), "ü", "utf-8"],
    ["iso-8859-1", Buffer.from("gr\u00fc\u00df\u0080", "latin1"), "grüß\\x80", "iso-8859-1"],
    ["windows-1252", Buffer.from([0x80]), "€", "windows-1252"],
    ["utf-16", Buffer.from("aü", "utf16le"), "aü", "utf-16le"],
    ["utf-16be", Buffer.from([0, 0x61, 0, 0xfc]), "aü", "utf-16be"],
    ["shift_jis", Buffer.from([0x93, 0xfa]), "日", "shift_jis"],
    ["nonsense\u001b", Buffer.from("ü"), "ü", "utf-8"],
    ["us-ascii", Buffer.from([0xef, 0xbb, 0xbf, 0x61]), "a", "utf-8 with byte order mark"],
    ["utf-8", Buffer.from([0xff, 0xfe, 0x61, 0]), "a", "utf-16le with byte order mark"],
  ])("is read in the charset of its header or its mark: %s", (charset, bytes, text, fact) => {
    const body = view(`text/plain; charset="${charset}"`, bytes);
    expect([body.kind, shown(body), body.facts[2]]).toEqual(["text", text, fact]);
  });

  it("shows each byte that is not its charset, and counts them", () => {
    const bytes = Buffer.concat([
      Buffer.from("long enough to be taken for text, which is what the header says: ü€😀 "),
      Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xe2, 0x82]),
    ]);
    const body = view("text/plain", bytes);
    expect([shown(body), body.notes]).toEqual([
      "long enough to be taken for text, which is what the header says: ü€😀 \\xff\\xc0\\x80\\xed\\xa0\\x80\\xe2\\x82",
      ["8 bytes are not utf-8"],
    ]);
    // the end may be missing: a character that is only begun is no fault then
    expect(view("text/plain", Buffer.from("abc €").subarray(0, -1), { truncated: true })).toMatchObject({ kind: "text", notes: [] });
    expect(shown(view(undefined, Buffer.from("abc 😀").subarray(0, -1), { truncated: true }))).toBe("abc ");
  });

  it("keeps a replacement character that was really sent, and counts nothing as broken", () => {
    expect(decodeText(Buffer.from("A\ufffdB"), "utf-8", { isCut: false })).toMatchObject({ broken: 0, text: "A\ufffdB" });
  });

  it("reads UTF-8 as others do, byte for byte", () => {
    const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc2, 0xe2, 0x82, 0xac, 0xed, 0xf0, 0x9f, 0xf4, 0x90)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(bytes, (list) => {
        const some = Buffer.from(list);
        // a mark would be left out
        fc.pre(![0xef, 0xff, 0xfe].includes(some[0] ?? 0));
        // a replacement character that was really sent is text, and could not be told from one of the decoder's own below
        fc.pre(!some.includes("\ufffd"));
        const { broken, text } = decodeText(some, "utf-8", { isCut: false });
        // what is broken stands for itself, so the bytes can be put together again
        const back = Array.from(text, (unit) =>
          /[\udc80-\udcff]/u.test(unit) ? Buffer.from([unit.charCodeAt(0) - 0xdc00]) : Buffer.from(unit),
        );
        expect(Buffer.concat(back).equals(some)).toBe(true);
        expect(broken === 0).toBe(isUtf8(some));
        expect(text.replaceAll(/[\udc80-\udcff]+/gu, "")).toBe(
          new TextDecoder("utf-8", { ignoreBOM: true }).decode(some).replaceAll("\ufffd", ""),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it("is searched without regard to case, over and over from a place on", () => {
    const body = view("text/plain", "Abc abC\nxİABC\n");
    expect(body.find("aBc", 0, 2)).toEqual([
      { place: 0, length: 3 },
      { place: 4, length: 3 },
    ]);
    const [third] = body.find("abc", 5, 2);
    expect([third, body.lineOf(third?.place ?? 0)]).toEqual([{ place: 10, length: 3 }, 1]);
    expect([body.find("", 0, 5), body.find("zzz", 0, 5), body.find("a", 99, 5)]).toEqual([[], [], []]);
    expect(body.lineOf(99_999)).toBe(1);
  });
});

describe("a form", () => {
  it("stands as name = value, decoded, in its order", () => {
    const body = view(FORM, "a=1&b=x+y%20z%21&%C3%BC=%E2%82%AC&flag&=v&bad=%zz%4&a=2&nl=1%0A2\r\n");
    expect(body.kind).toBe("form");
    expect(shownLines(body)).toEqual(["a = 1", "b = x y z!", "ü = €", "flag", " = v", "bad = %zz%4", "a = 2", "nl = 1␊2"]);
    expect(styles(body, 1)).toEqual(["key:b", "punctuation: = ", "string:x y z!"]);
    expect(shown(view(FORM, "a=b+c", { as: "text" }))).toBe("a=b+c");
  });

  it("shows bytes that are not UTF-8, and marks in the middle, as such", () => {
    expect(shownLines(view(FORM, "a=%ff%fea&b=%ef%bb%bfx&c=%00%1b"))).toEqual(["a = \\xff\\xfea", "b = \\ufeffx", "c = ␀␛"]);
    expect(shownLines(view(`${FORM}; charset=iso-8859-1`, "a=%fc"))).toEqual(["a = ü"]);
  });

  it("opens values that are JSON", () => {
    const payload = encodeURIComponent('{"action":"opened","id":9007199254740993}');
    const body = view(FORM, `token=1&payload=${payload}&list=[1]&last={x`);
    expect(shownLines(body)).toEqual([
      "token = 1",
      "payload =",
      "{",
      '  "action": "opened",',
      '  "id": 9007199254740993',
      "}",
      "list =",
      "[",
      "  1",
      "]",
      "last = {x",
    ]);
    const [match] = body.find("opened", 0, 1);
    expect(body.lineOf(match?.place ?? 0)).toBe(3);
    const folded = new Set(body.lines(0, 99, { width: 9 }).flatMap(({ fold }) => fold ?? []));
    expect(shownLines(body, { folded }, 1, 4)).toEqual(["payload =", "{…} 2 keys", "list =", "[…] 1 item"]);
    expect([body.total(folded), body.lineOf(match?.place ?? 0, folded)]).toEqual([6, 2]);
  });

  it("is searched in what is shown", () => {
    const body = view(FORM, "a=%41%42&b=x%0Ay&c=q%26r");
    expect(["ab", "x y", "q&r", "%41"].map((needle) => body.find(needle, 0, 9).map(({ place }) => body.lineOf(place)))).toEqual([
      [0],
      [1],
      [2],
      [],
    ]);
  });

  it("cuts a long value without decoding all of it wrongly", () => {
    const body = view(FORM, `a=${"%E2%82%AC".repeat(1000)}`);
    expect(shownLines(body, { width: 10 })).toEqual(["a = €€€€€€…"]);
    expect(shownLines(body, { width: 10, skip: 500 })).toEqual(["€".repeat(10) + "…"]);
    expect(shownLines(body, { width: 10, skip: 1000 })).toEqual(["€€€€"]);
  });
});

describe("a multipart body", () => {
  const parts = [
    '--x y\r\nContent-Disposition: form-data; name="a"\r\n\r\nplain\r\n',
    '--x y  \r\ncontent-type:application/json\r\n\r\n{"b":[1]}\r\n',
    '--x y\r\nContent-Type: application/octet-stream; name="\u202e.exe"\r\n\r\n\u0000\u0001\r\n',
    "--x y\r\n\r\nwithout a head\r\n--x yz\r\nstill\r\n",
  ];
  const whole = `preamble\r\n${parts.join("")}--x y--\r\nepilogue`;

  it("stands part by part, each in its own form", () => {
    const body = view(MULTIPART, whole);
    expect([body.kind, body.facts.slice(2), body.notes]).toEqual(["multipart", ["4 parts"], []]);
    expect(shownLines(body)).toEqual([
      "── part 1 of 4 · 5B · utf-8",
      'Content-Disposition: form-data; name="a"',
      "",
      "plain",
      "── part 2 of 4 · 9B · utf-8",
      "content-type:application/json",
      "",
      "{",
      '  "b": [',
      "    1",
      "  ]",
      "}",
      "── part 3 of 4 · 2B",
      'Content-Type: application/octet-stream; name="\\u202e.exe"',
      "",
      "00000000  00 01                                             ..",
      "── part 4 of 4 · 29B · utf-8",
      "without a head",
      "--x yz",
      "still",
    ]);
    const [match] = body.find("STILL", 0, 1);
    expect(body.lineOf(match?.place ?? 0)).toBe(19);
    const all = body.find("a", 0, 99).map(({ place }) => place);
    expect(all.map((place) => body.find("a", place, 1)[0]?.place)).toEqual(all);
    expect(all.map((place) => body.find("a", place + 1, 1)[0]?.place)).toEqual([...all.slice(1), undefined]);
    const fold = body.lines(8, 1, { width: 9 })[0]?.fold ?? -1;
    expect(shownLines(body, { folded: new Set([fold]) }, 7, 3)).toEqual(["{", '  "b": […] 1 item', "}"]);
  });

  it("takes LF alone for a line end", () => {
    expect(shownLines(view(MULTIPART, whole.replaceAll("\r\n", "\n")), {}, 0, 5)).toEqual(shownLines(view(MULTIPART, whole), {}, 0, 5));
  });

  it("says what is missing, unless that is known", () => {
    const open = whole.slice(0, whole.indexOf("--x y--"));
    expect(view(MULTIPART, open)).toMatchObject({ kind: "multipart", notes: ["the closing boundary is missing"] });
    expect(view(MULTIPART, open, { truncated: true })).toMatchObject({ kind: "multipart", notes: [] });
    expect(view("multipart/mixed; boundary=other", whole).kind).toBe("hex");
    expect(view("multipart/mixed", "abc").kind).toBe("text");
  });

  it("takes 499 parts apart, and leaves the rest in one", () => {
    const many = (count: number): BodyView => view(MULTIPART, `${"--x y\r\n\r\na\r\n".repeat(count)}--x y--`);
    expect([many(499).facts[2], many(499).notes]).toEqual(["499 parts", []]);
    expect([many(501).facts[2], many(501).notes]).toEqual(["500 parts", ["only the first 499 parts are taken apart"]]);
  });

  it("goes two levels down", () => {
    const nest = (inner: string): string => `--x y\r\nContent-Type: ${MULTIPART.replace("x y", "b")}\r\n\r\n${inner}\r\n--x y--`;
    const deep = nest("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nend\r\n--c--\r\n--b--");
    expect(shownLines(view(MULTIPART, deep)).slice(-4)).toEqual(["--c", "", "end", "--c--"]);
  });
});

describe("XML", () => {
  it("is indented by its elements, and nothing of it is expanded", () => {
    const text =
      '<?xml version="1.0"?>\r\n<!DOCTYPE r [ <!ENTITY a "&lol;&lol;"> ]><r a="1>2" b=\'x\'>\n<short>a &a; b</short><empty/><none></none>text\n<!-- one\n   two --><d><e>1</e></d><![CDATA[<x>\n y]]></r>';
    const body = view("text/xml", text);
    expect([body.kind, body.notes]).toEqual(["xml", []]);
    expect(shownLines(body)).toEqual([
      '<?xml version="1.0"?>',
      '<!DOCTYPE r [ <!ENTITY a "&lol;&lol;"> ]>',
      "<r a=\"1>2\" b='x'>",
      "  <short>a &a; b</short>",
      "  <empty/>",
      "  <none></none>",
      "  text",
      "  <!-- one",
      "   two -->",
      "  <d>",
      "    <e>1</e>",
      "  </d>",
      "  <![CDATA[<x>",
      " y]]>",
      "</r>",
    ]);
    expect(body.total()).toBe(15);
    expect(styles(body, 2).join(" ")).toBe(
      "punctuation:< key:r plain:  literal:a punctuation:= string:\"1>2\" plain:  literal:b punctuation:= string:'x' punctuation:>",
    );
    expect(styles(body, 3)).toEqual([
      "plain:  ",
      "punctuation:<",
      "key:short",
      "punctuation:>",
      "plain:a &a; b",
      "punctuation:</",
      "key:short",
      "punctuation:>",
    ]);
    expect(styles(body, 8)).toEqual(["dim:   two -->"]);
    const [match] = body.find("&A;", 60, 1);
    expect(body.lineOf(match?.place ?? 0)).toBe(3);
  });

  it.each([
    ["<a><b></a>", "expected </b> at line 1, column 7"],
    ["<a>\n<b></b>", "expected </a> at the end"],
    ["<a></ab>", "expected </a> at line 1, column 4"],
    ["</a>", "expected no end tag here at line 1, column 1"],
    ["<a", "expected the end of what begins with “<” at the end"],
    ["<a><!-- ", "expected the end of what begins with “<” at the end"],
    ["<a>x < y</a>", "expected a name at line 1, column 7"],
  ])("is text with the place of the fault where it is not well-formed: %j", (text, fault) => {
    const body = view("application/soap+xml", text);
    expect([body.kind, body.notes, shown(body)]).toEqual(["text", [`not well-formed XML: ${fault}`], text]);
  });

  it("is shown as far as it came when its end is missing", () => {
    const text = '<a x="1"><b>t</b><c/><!-- d --><e>text</e></a>';
    for (let end = 1; end < text.length; end++) {
      const body = view("text/xml", text.slice(0, end), { truncated: true });
      expect([end, body.kind, body.total()]).toEqual([end, "xml", shownLines(body).length]);
    }
  });

  it("loses nothing but white space between tags", () => {
    const tree: fc.Memo<string> = fc.memo((depth) =>
      fc
        .tuple(
          fc.constantFrom("a", "b:c", "d-e"),
          fc.array(depth <= 1 ? fc.constantFrom("t", "<x/>", "u v") : fc.oneof(tree(), fc.constantFrom("t\nu", "<!--c\nd-->")), {
            maxLength: 4,
          }),
        )
        .map(([name, children]) => `<${name} k="v">${children.join("")}</${name}>`),
    );
    fc.assert(
      fc.property(tree(4), fc.nat(60), (text, from) => {
        const body = view("text/xml", text);
        expect(body.kind).toBe("xml");
        const lines = shownLines(body);
        expect(lines.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
        expect([body.total(), shownLines(body, {}, from, 5)]).toEqual([lines.length, lines.slice(from, from + 5)]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("bytes", () => {
  it("stand sixteen a line, with their offsets and what of them is ASCII", () => {
    const body = view(undefined, Buffer.from(Array.from({ length: 20 }, (_, i) => i * 13)));
    expect(body.kind).toBe("hex");
    expect(shownLines(body)).toEqual([
      "00000000  00 0d 1a 27 34 41 4e 5b  68 75 82 8f 9c a9 b6 c3  ...'4AN[hu......",
      "00000010  d0 dd ea f7                                       ....",
    ]);
    expect([body.find("an[H", 0, 1), body.lineOf(17), shownLines(body, {}, 1, 9).length]).toEqual([[{ place: 5, length: 4 }], 1, 1]);
  });

  it.each([
    [76, "00000000  00 0d 1a 27 34 41 4e 5b  68 75 82 8f 9c a9 b6 c3  ...'4AN[hu......", 2],
    [75, "00000000  00 0d 1a 27 34 41 4e 5b  ...'4AN[", 3],
    [43, "00000000  00 0d 1a 27 34 41 4e 5b  ...'4AN[", 3],
    [42, "00000000  00 0d 1a 27  ...'", 5],
    [1, "00000000  00 0d 1a 27  ...'", 5],
  ])("are fewer on a line where %i columns have no room for all: %s", (columns, first, count) => {
    const whole = view(undefined, Buffer.from(Array.from({ length: 20 }, (_, i) => i * 13)));
    const body = whole.within?.(columns) ?? whole;
    const lines = shownLines(body);
    expect([lines[0], body.total()]).toEqual([first, count]);
    expect(lines).toHaveLength(count);
    expect(body.lines(0, 1, { width: 0, measured: true })[0]?.extent?.units).toBe(first.length);
    // a place is the same byte in all forms
    expect(lines[body.lineOf(17)]).toContain(" dd");
    expect(body.find("an[", 0, 1)).toEqual(whole.find("an[", 0, 1));
  });

  it("are fewer on a line within several parts, too", () => {
    const bytes = Buffer.concat([
      Buffer.from("--b\r\ncontent-type: image/x\r\n\r\n"),
      Buffer.from([0xff, 0x80, 65, 66, 67]),
      Buffer.from("\r\n--b--"),
    ]);
    const whole = view("multipart/mixed; boundary=b", bytes);
    const body = whole.within?.(30) ?? whole;
    expect(shownLines(whole).at(-1)).toMatch(/ff 80 41 42 43 +\.\.ABC$/);
    expect(shownLines(body).slice(-2)).toEqual(["00000000  ff 80 41 42  ..AB", "00000004  43           C"]);
  });

  it("are what is shown of anything that is no text, or on request", () => {
    expect(view("image/x-unknown", Buffer.from([0xff])).kind).toBe("hex");
    expect(view(undefined, "a\0b").kind).toBe("hex");
    expect(view("text/plain", "a\0b").kind).toBe("text");
    expect(view("text/plain", Buffer.from(Array.from({ length: 99 }, (_, i) => 128 + i))).kind).toBe("hex");
    expect(view("application/json", "{}", { as: "hex" }).kind).toBe("hex");
  });
});

describe("an image", () => {
  const png = Buffer.from("89504e470d0a1a0a0000000d4948445200000280000001e0", "hex");
  const jpeg = Buffer.from("ffd8ffe000104a46494600010100000100010000ffdb0003ffffc0001108010002000301", "hex");
  const webp = (chunk: string, rest: string): Buffer => Buffer.concat([Buffer.from(`RIFF....WEBP${chunk}....`), Buffer.from(rest, "hex")]);

  it.each([
    ["PNG image", "640 × 480 pixels", png],
    ["GIF image", "3 × 258 pixels", Buffer.from("GIF89a\x03\x00\x02\x01")],
    ["JPEG image", "512 × 256 pixels", jpeg],
    ["WebP image", "400 × 300 pixels", webp("VP8 ", "0000009d012a90012c010000")],
    ["WebP image", "400 × 300 pixels", webp("VP8L", "2f8fc14a0000000000000000")],
    ["WebP image", "400 × 300 pixels", webp("VP8X", "000000008f01002b0100")],
  ])("is told by its format and size: %s", (format, size, bytes) => {
    const body = view("application/octet-stream", bytes);
    expect([body.kind, body.facts.slice(2), shown(body)]).toEqual(["image", [format, size], `${format}, ${size}`]);
    expect(view("image/png", bytes, { as: "hex" }).kind).toBe("hex");
  });

  it("may lack its size, wherever it is cut", () => {
    for (const bytes of [png, jpeg, webp("VP8X", "000000008f01002b0100"), webp("ABCD", "00".repeat(20))]) {
      for (let end = 12; end < bytes.length; end++) expect(view("image/png", bytes.subarray(0, end)).facts.join()).not.toContain("NaN");
    }
    expect(view("image/png", png.subarray(0, 20)).facts).toEqual(["image/png", "20B", "PNG image"]);
    expect(view("image/jpeg", Buffer.concat([Buffer.from("ffd8ff", "hex"), Buffer.alloc(100_000, 0xff)])).facts[2]).toBe("JPEG image");
  });
});

describe("a hostile body", () => {
  const bodies: readonly (readonly [string, string | undefined, () => string | Buffer])[] = [
    ["one line of text", "text/plain", () => megabyte("x")],
    ["one line of controls", "text/plain", () => megabyte("\u001b]52;c;x\u0007\u009b\u202e")],
    ["one string of JSON", "application/json", () => `"${megabyte("\u202ex\\u001b")}"`.replace(/\\[^"]{0,5}"$/, '"')],
    ["100,000 lines", "text/plain", () => "0123456789\n".repeat(100_000)],
    ["nothing but line ends", "text/plain", () => megabyte("\n")],
    ["JSON 10,000 deep", "application/json", () => `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["JSON half a million deep", "application/json", () => `${"[".repeat(500_000)}${"]".repeat(500_000)}`],
    ["objects 100,000 deep", "application/json", () => `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["half a million numbers", "application/json", () => `[${megabyte("1,")}1]`],
    ["XML 100,000 deep", "text/xml", () => `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`],
    ["a quarter of a million elements", "text/xml", () => `<r>${megabyte("<a/>")}</r>`],
    ["XML of line ends", "text/xml", () => `<a>${megabyte("x\n")}</a>`],
    ["tags that never end", "text/xml", () => megabyte("<")],
    ["quotes that never end", "text/xml", () => `<a ${megabyte("'")}>`],
    ["a form of nothing", FORM, () => megabyte("&")],
    ["a form of escapes", FORM, () => `a=${megabyte("%1b%ff")}`],
    ["a form of beginnings of JSON", FORM, () => megabyte("a={&")],
    ["a quarter of a million boundaries", MULTIPART, () => megabyte("--x y\n\n")],
    ["boundaries that are none", MULTIPART, () => `--x y\r\n\r\n${megabyte("--x yz\n")}\r\n--x y--`],
    ["NUL bytes", "text/plain", () => Buffer.alloc(1_048_576)],
    ["bytes of no charset", "text/plain; charset=utf-8", () => Buffer.from(megabyte("aaaaaaaaaaaaaaaaa\u00ff"), "latin1")],
    ["any bytes", undefined, () => Buffer.from(Array.from({ length: 1_048_576 }, (_, i) => (i * 7919) & 0xff))],
  ];

  it.each(bodies)("opens, at its beginning and its end, to the right and searched, in safe lines: %s", (_, type, make) => {
    const body = view(type, make());
    const total = body.total();
    for (const [from, skip] of [
      [0, 0],
      [Math.floor(total / 2), 3],
      [Math.max(total - 50, 0), 0],
      [0, 5_000],
    ] as const) {
      const lines = body.lines(from, 50, { width: 200, skip });
      expect(lines.length).toBe(Math.min(50, total - from));
      expect(isSafe(lines)).toBe(true);
      expect(Math.max(...lines.map(({ segments }) => segments.reduce((sum, { text }) => sum + text.length, 0)))).toBeLessThanOrEqual(200);
    }
    for (const { place } of body.find("x", 0, 3)) expect(body.lineOf(place)).toBeLessThan(total);
    expect(isSafe([{ segments: [...body.facts, ...body.notes].map((text) => ({ text, style: "plain" })), isCut: false }])).toBe(true);
  });

  it("shows no control byte, whatever its bytes and its type", () => {
    const types = [
      undefined,
      "text/plain",
      "application/json",
      "text/xml",
      FORM,
      "multipart/mixed; boundary=b",
      "text/x\u001b; charset=utf-16",
      "text/a; charset=gbk",
    ];
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          "\u001b[2J",
          "\u202e",
          "\u009b",
          "\ufeff",
          '{"',
          '":',
          "[",
          "]",
          "}",
          "<a>",
          "</a>",
          "<!--",
          "-->",
          "--b\r\n",
          "--b--",
          "=",
          "&",
          "%1b",
          "%e2%80%ae",
          "\r\n\r\n",
          "1",
        )
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.array(pieces, { maxLength: 20 }),
        fc.boolean(),
        fc.nat(30),
        (type, parts, truncated, skip) => {
          const body = view(type, Buffer.concat(parts), { truncated });
          const lines = body.lines(0, 1000, { width: 100, skip });
          expect(isSafe(lines)).toBe(true);
          expect(lines.length).toBe(body.total());
          expect([...body.facts, ...body.notes].flatMap((text) => hostileIn(text))).toEqual([]);
          for (const { place, length } of body.find("a", 0, 20)) {
            expect(place + length).toBeLessThanOrEqual(body.places);
            expect(body.lineOf(place)).toBeLessThan(Math.max(body.total(), 1));
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
