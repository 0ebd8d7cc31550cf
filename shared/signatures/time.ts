import type { TimeRule } from "./scheme.ts";
import type { TimeFact } from "./verification.ts";

/** ISO 8601 as webhooks write it; without a zone it is UTC. */
const ISO = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|z|[+-]\d\d:?\d\d)?$/;
/** RFC 9110 section 5.6.7, the form that may be sent. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
/** Digits beyond which a number of milliseconds is no date of JavaScript. */
const MOST_DIGITS = 15;

/** Reads a timestamp. @returns milliseconds since 1970, undefined when the text is no time of this unit */
export function readTime(text: string, unit: TimeRule["unit"]): number | undefined {
  if (unit === "s" || unit === "ms") {
    if (!/^\d+$/.test(text) || text.length > MOST_DIGITS) return undefined;
    return unit === "s" ? Number(text) * 1_000 : Number(text);
  }
  if (unit === "http-date") return HTTP_DATE.test(text) ? finite(Date.parse(text)) : undefined;
  const [, date, time, zone = "Z"] = ISO.exec(text) ?? [];
  if (date === undefined || time === undefined) return undefined;
  return finite(Date.parse(`${date}T${time}${zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, "$1:$2")}`));
}

/** Writes a time as a sender does. @param ms since 1970 */
export function writeTime(ms: number, unit: TimeRule["unit"]): string {
  switch (unit) {
    case "s":
      return String(Math.floor(ms / 1_000));
    case "ms":
      return String(Math.floor(ms));
    case "iso":
      return new Date(ms).toISOString();
    case "http-date":
      return new Date(ms).toUTCString();
  }
}

/**
 * Clock minus the time of signing, milliseconds. Where senders write whole seconds, the clock counts in whole seconds too, as in their own verifiers: 300.9 s
 * is an age of 300.
 */
export function ageOf(signedAt: number, now: number, unit: TimeRule["unit"]): number {
  return (unit === "s" ? Math.floor(now / 1_000) * 1_000 : now) - signedAt;
}

/** Whether a time of signing is within the tolerance. @param ageMs as {@link ageOf} has it */
export function judgeAge(
  ageMs: number,
  { tolerance, inclusive = true }: Pick<TimeRule, "tolerance" | "inclusive">,
): Extract<TimeFact, "ok" | "stale" | "future"> {
  if (tolerance === undefined) return "ok";
  if (exceeds(ageMs, tolerance.old, inclusive)) return "stale";
  return exceeds(-ageMs, tolerance.future, inclusive) ? "future" : "ok";
}

/** `2 h 3 min`, `45 s`, `12 days`: a length of time in at most two units. */
export function durationText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  if (Math.abs(ms) < 1_000) return `${Math.round(Math.abs(ms))} ms`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 172_800) return two(Math.floor(seconds / 3_600), "h", Math.floor((seconds % 3_600) / 60), "min");
  return `${Math.floor(seconds / 86_400)} days`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function exceeds(ageMs: number, seconds: number | null, inclusive: boolean): boolean {
  if (seconds === null) return false;
  return inclusive ? ageMs > seconds * 1_000 : ageMs >= seconds * 1_000;
}

function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}
