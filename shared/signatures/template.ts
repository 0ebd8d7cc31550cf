import { createHash } from "node:crypto";
import { firstHeader } from "../http/headers.ts";
import {
  bodyOnly,
  bodyWithout,
  JSON_FORMS,
  type JsonForm,
  ONLY_FORMS,
  type OnlyForm,
  rewriteJson,
  WITHOUT_FORMS,
  type WithoutForm,
} from "./json-forms.ts";
import { nodeAt, scalarOf } from "./json-text.ts";
import type { Jwt } from "./jwt.ts";
import { type Message, queryValues, targetOf } from "./message.ts";
import { SPECIAL_CONTENT } from "./special-content.ts";

/** What a template is filled with. */
export type TemplateValues = {
  readonly message: Message;
  /** the public URL in the spelling that is tried */
  readonly url: string | undefined;
  readonly timestamp: string | undefined;
  readonly id: string | undefined;
  readonly secret: Buffer;
  readonly jwt?: Jwt | undefined;
};

/** The place of the body in rendered content: kept apart, so that a body that streams can be hashed on its way. */
export const BODY = Symbol("body");

export type Rendered =
  | { readonly kind: "content"; readonly pieces: readonly (Buffer | typeof BODY)[] }
  /** a placeholder has no value in this message */
  | { readonly kind: "missing"; readonly placeholder: string };

type Part = { readonly kind: "text"; readonly bytes: Buffer } | { readonly kind: "hole"; readonly name: string; readonly argument: string };

/** Templates are few and used for every delivery. */
const parsed = new Map<string, readonly Part[]>();
/** A user's own templates are counted in dozens; this bounds what a long run of checks could keep. */
const MOST_PARSED = 1_000;

/** Fills a template. Header values, URLs and methods give their latin1 bytes, everything else UTF-8. Never throws for what a message holds. */
export function render(template: string, values: TemplateValues): Rendered {
  const pieces: (Buffer | typeof BODY)[] = [];
  for (const part of partsOf(template)) {
    if (part.kind === "text") {
      pieces.push(part.bytes);
      continue;
    }
    const piece = HOLES.get(part.name)?.(values, part.argument);
    if (piece === undefined) return { kind: "missing", placeholder: part.argument === "" ? part.name : `${part.name}:${part.argument}` };
    pieces.push(piece);
  }
  return { kind: "content", pieces };
}

/** Rendered content as one run of bytes. */
export function contentBytes(pieces: readonly (Buffer | typeof BODY)[], body: Buffer): Buffer {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first === BODY ? body : first;
  return Buffer.concat(pieces.map((piece) => (piece === BODY ? body : piece)));
}

/** Names of the placeholders that a template uses, without their arguments. */
export function placeholdersOf(template: string): ReadonlySet<string> {
  return new Set(partsOf(template).flatMap((part) => (part.kind === "hole" ? [part.name] : [])));
}

