/**
 * JSON as it is written: a tree whose leaves remember where they stand, so that numbers keep their digits, members their order, and an edit
 * leaves every other byte alone. JSON.parse does none of that (12345678901234567890 becomes …567000, 142.50 becomes 142.5).
 */
export type JsonNode = JsonObject | JsonArray | JsonLeaf;

export type JsonObject = Span & { readonly kind: "object"; readonly members: readonly JsonMember[] };
type JsonArray = Span & { readonly kind: "array"; readonly items: readonly JsonNode[] };
/** `token` is the text as written, quotes included. */
type JsonLeaf = Span & { readonly kind: "string" | "number" | "literal"; readonly token: string };

/** Offsets into the text: the value without the white space around it. */
type Span = { readonly start: number; readonly end: number };

export type JsonMember = {
  readonly name: string;
  /** offsets of the name's token, quotes included */
  readonly start: number;
  readonly nameEnd: number;
  readonly value: JsonNode;
};

/** A JSON text, one character a byte (latin1), with its tree. */
export type JsonText = { readonly text: string; readonly root: JsonNode };

/** Deeper nesting is no webhook, and would exhaust the stack of whatever reads it next. */
const MOST_DEPTH = 500;
/** Each value takes some hundred bytes of memory, and `0,` is one: without an end, 25 MB of them would take more than a gigabyte. */
const MOST_VALUES = 1_000_000;

/**
 * Reads a JSON text by RFC 8259. A byte order mark is not part of JSON.
 * @returns undefined when the bytes are not JSON, nested deeper than 500 levels, or hold more than a million values
 */
export function readJson(bytes: Buffer): JsonText | undefined {
  const text = bytes.toString("latin1");
  const reader = new Reader(text);
  const root = reader.document();
  return root === undefined ? undefined : { text, root };
}

/** The node at a path of names and array indexes joined by dots; of members with the same name, the last. */
export function nodeAt(root: JsonNode, path: string): JsonNode | undefined {
  return nodeBelow(root, path === "" ? [] : path.split("."));
}

function nodeBelow(root: JsonNode, segments: readonly string[]): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const segment of segments) {
    if (node?.kind === "array") node = /^\d{1,6}$/.test(segment) ? node.items[Number(segment)] : undefined;
    else if (node?.kind === "object") node = lastMember(node.members, segment)?.value;
    else return undefined;
  }
  return node;
}

/** The last member of this name: the one that JSON.parse takes. */
export function lastMember(members: readonly JsonMember[], name: string): JsonMember | undefined {
  for (let i = members.length - 1; i >= 0; i--) if (members[i]?.name === name) return members[i];
  return undefined;
}

/** The text that a string token stands for (escapes and UTF-8 decoded; broken UTF-8 becomes U+FFFD). */
export function stringOf(token: string): string {
  const plain = token.slice(1, -1);
  const decoded = /[\x80-\xff]/.test(plain) ? Buffer.from(plain, "latin1").toString("utf8") : plain;
  return decoded.includes("\\") ? (JSON.parse(`"${decoded}"`) as string) : decoded;
}

/** A value as templates use it: strings decoded, numbers and literals as written, objects and arrays not at all. */
export function scalarOf(node: JsonNode | undefined): string | undefined {
  if (node === undefined || node.kind === "object" || node.kind === "array") return undefined;
  return node.kind === "string" ? stringOf(node.token) : node.token;
}

/**
 * Sets the member at `path` to a JSON text, leaving every other byte as it is. Objects on the way that are missing are made.
 * @returns the new bytes; undefined when the path leads through something that is no object
 */
export function withMember(bytes: Buffer, path: string, value: string): Buffer | undefined {
  const json = readJson(bytes);
  if (json === undefined) return undefined;
  const there = nodeAt(json.root, path);
  if (there !== undefined) return splice(json.text, there.start, there.end, value);

  const segments = path.split(".");
  for (let depth = segments.length - 1; depth >= 0; depth--) {
    const parent = nodeBelow(json.root, segments.slice(0, depth));
    if (parent === undefined) continue;
    if (parent.kind !== "object") return undefined;
    const [name = "", ...inner] = segments.slice(depth);
    const nested = inner.reduceRight((content, segment) => `{${JSON.stringify(segment)}:${content}}`, value);
    const comma = parent.members.length === 0 ? "" : ",";
    const at = parent.members.at(-1)?.value.end ?? parent.start + 1;
    return splice(json.text, at, at, `${comma}${JSON.stringify(name)}:${nested}`);
  }
  return undefined;
}

