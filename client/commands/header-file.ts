import { DevhookError } from "../../shared/errors.ts";
import { firstHeader, flatHeaders, type HeaderList, isHeaderValue, isToken } from "../../shared/http/headers.ts";
import { parsePublicUrl } from "./parse-option.ts";

/** What a file of --headers says. */
export type HeaderFile = {
  readonly headers: HeaderList;
  /** of a request line */
  readonly method?: string;
  /** what a request line and Host say about the URL; `urlAlso`: the same with http, where nothing says which */
  readonly url?: string;
  readonly urlAlso?: string;
};

/** What is accepted, for errors. */
const ACCEPTED = "a JSON object, a JSON array of [name, value] pairs, or header lines, perhaps after a request line";
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/\d(?:\.\d)?$/;

/**
 * Reads a file of --headers. JSON texts with characters up to ÿ stand for their bytes, as `show --json` writes them; any other for UTF-8. Lines are
 * taken up to the first empty one; the `> ` that curl -v puts in front of them is taken off.
 * @param name of the file, for errors
 * @throws {DevhookError} `usage`; the message holds no value
 */
export function readHeaderFile(bytes: Buffer, name: string): HeaderFile {
  const text = bytes.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "");
  return /^\s*[[{]/.test(text) ? { headers: jsonHeaders(bytes.toString("utf8"), name) } : lineHeaders(text, name);
}

function jsonHeaders(text: string, name: string): HeaderList {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw refused(name, "it begins like JSON and is none");
  }
  const pairs: readonly unknown[] = Array.isArray(json) ? json : Object.entries(json as object).flatMap(spread);
  return flatHeaders(
    pairs.map((pair, index) => {
      const [header, value] = Array.isArray(pair) && pair.length === 2 ? (pair as readonly unknown[]) : [];
      if (typeof header !== "string" || typeof value !== "string") throw refused(name, `entry ${index + 1} is no name with a text`);
      return checked([header, latin1Of(value)], `entry ${index + 1}`, name);
    }),
  );
}

/** Node and others give the values of a repeated header as a list. */
function spread([header, value]: readonly [string, unknown]): readonly unknown[] {
  return Array.isArray(value) ? value.map((one: unknown) => [header, one]) : [[header, value]];
}

function lineHeaders(text: string, name: string): HeaderFile {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, "").replace(/^> ?/, ""));
  const begin = lines.findIndex((line) => line.trim() !== "");
  if (begin < 0) throw refused(name, "there is no header in it");
  const empty = lines.findIndex((line, index) => index > begin && line.trim() === "");
  const end = empty < 0 ? lines.length : empty;
  const requestLine = REQUEST_LINE.exec(lines[begin] ?? "");
  const first = requestLine === null ? begin : begin + 1;
  const pairs = lines.slice(first, end).map((line, index) => {
    const at = line.indexOf(":");
    const place = `line ${first + index + 1}`;
    if (at < 1) throw refused(name, `${place} is no header`);
    return checked([line.slice(0, at), line.slice(at + 1).trim()], place, name);
  });
  const headers = flatHeaders(pairs);
  if (requestLine === null) return { headers };
  const [, method = "", target = ""] = requestLine;
  return { headers, method, ...urlsOf(target, headers) };
}

function urlsOf(target: string, headers: HeaderList): Pick<HeaderFile, "url" | "urlAlso"> {
  if (parsePublicUrl(target) !== undefined) return { url: target };
  const host = firstHeader(headers, "host");
  if (host === undefined || !target.startsWith("/") || parsePublicUrl(`https://${host}`) === undefined) return {};
  return { url: `https://${host}${target}`, urlAlso: `http://${host}${target}` };
}

function checked([header, value]: readonly [string, string], place: string, name: string): readonly [string, string] {
  if (!isToken(header)) throw refused(name, `${place} has a name that HTTP does not allow`);
  if (!isHeaderValue(value)) throw refused(name, `${place} has a value that HTTP does not allow`);
  return [header, value];
}

function latin1Of(value: string): string {
  return /^[\0-\u00ff]*$/.test(value) ? value : Buffer.from(value, "utf8").toString("latin1");
}

function refused(name: string, why: string): DevhookError {
  return new DevhookError("usage", { what: `--headers does not accept ${JSON.stringify(name)}: ${why}`, why: `accepted: ${ACCEPTED}` });
}
