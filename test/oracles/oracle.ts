import { createRequire } from "node:module";
import { firstHeader, type HeaderList } from "../../shared/http/headers.ts";

/** A request as a sender makes it; the body is bytes, the headers are flat. */
export type SentRequest = { readonly method: string; readonly url: string; readonly headers: HeaderList; readonly body: Buffer };

/** What signs and what verifies: the same text twice for a shared secret, private PEM and the provider's spelling of the public key otherwise. */
export type Keys = { readonly sign: string; readonly verify: string };

/** One package that judges webhooks of a provider. */
export type Oracle = {
  /** id in the catalogue */
  readonly provider: string;
  /** the scheme that the package knows, where the provider has several and it is not the first */
  readonly scheme?: string;
  /** name on npm */
  readonly package: string;
  /** which of the package's cases this is, where it has several of one scheme */
  readonly what?: string;
  /** whose package it is, when it is not the provider's own */
  readonly by?: string;
  readonly keys: Keys;
  readonly otherKeys: Keys;
  /** the request before it is signed */
  readonly request: SentRequest;
  /** Whether the package takes the request at the clock of Date.now(). A package that throws refuses. */
  readonly accepts: (request: SentRequest, verifyKey: string) => boolean | Promise<boolean>;
  /** The request with the package's own signature at the clock of Date.now(). */
  readonly signs?: (request: SentRequest, signKey: string) => SentRequest | Promise<SentRequest>;
  /** Why the package refuses what devhook signs, where it must; the package's own signature is changed then. */
  readonly cannotSign?: string;
  /** Changes on which package and devhook are known to disagree, and why devhook stays as it is. Disagreement about time stands in the catalogue instead. */
  readonly takes?: readonly Exception[];
  readonly refuses?: readonly Exception[];
};

/** `what` the changes are called in changes.ts: the package takes them and devhook does not, or the reverse. */
export type Exception = { readonly what: RegExp; readonly because: string };

const require = createRequire(import.meta.url);

/**
 * A package of this folder. `T` says what is used of it: its own types are there only when it is installed.
 * It is required, not imported, because some packages ship an ES module that Node 20 cannot load.
 */
export function load<T>(specifier: string): T {
  try {
    return require(specifier) as T;
  } catch (cause) {
    throw new PackageFault(`${specifier} cannot be loaded from test/oracles`, { cause });
  }
}

/** A package that is not there, as against one that refuses a request. */
export class PackageFault extends Error {}

/** A package that exists as an ES module only. */
export async function loadModule<T>(specifier: string): Promise<T> {
  return (await import(specifier)) as T;
}

/** Members with a break, a fraction, an escape and text beyond ASCII: whatever a package does to the body shows. */
const BODY = Buffer.from('{"type":"order.paid","id":"evt_1",\n "data":{"name":"Jürgen \\u00e9","amount":12.50,"tags":["a/b"]}}');

export const REQUEST: SentRequest = {
  method: "POST",
  url: "https://hooks.example.com/in/a%20b?tenant=7&x=1",
  headers: ["Content-Type", "application/json"],
  body: BODY,
};

/** A shared secret. */
export function shared(secret: string): Keys {
  return { sign: secret, verify: secret };
}

/** The request with more headers. */
export function withHeaders(request: SentRequest, headers: HeaderList): SentRequest {
  return { ...request, headers: [...request.headers, ...headers] };
}

/** Headers by lower-case name, as Node and most packages have them. */
export function headerRecord({ headers }: SentRequest): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < headers.length; i += 2) record[(headers[i] ?? "").toLowerCase()] = headers[i + 1] ?? "";
  return record;
}

/** A header as frameworks give it to an app: the empty text when it is not there. */
export function headerText({ headers }: SentRequest, name: string): string {
  return firstHeader(headers, name) ?? "";
}
