import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { JSON_FORMS } from "../../../shared/signatures/json-forms.ts";
import { BODY, contentBytes, placeholdersOf, render, templateFault, type TemplateValues } from "../../../shared/signatures/template.ts";
import { messageOf } from "./fixtures.ts";

const BODY_TEXT = '{ "id" : "evt_é" , "n" : 1.50 , "data" : { "b" : [ 1 ] } , "no" : null }';

function valuesOf(change: Partial<TemplateValues> = {}): TemplateValues {
  return {
    message: messageOf({ body: BODY_TEXT, headers: ["X-Name", "caf\xe9", "x-name", "second", "X-Empty", ""] }),
    url: "https://relay.example.com/name/h%C3%A9?q=a%20b&q=2&e=",
    timestamp: "1795269751",
    id: "msg_1",
    secret: Buffer.from("made-up"),
    jwt: {
      algorithm: "HS256",
      keyId: undefined,
      claims: { sub: "é", n: 7, list: [1], no: null },
      signed: Buffer.alloc(0),
      signature: Buffer.alloc(0),
    },
    ...change,
  };
}

/** The bytes that a template gives, or the placeholder that has no value. */
function filled(template: string, values = valuesOf()): Buffer | string {
  const rendered = render(template, values);
  return rendered.kind === "missing" ? `no ${rendered.placeholder}` : contentBytes(rendered.pieces, values.message.body);
}

describe("render", () => {
  const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");
  const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

  it.each<[string, Buffer]>([
    ["", utf8("")],
    ["{body}", utf8(BODY_TEXT)],
    ["v0:{timestamp}:{body}", utf8(`v0:1795269751:${BODY_TEXT}`)],
    ["{body}{body}", utf8(BODY_TEXT + BODY_TEXT)],
    ["{id}.{timestamp}", utf8("msg_1.1795269751")],
    ["{method} {url}", utf8("POST https://relay.example.com/name/h%C3%A9?q=a%20b&q=2&e=")],
    ["{target}|{path}", utf8("/name/h%C3%A9?q=a%20b&q=2&e=|/name/h%C3%A9")],
    ["{secret}", utf8("made-up")],
    // header values are bytes: 0xe9 stays one
    ["{header:X-NAME}", latin1("caf\xe9")],
    ["<{header:x-empty}>", utf8("<>")],
    ["{query:q}|{query:e}", utf8("a b|")],
    ["{claim:sub}{claim:n}", utf8("é7")],
    ["{body:id}|{body:n}|{body:data.b.0}|{body:no}", utf8("evt_é|1.50|1|null")],
    ["{body-sha256-hex}", utf8(createHash("sha256").update(BODY_TEXT).digest("hex"))],
    ["{body-as:compact}", utf8('{"id":"evt_é","n":1.5,"data":{"b":[1]},"no":null}')],
    ["{body-without:data:minified}", utf8('{"id":"evt_é","n":1.50,"no":null}')],
    ["{body-only:data.b:raw}", utf8("[ 1 ]")],
    // the rest of the template is UTF-8 text, and braces are written twice
    ["é {{body}} }}{{", utf8("é {body} }{")],
    ["{{{id}}}", utf8("{msg_1}")],
    ["\n{id}\n", utf8("\nmsg_1\n")],
  ])("fills %j", (template, content) => {
    expect(filled(template)).toEqual(content);
  });

  it.each([
    ["{timestamp}", { timestamp: undefined }],
    ["{id}", { id: undefined }],
    ["{url}", { url: undefined }],
    ["{target}", { url: undefined }],
    ["{path}", { url: undefined }],
    ["{query:q}", { url: undefined }],
    ["{query:none}", {}],
    ["{header:X-None}", {}],
    ["{claim:list}", {}],
    ["{claim:no}", {}],
    ["{claim:none}", {}],
    ["{claim:constructor}", {}],
    ["{claim:sub}", { jwt: undefined }],
    ["{body:none}", {}],
    ["{body:data}", {}],
    ["{body:constructor}", {}],
    ["{body-without:none:cut}", {}],
    ["{body-only:none:raw}", {}],
    ["{form-sorted}", {}],
    ["{form-sorted-unique}", {}],
    ["{sns}", {}],
    ["{adyen}", {}],
    ["{contentful}", {}],
  ] as [string, Partial<TemplateValues>][])("says that %s has no value", (template, change) => {
    expect(filled(`a${template}b`, valuesOf(change))).toBe(`no ${template.slice(1, -1)}`);
  });

  it.each(["", "no JSON", '{"a":', "\ufeff{}", "[1,2", "null"])("says that a body of %j has no members", (body) => {
    for (const template of ["{body:a}", "{body-without:a:compact}", "{body-only:a:raw}", "{sns}", "{adyen}"])
      expect(filled(template, valuesOf({ message: messageOf({ body }) }))).toBe(`no ${template.slice(1, -1)}`);
  });

  it("keeps the place of the body, so that it can come later", () => {
    const rendered = render("{timestamp}.{body}.", valuesOf());
    expect(rendered).toEqual({ kind: "content", pieces: [Buffer.from("1795269751"), Buffer.from("."), BODY, Buffer.from(".")] });
  });

  it("sorts form fields by name, and drops repeated values where the sender does", () => {
    const form = (body: string): TemplateValues =>
      valuesOf({ message: messageOf({ body, headers: ["content-type", "application/x-www-form-urlencoded; charset=UTF-8"] }) });
    expect(String(filled("{form-sorted}", form("b=2&a=%C3%A9+x&b=1&b=2&c")))).toBe("aé xb2b1b2c");
    expect(String(filled("{form-sorted-unique}", form("b=2&a=%C3%A9+x&b=1&b=2&c")))).toBe("aé xb1b2c");
    expect(String(filled("{form-sorted}", form("")))).toBe("");
    expect(String(filled("{form-sorted}", form("%E9=%&&=&%")))).toContain("%");
  });

  it("is the body itself, not a copy, where that is all", () => {
    const values = valuesOf();
    expect(filled("{body}", values)).toBe(values.message.body);
  });
});