/** The bytes with a top-level member cut out, together with one comma. @returns undefined when it is not there */
export function withoutMember(json: JsonText, name: string): Buffer | undefined {
  if (json.root.kind !== "object") return undefined;
  const { members } = json.root;
  const member = lastMember(members, name);
  if (member === undefined) return undefined;
  const index = members.indexOf(member);
  const before = members[index - 1];
  const after = members[index + 1];
  // the comma in front goes with it; for the first member the one behind
  const from = before === undefined ? member.start : before.value.end;
  const to = before === undefined && after !== undefined ? after.start : member.value.end;
  return splice(json.text, from, to, "");
}

/** @param put text, not latin1 as the rest is */
function splice(text: string, from: number, to: number, put: string): Buffer {
  return Buffer.from(text.slice(0, from) + Buffer.from(put, "utf8").toString("latin1") + text.slice(to), "latin1");
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

class Reader {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode | undefined {
    const root = this.#value(0);
    this.#space();
    return root !== undefined && this.#at === this.#text.length ? root : undefined;
  }

  #value(depth: number): JsonNode | undefined {
    if (depth > MOST_DEPTH || ++this.#values > MOST_VALUES) return undefined;
    this.#space();
    const start = this.#at;
    switch (this.#text[start]) {
      case "{":
        return this.#object(start, depth);
      case "[":
        return this.#array(start, depth);
      case '"':
        return this.#leaf("string", this.#string());
      case "t":
      case "f":
      case "n":
        return this.#leaf("literal", this.#take(LITERAL));
      default:
        return this.#leaf("number", this.#take(NUMBER));
    }
  }

  #leaf(kind: "string" | "number" | "literal", token: string | undefined): JsonNode | undefined {
    if (token === undefined) return undefined;
    return { kind, token, start: this.#at - token.length, end: this.#at };
  }

  #object(start: number, depth: number): JsonNode | undefined {
    const members: JsonMember[] = [];
    this.#at++;
    this.#space();
    if (this.#skip("}")) return { kind: "object", members, start, end: this.#at };
    for (;;) {
      this.#space();
      const nameStart = this.#at;
      const name = this.#string();
      if (name === undefined) return undefined;
      const nameEnd = this.#at;
      this.#space();
      if (!this.#skip(":")) return undefined;
      const value = this.#value(depth + 1);
      if (value === undefined) return undefined;
      members.push({ name: stringOf(name), start: nameStart, nameEnd, value });
      this.#space();
      if (this.#skip("}")) return { kind: "object", members, start, end: this.#at };
      if (!this.#skip(",")) return undefined;
    }
  }

  #array(start: number, depth: number): JsonNode | undefined {
    const items: JsonNode[] = [];
    this.#at++;
    this.#space();
    if (this.#skip("]")) return { kind: "array", items, start, end: this.#at };
    for (;;) {
      const item = this.#value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      this.#space();
      if (this.#skip("]")) return { kind: "array", items, start, end: this.#at };
      if (!this.#skip(",")) return undefined;
    }
  }

  #space(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) this.#take(SPACE);
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** By hand, not by a pattern: one that repeats a choice keeps a place to go back to for every character, and a body may be one long string. */
  #string(): string | undefined {
    const start = this.#at;
    if (!this.#skip('"')) return undefined;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return this.#text.slice(start, this.#at);
      }
      if (code === BACKSLASH) {
        if (this.#take(ESCAPE) === undefined) return undefined;
      } else if (code >= 0x20) {
        this.#at++;
      } else {
        // a control character, or the end of the text (NaN)
        return undefined;
      }
    }
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token !== undefined) this.#at += token.length;
    return token;
  }
}
