import { allHeaders } from "../http/headers.ts";
import { nodeAt, scalarOf } from "./json-text.ts";
import type { Jwt } from "./jwt.ts";
import { type Message, queryValues } from "./message.ts";
import type { Condition, HeaderPlace, Place } from "./scheme.ts";

/** What stands in a place. */
export type Found = {
  /** in their order; empty when there is none of the right form */
  readonly values: readonly string[];
  /** what stands there in another form: a header without its prefix, a list without the member */
  readonly malformed: readonly string[];
};

/** DocuSign allows this many keys; a sender could write more headers than anybody would read. */
const MOST_NUMBERED = 100;
const NOTHING: Found = { values: [], malformed: [] };

/**
 * Reads a place of a message. Header values are latin1, all others text.
 * @param jwt the JWT in the signature place, for places that are claims
 */
export function readPlace(message: Message, place: Place, jwt?: Jwt): Found {
  switch (place.in) {
    case "header":
      return readHeader(message, place);
    case "body": {
      const json = message.json();
      const value = json === undefined ? undefined : scalarOf(nodeAt(json.root, place.path));
      return value === undefined ? NOTHING : afterPrefix([value], place.prefix, false);
    }
    case "query":
      return { values: message.url === undefined ? [] : queryValues(message.url, place.name), malformed: [] };
    case "form":
      return { values: (message.form() ?? []).filter(([name]) => name === place.name).map(([, value]) => value), malformed: [] };
    case "claim": {
      const value = jwt?.claims[place.name];
      return { values: typeof value === "string" || typeof value === "number" ? [String(value)] : [], malformed: [] };
    }
  }
}

/** The first value of a place, or undefined. */
export function firstValue(message: Message, place: Place, jwt?: Jwt): string | undefined {
  return readPlace(message, place, jwt).values[0];
}

/** Whether a value stands in the body, so that a body that is not kept takes it along. */
export function isInBody(place: Condition["place"]): boolean {
  return place.in === "body" || place.in === "form";
}

/** The UTF-8 bytes of a text, one character a byte: how it stands in a header. */
export function latin1Of(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A value that was read from `place`, one character a byte as it stood on the wire: header values are so already, all others are text. */
export function onWire(value: string, place: Place): string {
  return place.in === "header" ? value : latin1Of(value);
}

/** Whether all conditions hold of a message. */
export function holds(message: Message, conditions: readonly Condition[]): boolean {
  return conditions.every(({ place, equals, startsWith }) => {
    const value = place.in === "method" ? message.method : firstValue(message, place);
    if (value === undefined) return false;
    if (startsWith !== undefined && !value.startsWith(startsWith)) return false;
    return equals === undefined || (typeof equals === "string" ? value === equals : equals.includes(value));
  });
}

function readHeader(message: Message, place: HeaderPlace): Found {
  const texts = place.numbered === true ? numberedHeaders(message, place.name) : allHeaders(message.headers, place.name);
  if (place.field === undefined) return afterPrefix(texts, place.prefix, place.prefixOptional === true);
  const { name, separator, assign } = place.field;
  const values: string[] = [];
  for (const text of texts) {
    for (const member of text.split(separator)) {
      const at = member.indexOf(assign);
      if (at >= 0 && member.slice(0, at).trim() === name) values.push(member.slice(at + assign.length).trim());
    }
  }
  return values.length > 0 ? { values, malformed: [] } : { values, malformed: texts };
}

function numberedHeaders(message: Message, name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 1; i <= MOST_NUMBERED; i++) {
    const found = allHeaders(message.headers, `${name}${i}`);
    if (found.length === 0) break;
    values.push(...found);
  }
  return values;
}

function afterPrefix(texts: readonly string[], prefix: string | undefined, isOptional: boolean): Found {
  if (prefix === undefined) return { values: texts, malformed: [] };
  const values: string[] = [];
  const malformed: string[] = [];
  for (const text of texts) {
    if (text.startsWith(prefix)) values.push(text.slice(prefix.length));
    else (isOptional ? values : malformed).push(text);
  }
  return { values, malformed };
}