describe("templateFault", () => {
  it.each([
    "",
    "{body}",
    "{{{body}}}",
    "{{not a hole}}",
    "{id}.{timestamp}.{body}",
    "{header:X-Any}{query:q}{claim:c}{body:a.b.0}",
    "{body-without:signature:compact}{body-only:a.b:raw}{body-only:a:b:python}{body-as:jsonb}",
    "{sns}{adyen}{contentful}{form-sorted}{form-sorted-unique}{method}{url}{target}{path}{secret}{body-sha256-hex}",
    ...JSON_FORMS.map((form) => `{body-as:${form}}`),
  ])("finds none in %s", (template) => {
    expect(templateFault(template)).toBeUndefined();
  });

  it.each([
    ["{bodies}", "{bodies} is no placeholder"],
    ["{}", "{} is no placeholder"],
    ["{ body }", "{ body } is no placeholder"],
    ["{Body}", "{Body} is no placeholder"],
    ["{constructor}", "{constructor} is no placeholder"],
    ["{toString}", "{toString} is no placeholder"],
    ["{__proto__}", "{__proto__} is no placeholder"],
    ["{body", "a { is not closed; a literal brace is written {{"],
    ["{body}{", "a { is not closed; a literal brace is written {{"],
    ["{{{body", "a { is not closed; a literal brace is written {{"],
    ["{a{body}", "a { is not closed; a literal brace is written {{"],
    ["{body}}", "a } is not opened; a literal brace is written }}"],
    ["}", "a } is not opened; a literal brace is written }}"],
    ["{header:}", "{header:…} needs a name"],
    ["{header}", "{header:…} needs a name"],
    ["{query}", "{query:…} needs a name"],
    ["{claim}", "{claim:…} needs a name"],
    ["{timestamp:s}", "{timestamp} takes nothing after a colon"],
    ["{body-sha256-hex:x}", "{body-sha256-hex} takes nothing after a colon"],
    ["{body-as}", `{body-as:}: ${JSON_FORMS.join(", ")}`],
    ["{body-as:yaml}", `{body-as:yaml}: ${JSON_FORMS.join(", ")}`],
    ["{body-without:signature}", /^\{body-without:member:form\}: form is one of cut, blank, null, compact, /],
    ["{body-without:signature:yaml}", /^\{body-without:member:form\}: form is one of /],
    ["{body-without::cut}", /^\{body-without:member:form\}: form is one of /],
    ["{body-only:data:cut}", /^\{body-only:member:form\}: form is one of raw, compact, /],
  ])("finds one in %s", (template, fault) => {
    expect(templateFault(template)).toMatch(fault);
  });

  it.each(["{", "}", "{{", "{}", "{body", "{a".repeat(2), "{{}", "{:"])("ends on a thousand times %j", (piece) => {
    const template = piece.repeat(1_000);
    expect(typeof (templateFault(template) ?? "")).toBe("string");
    expect(placeholdersOf(template).size).toBeLessThanOrEqual(1_000);
  });
});

it("placeholdersOf lists names without what follows them", () => {
  expect([...placeholdersOf("{{x}} {timestamp}.{header:X}.{body:a.b}{body}")]).toEqual(["timestamp", "header", "body"]);
});
