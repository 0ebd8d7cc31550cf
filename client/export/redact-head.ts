import type { HeaderList } from "../../shared/http/headers.ts";
import type { SecretFinder } from "./find-secrets.ts";

/** What stands where something was taken out. */
export const MASK = "[redacted]";
/** The same in a URL. */
const URL_MASK = "%5Bredacted%5D";

/** Something without its secrets, and what was taken out, in words: `header Cookie`, `secret of stripe`. */
export type Redacted<T> = { readonly value: T; readonly found: readonly string[] };

/** Names of credentials, whatever their value. */
const CREDENTIAL_WORDS = [
  "token",
  "secret",
  "password",
  "passwd",
  "pwd",
  "apikey",
  "jwt",
  "session",
  "sessionid",
  "credential",
  "credentials",
];
const CREDENTIAL_ENDS = ["token", "secret", "password", "apikey"];
const HEADER_WORDS = new Set([...CREDENTIAL_WORDS, "authorization", "cookie"]);
const QUERY_WORDS = new Set([...CREDENTIAL_WORDS, "key", "auth", "authorization"]);
/** A signature is no credential: nobody can sign anything else with it, and without it nothing could be checked. */
const SIGNATURE_WORDS = new Set(["signature", "signatures", "sig"]);

/** Header lines without credentials and known secrets. */
export function redactHeaders(headers: HeaderList, secrets: SecretFinder): Redacted<HeaderList> {
  const found: string[] = [];
  const value = headers.map((text, index) => {
    const name = headers[index - 1];
    if (index % 2 === 0 || name === undefined || text === "") return text;
    if (isCredential(name, HEADER_WORDS) || name.toLowerCase() === "x-auth") {
      found.push(`header ${name}`);
      return MASK;
    }
    const url = /^(?:https?:\/)?\/[^ ]*\?/i.test(text) ? redactUrl(text, secrets) : { value: text, found: [] };
    const clean = secrets.replace(url.value, MASK);
    found.push(...url.found, ...clean.owners.map(secretOf));
    return clean.text;
  });
  return { value, found };
}

/** A URL or a request target without passwords, credentials among its parameters, and known secrets. */
export function redactUrl(url: string, secrets: SecretFinder): Redacted<string> {
  const found: string[] = [];
  const open = url.replace(/^(https?:\/\/)[^/?#@]*@/i, (_all, scheme: string) => {
    found.push("password in a URL");
    return `${scheme}${URL_MASK}@`;
  });
  const clean = secrets.replace(open, URL_MASK);
  found.push(...clean.owners.map(secretOf));
  const cut = clean.text.indexOf("?");
  const path = cut === -1 ? clean.text : clean.text.slice(0, cut);
  const segments = path.split("/").map((segment) => {
    const owners = secrets.ownersIn(percentDecoded(segment));
    found.push(...owners.map(secretOf));
    return owners.length === 0 ? segment : URL_MASK;
  });
  if (cut === -1) return { value: segments.join("/"), found };
  const query = redactParameters(clean.text.slice(cut + 1), secrets, { mask: URL_MASK, byName: true });
  return { value: `${segments.join("/")}?${query.value}`, found: [...found, ...query.found] };
}

/**
 * Parameters of a query or of a form without known secrets, however they are escaped.
 * @param byName whether the values of those that are called like credentials go as well
 */
export function redactParameters(
  text: string,
  secrets: SecretFinder,
  { mask, byName }: { readonly mask: string; readonly byName: boolean },
): Redacted<string> {
  const found: string[] = [];
  const value = text
    .split(/([&;])/)
    .map((part) => {
      const cut = part.indexOf("=");
      const name = percentDecoded(cut === -1 ? part : part.slice(0, cut));
      if (byName && cut !== -1 && cut < part.length - 1 && isCredential(name, QUERY_WORDS)) {
        found.push(`parameter ${name}`);
        return `${part.slice(0, cut)}=${mask}`;
      }
      const decoded = percentDecoded(part);
      const owners = [...new Set([...secrets.ownersIn(decoded), ...secrets.ownersIn(decoded.replaceAll("+", " "))])];
      if (owners.length === 0) return part;
      found.push(...owners.map(secretOf));
      return cut === -1 || secrets.ownersIn(name).length > 0 ? mask : `${part.slice(0, cut)}=${mask}`;
    })
    .join("");
  return { value, found };
}

/** The words for a secret that was found. */
export function secretOf(owner: string): string {
  return `secret of ${owner}`;
}

function isCredential(name: string, words: ReadonlySet<string>): boolean {
  const own = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (own.some((word) => SIGNATURE_WORDS.has(word))) return false;
  const isPair = own.some((word, index) => word === "key" && ["api", "access", "auth", "private"].includes(own[index - 1] ?? ""));
  return isPair || own.some((word) => words.has(word) || CREDENTIAL_ENDS.some((end) => word.endsWith(end)));
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
