import { flatHeaders, type HeaderList, isHeaderValue, isToken } from "../../shared/http/headers.ts";
import { isTunnelName, TUNNEL_NAME_RULE } from "../../shared/names.ts";
import { parseRelayOrigin, RELAY_ORIGIN_RULE } from "./relay-origin.ts";
import { parseTarget, TARGET_RULE } from "./target.ts";

/** One setting: what it accepts, in words, and the reading of a value from a flag or variable (text) or a file (JSON). */
export type Field<T> = {
  readonly accepts: string;
  /** undefined when the value is not accepted */
  readonly parse: (value: unknown) => T | undefined;
};

/** Longest wait for an app that anyone can mean, seconds. */
const MOST_SECONDS = 3600;
/** Beyond what one process can hold open to one app. */
const MOST_CONNECTIONS = 10_000;
/** Headers that frame or route the message: adding one would break the request. Host has a setting of its own. */
const FRAMING = new Set(["content-length", "transfer-encoding", "connection", "upgrade", "keep-alive", "te", "trailer", "expect", "host"]);

/** Every setting that a file, a variable or a flag can give, under its name in files. */
export const fields = {
  server: text(RELAY_ORIGIN_RULE, parseRelayOrigin),
  port: number("a port of this machine, 0 for any free one", { least: 0, most: 65_535, whole: true }),
  name: text(TUNNEL_NAME_RULE, (name) => (isTunnelName(name) ? name : undefined)),
  target: {
    accepts: TARGET_RULE,
    parse: (value) => parseTarget(typeof value === "number" ? String(value) : textOf(value)),
  } satisfies Field<URL>,
  path: text("a path that begins with /, as in /webhooks", parsePath),
  timeout: number("seconds, more than 0 and at most 3600", { least: 0.001, most: MOST_SECONDS, whole: false }),
  grace: number("seconds, 0 to 3600", { least: 0, most: MOST_SECONDS, whole: false }),
  maxConnections: number("a number from 1 to 10000", { least: 1, most: MOST_CONNECTIONS, whole: true }),
  headers: {
    accepts: 'lines like "Name: value" (not Host, Content-Length or others that frame the request), or an object of names and values',
    parse: parseHeaders,
  } satisfies Field<HeaderList>,
  hostHeader: oneOf(["keep", "rewrite"]),
  output: oneOf(["interactive", "compact", "json", "quiet"]),
  whenOffline: oneOf(["hold", "reject"]),
  insecure: { accepts: "true or false", parse: parseSwitch } satisfies Field<boolean>,
  provider: {
    accepts: "a provider id, or ID=/path for the requests whose path begins so; several as a list",
    parse: parseAssignments,
  } satisfies Field<readonly ProviderAssignment[]>,
  verify: oneOf(["off", "warn", "enforce"]),
  answerHandshakes: { accepts: "true or false", parse: parseSwitch } satisfies Field<boolean>,
} as const;

/** Requests whose target begins with `path` (all, when it is empty) come from this provider. */
export type ProviderAssignment = { readonly id: string; readonly path: string };

/** Name of a setting. */
export type FieldName = keyof typeof fields;

/** Values by name, as far as somebody gave them. */
export type FieldValues = { readonly [Name in FieldName]?: NonNullable<ReturnType<(typeof fields)[Name]["parse"]>> };

export const fieldNames = Object.keys(fields) as readonly FieldName[];

function text<T>(accepts: string, parse: (text: string) => T | undefined): Field<T> {
  return { accepts, parse: (value) => (typeof value === "string" ? parse(value) : undefined) };
}

function oneOf<const Choice extends string>(choices: readonly Choice[]): Field<Choice> {
  return { accepts: choices.join(" or "), parse: (value) => choices.find((choice) => choice === value) };
}

type Range = { readonly least: number; readonly most: number; readonly whole: boolean };

function number(accepts: string, { least, most, whole }: Range): Field<number> {
  return {
    accepts,
    parse: (value) => {
      const parsed = typeof value === "string" && /^\d{1,9}(\.\d{1,6})?$/.test(value.trim()) ? Number(value) : value;
      if (typeof parsed !== "number" || !(parsed >= least && parsed <= most)) return undefined;
      return whole && !Number.isInteger(parsed) ? undefined : parsed;
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `stripe`, `stripe=/hooks/stripe`, several with commas between them or as an array. */
function parseAssignments(value: unknown): readonly ProviderAssignment[] | undefined {
  const texts: unknown = typeof value === "string" ? value.split(",").map((one) => one.trim()) : value;
  if (!Array.isArray(texts) || texts.length === 0) return undefined;
  const assignments: ProviderAssignment[] = [];
  for (const one of texts as readonly unknown[]) {
    const [, id = "", path = ""] =
      typeof one === "string" ? (/^([A-Za-z0-9][A-Za-z0-9.-]{0,63})(?:=(\/[\x21-\x22\x24-\x3e\x40-\x7e]*))?$/.exec(one) ?? []) : [];
    if (id === "") return undefined;
    assignments.push({ id: id.toLowerCase(), path });
  }
  return assignments;
}

/** Visible ASCII without `?` and `#`: it is put in front of a raw request target. */
function parsePath(path: string): string | undefined {
  if (!/^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/.test(path)) return undefined;
  return path.replace(/\/+$/, "");
}

function parseSwitch(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === "1" || value === "true") return true;
  return value === "0" || value === "false" ? false : undefined;
}

/** Lines, an array of lines, or an object whose values are texts or arrays of texts. */
function parseHeaders(value: unknown): HeaderList | undefined {
  const pairs = typeof value === "object" && value !== null && !Array.isArray(value) ? objectPairs(value) : linePairs(value);
  if (pairs === undefined) return undefined;
  const fine = pairs.every(([name, content]) => isToken(name) && !FRAMING.has(name.toLowerCase()) && isHeaderValue(content));
  return fine ? flatHeaders(pairs) : undefined;
}

type Pairs = readonly (readonly [string, string])[];

function linePairs(value: unknown): Pairs | undefined {
  const lines: unknown = typeof value === "string" ? value.split("\n").filter((line) => line.trim() !== "") : value;
  if (!Array.isArray(lines)) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const line of lines as readonly unknown[]) {
    const match = typeof line === "string" ? /^([^:]+):[ \t]*(.*?)[ \t]*$/.exec(line) : null;
    if (match === null) return undefined;
    pairs.push([match[1] ?? "", match[2] ?? ""]);
  }
  return pairs;
}

function objectPairs(value: object): Pairs | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (const [name, content] of Object.entries(value)) {
    for (const each of (Array.isArray(content) ? content : [content]) as readonly unknown[]) {
      if (typeof each !== "string") return undefined;
      pairs.push([name, each]);
    }
  }
  return pairs;
}
