import { InvalidArgumentError } from "commander";
import { isToken } from "../../shared/http/headers.ts";
import { readTime } from "../../shared/signatures/time.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `30m`, `1h`, `2d`; for commander. @throws {InvalidArgumentError} */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const factor = UNITS[match?.[2] ?? ""];
  if (match === null || factor === undefined) throw new InvalidArgumentError("accepted: a number with s, m, h or d, as in 1h");
  return Number(match[1]) * factor;
}

/** Milliseconds of a number of seconds, as in `30` or `0.5`; for commander. @throws {InvalidArgumentError} */
export function parseSeconds(text: string): number {
  if (!/^\d{1,6}(?:\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError("accepted: a number of seconds, as in 30 or 0.5");
  return Number(text) * 1000;
}

/** A whole number from 1 on; for commander. @throws {InvalidArgumentError} */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("accepted: a whole number, 1 or more");
  return Number(text);
}

/** Milliseconds since 1970 of `2026-11-21T10:30:00Z` or of a number of milliseconds; for commander. @throws {InvalidArgumentError} */
export function parseTime(text: string): number {
  // ten digits of milliseconds would be the spring of 1970
  if (/^\d{10}$/.test(text)) throw new InvalidArgumentError("this is in seconds; accepted: milliseconds since 1970, or ISO 8601");
  const time = readTime(text, /^\d+$/.test(text) ? "ms" : "iso");
  if (time !== undefined) return time;
  throw new InvalidArgumentError("accepted: ISO 8601, as in 2026-11-21T10:30:00Z, or milliseconds since 1970");
}

/** A URL as a sender calls it, character by character; for commander. @throws {InvalidArgumentError} */
export function parseUrl(text: string): string {
  const url = parsePublicUrl(text);
  if (url !== undefined) return url;
  throw new InvalidArgumentError("accepted: the whole URL that the sender called, as in https://example.com/hook?x=1");
}

/** A URL for an app to call, character by character; for commander. @throws {InvalidArgumentError} */
export function parseCallbackUrl(text: string): string {
  const url = parsePublicUrl(text);
  if (url !== undefined) return url;
  throw new InvalidArgumentError("accepted: an http(s) URL, as in http://localhost:9000/callback");
}

/** @returns the text itself (signatures cover its spelling), undefined when it is no http or https URL of printable ASCII */
export function parsePublicUrl(text: string): string | undefined {
  return /^https?:\/\/[\x21-\x7e]+$/i.test(text) && URL.canParse(text) ? text : undefined;
}

/** A request method; for commander. @throws {InvalidArgumentError} */
export function parseMethod(text: string): string {
  if (isToken(text)) return text.toUpperCase();
  throw new InvalidArgumentError("accepted: a method of HTTP, as in POST");
}
