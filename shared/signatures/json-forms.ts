import { type JsonNode, type JsonText, lastMember, nodeAt, withoutMember } from "./json-text.ts";
import { STYLES, writeJson } from "./json-writer.ts";

/**
 * The ways in which programs write the same JSON value. Each takes the value as it was read and writes it as that program would; the bytes differ, so
 * a signature holds for one of them only.
 * - `compact`: JSON.stringify(JSON.parse(…)) of JavaScript. `pretty-2`, `pretty-4`, `pretty-tab`: with that indentation.
 * - `minified`: white space taken out, digits and escapes kept.
 * - `python`: json.dumps with its defaults; `-compact`: separators=(",", ":"); `-sorted`: sort_keys=True; `-pretty-2`, `-pretty-4`: indent; `-unicode`: ensure_ascii=False.
 *   FastAPI and Starlette write `python-compact-unicode`.
 * - `sorted`: members by name, compact (RFC 8785 for the values that webhooks hold).
 * - `python-repr`: what str() makes of a dict, which is no JSON.
 * - `jsonb`: PostgreSQL's jsonb as text: members by the length of their name, then its bytes; of equal names the last one.
 * - `php`: json_encode: `/` and everything beyond ASCII escaped; `php-unicode`: JSON_UNESCAPED_UNICODE; `php-pretty`: JSON_PRETTY_PRINT.
 * - `go`: encoding/json of a map: members by name, `<`, `>` and `&` escaped; `go-struct`: in their own order, as to_json of Rails.
 * - `gson`: of Java: `<`, `>`, `&`, `=` and `'` escaped. `dotnet`: System.Text.Json: those, `"`, `+` and everything beyond ASCII, in capital digits; `dotnet-pretty`: WriteIndented.
 * - `escaped`: compact, everything beyond ASCII escaped.
 */
export const JSON_FORMS = [
  "compact",
  "minified",
  "pretty-2",
  "pretty-4",
  "pretty-tab",
  "python",
  "python-unicode",
  "python-compact",
  "python-sorted",
  "python-sorted-compact",
  "python-compact-unicode",
  "python-sorted-unicode",
  "python-sorted-compact-unicode",
  "python-pretty-2",
  "python-pretty-2-unicode",
  "python-pretty-4",
  "python-pretty-4-unicode",
  "python-repr",
  "sorted",
  "jsonb",
  "php",
  "php-unicode",
  "php-pretty",
  "go",
  "go-struct",
  "gson",
  "dotnet",
  "dotnet-pretty",
  "escaped",
] as const;
export type JsonForm = (typeof JSON_FORMS)[number];

/** Ways to take one top-level member out of a body: `cut` from the bytes, `blank` its value to "", to `null`, or write the rest in a {@link JsonForm}. */
export const WITHOUT_FORMS = ["cut", "blank", "null", ...JSON_FORMS] as const;
export type WithoutForm = (typeof WITHOUT_FORMS)[number];
/** Ways to write one member alone: its bytes as they stand, or a {@link JsonForm}. */
export const ONLY_FORMS = ["raw", ...JSON_FORMS] as const;
export type OnlyForm = (typeof ONLY_FORMS)[number];

/** Writes a JSON body in another form. @returns undefined when indentation would make it many times larger */
export function rewriteJson(json: JsonText, form: JsonForm): Buffer | undefined {
  return writeJson(json, json.root, STYLES[form]);
}

/** The body without a top-level member. @returns undefined when the member is not there */
export function bodyWithout(json: JsonText, name: string, form: WithoutForm): Buffer | undefined {
  if (json.root.kind !== "object") return undefined;
  const member = lastMember(json.root.members, name);
  if (member === undefined) return undefined;
  if (form === "cut") return withoutMember(json, name);
  if (form === "blank" || form === "null") {
    const { start, end } = member.value;
    return Buffer.from(`${json.text.slice(0, start)}${form === "null" ? "null" : '""'}${json.text.slice(end)}`, "latin1");
  }
  const rest: JsonNode = { ...json.root, members: json.root.members.filter((one) => one.name !== name) };
  return writeJson(json, rest, STYLES[form]);
}

/** One member of the body alone. @returns undefined when it is not there */
export function bodyOnly(json: JsonText, path: string, form: OnlyForm): Buffer | undefined {
  const node = nodeAt(json.root, path);
  if (node === undefined) return undefined;
  if (form === "raw") return Buffer.from(json.text.slice(node.start, node.end), "latin1");
  return writeJson(json, node, STYLES[form]);
}