/** What is wrong with a template, as one clause; undefined when nothing is. */
export function templateFault(template: string): string | undefined {
  for (const [token] of template.matchAll(TOKEN)) {
    if (token === "{") return "a { is not closed; a literal brace is written {{";
    if (token === "}") return "a } is not opened; a literal brace is written }}";
  }
  for (const part of partsOf(template)) {
    if (part.kind !== "hole") continue;
    if (!HOLES.has(part.name)) return `{${part.name}} is no placeholder`;
    const fault = argumentFault(part.name, part.argument);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function argumentFault(name: string, argument: string): string | undefined {
  if (name === "body-as")
    return JSON_FORMS.some((form) => form === argument) ? undefined : `{body-as:${argument}}: ${JSON_FORMS.join(", ")}`;
  if (name !== "body-without" && name !== "body-only") {
    const isNamed = ["header", "query", "claim"].includes(name);
    if (isNamed && argument === "") return `{${name}:…} needs a name`;
    return isNamed || name === "body" || argument === "" ? undefined : `{${name}} takes nothing after a colon`;
  }
  const [member, form] = memberAndForm(argument);
  const forms: readonly string[] = name === "body-without" ? WITHOUT_FORMS : ONLY_FORMS;
  return member !== "" && forms.includes(form) ? undefined : `{${name}:member:form}: form is one of ${forms.join(", ")}`;
}

type Hole = (values: TemplateValues, argument: string) => Buffer | typeof BODY | undefined;

/** A map, because a user's template may name what every object inherits. */
const HOLES: ReadonlyMap<string, Hole> = new Map<string, Hole>(
  Object.entries<Hole>({
    body: ({ message }, path) => {
      if (path === "") return BODY;
      const json = message.json();
      return json === undefined ? undefined : text(scalarOf(nodeAt(json.root, path)));
    },
    timestamp: ({ timestamp }) => bytes(timestamp),
    id: ({ id }) => bytes(id),
    method: ({ message }) => bytes(message.method),
    url: ({ url }) => bytes(url),
    target: ({ url }) => bytes(url === undefined ? undefined : targetOf(url)),
    path: ({ url }) => bytes(url === undefined ? undefined : targetOf(url).split("?", 1)[0]),
    secret: ({ secret }) => secret,
    header: ({ message }, name) => bytes(firstHeader(message.headers, name)),
    query: ({ url }, name) => text(url === undefined ? undefined : queryValues(url, name)[0]),
    claim: ({ jwt }, name) => {
      const value = jwt?.claims[name];
      return typeof value === "string" || typeof value === "number" ? text(String(value)) : undefined;
    },
    "body-sha256-hex": ({ message }) => bytes(createHash("sha256").update(message.body).digest("hex")),
    "form-sorted": ({ message }) => formContent(message, false),
    "form-sorted-unique": ({ message }) => formContent(message, true),
    "body-as": ({ message }, form) => {
      const json = message.json();
      return json === undefined ? undefined : rewriteJson(json, form as JsonForm);
    },
    "body-without": ({ message }, argument) => {
      const json = message.json();
      const [member, form] = memberAndForm(argument);
      return json === undefined ? undefined : bodyWithout(json, member, form as WithoutForm);
    },
    "body-only": ({ message }, argument) => {
      const json = message.json();
      const [member, form] = memberAndForm(argument);
      return json === undefined ? undefined : bodyOnly(json, member, form as OnlyForm);
    },
    ...Object.fromEntries(Object.entries(SPECIAL_CONTENT).map(([name, content]) => [name, (values: TemplateValues) => content(values)])),
  }),
);

/** Literal braces, placeholders, text, and braces that belong to none of them. */
const TOKEN = /\{\{|\}\}|\{[^{}]*\}|[^{}]+|[{}]/g;

function partsOf(template: string): readonly Part[] {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  const parts: Part[] = [];
  for (const [token] of template.matchAll(TOKEN)) {
    if (token === "{{" || token === "}}") parts.push({ kind: "text", bytes: Buffer.from(token.slice(1)) });
    else if (token.startsWith("{") && token.endsWith("}")) parts.push(holeOf(token.slice(1, -1)));
    else parts.push({ kind: "text", bytes: Buffer.from(token) });
  }
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(template, parts);
  return parts;
}

function holeOf(inside: string): Part {
  const at = inside.indexOf(":");
  return at < 0
    ? { kind: "hole", name: inside, argument: "" }
    : { kind: "hole", name: inside.slice(0, at), argument: inside.slice(at + 1) };
}

/** `data.x:compact` -> `data.x`, `compact` */
function memberAndForm(argument: string): readonly [string, string] {
  const at = argument.lastIndexOf(":");
  return [argument.slice(0, Math.max(at, 0)), argument.slice(at + 1)];
}

/** Name and value of every form field, by name. As Twilio's package does it, a value that one name has twice counts once when `unique`, values in order. */
function formContent(message: Message, unique: boolean): Buffer | undefined {
  const fields = message.form();
  if (fields === undefined) return undefined;
  const byName = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [value]);
    else values.push(value);
  }
  const names = [...byName.keys()].sort();
  const pairs = names.flatMap((name) => {
    const values = byName.get(name) ?? [];
    return (unique ? [...new Set(values)].sort() : values).map((value) => name + value);
  });
  return Buffer.from(pairs.join(""), "utf8");
}

function bytes(value: string | undefined): Buffer | undefined {
  return value === undefined ? undefined : Buffer.from(value, "latin1");
}

function text(value: string | undefined): Buffer | undefined {
  return value === undefined ? undefined : Buffer.from(value, "utf8");
}
