import { parseSize } from "../../shared/size.ts";
import type { Moment, MomentRange, NumberRange } from "./expression.ts";

/** Reads one number in a unit of its own; undefined when it is none. */
type ReadNumber = (text: string) => number | undefined;

const AGE_UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const readPlainNumber: ReadNumber = (text) => (/^\d{1,12}(?:\.\d{1,6})?$/.test(text) ? Number(text) : undefined);

/** Bytes. */
export const readSize: ReadNumber = parseSize;

/** Milliseconds of `90s`, `5m`, `1.5h`, `2d`. */
export const readAge: ReadNumber = (text) => {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? [];
  const factor = AGE_UNITS[unit];
  return factor === undefined ? undefined : Math.round(Number(number) * factor);
};

/** `>500`, `>=500`, `<500`, `<=500`, `500`, `100..500`, `100..`, `..500`; undefined for anything else. */
export function readRange(text: string, read: ReadNumber): NumberRange | undefined {
  const [, operator, operand] = /^([<>]=?)(.*)$/s.exec(text) ?? [];
  if (operator !== undefined && operand !== undefined) {
    const number = read(operand);
    if (number === undefined) return undefined;
    if (operator === ">") return { above: number };
    if (operator === "<") return { below: number };
    return operator === ">=" ? { from: number } : { to: number };
  }
  const cut = text.indexOf("..");
  if (cut === -1) {
    const number = read(text);
    return number === undefined ? undefined : { from: number, to: number };
  }
  return between(text, cut, read, (from, to) => ({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }));
}

/** `5xx` besides what {@link readRange} reads. */
export function readStatusRange(text: string): NumberRange | undefined {
  const digit = /^([1-5])xx$/i.exec(text)?.[1];
  if (digit !== undefined) return { from: Number(digit) * 100, to: Number(digit) * 100 + 99 };
  return readRange(text, (number) => (/^[1-9]\d\d$/.test(number) ? Number(number) : undefined));
}

/** `14:02`, `14:02..14:10`, `14:02..`, `2026-11-21`, `2026-11-21T14:02Z..`: in the local time zone unless one is named. */
export function readMomentRange(text: string): MomentRange | undefined {
  const cut = text.indexOf("..");
  if (cut === -1) {
    const moment = readMoment(text);
    return moment === undefined ? undefined : { first: moment, last: moment };
  }
  return between(text, cut, readMoment, (first, last) => ({ ...(first !== undefined && { first }), ...(last !== undefined && { last }) }));
}

/** @returns undefined when an end that is there means nothing, or neither is there */
function between<T, R>(
  text: string,
  cut: number,
  read: (end: string) => T | undefined,
  make: (from: T | undefined, to: T | undefined) => R,
): R | undefined {
  const [left, right] = [text.slice(0, cut), text.slice(cut + 2)];
  if (left === "" && right === "") return undefined;
  const [from, to] = [left === "" ? undefined : read(left), right === "" ? undefined : read(right)];
  if ((left !== "" && from === undefined) || (right !== "" && to === undefined)) return undefined;
  return make(from, to);
}

const CLOCK = /^(\d\d?):(\d\d)(?::(\d\d))?$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d{1,3})?(Z|[+-]\d\d:\d\d)?$/i;

function readMoment(text: string): Moment | undefined {
  const [, hour, minute, second] = CLOCK.exec(text) ?? [];
  if (hour !== undefined) {
    const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
    if (h > 23 || m > 59 || s > 59) return undefined;
    return { kind: "clock", second: (h * 60 + m) * 60 + s, lasts: second === undefined ? 60 : 1 };
  }
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year !== undefined) {
    const [y, m, d] = [Number(year), Number(month) - 1, Number(day)];
    const start = new Date(y, m, d);
    // 30 February would be in March
    if (start.getMonth() !== m || start.getDate() !== d) return undefined;
    return { kind: "instant", start: start.getTime(), end: new Date(y, m, d + 1).getTime() };
  }
  const [, minutes, seconds, fraction, zone = ""] = INSTANT.exec(text) ?? [];
  if (minutes === undefined || (fraction !== undefined && seconds === undefined)) return undefined;
  const start = Date.parse(`${minutes}${seconds ?? ""}${fraction ?? ""}${zone}`.toUpperCase());
  if (Number.isNaN(start)) return undefined;
  return { kind: "instant", start, end: start + (fraction !== undefined ? 1 : seconds !== undefined ? 1000 : 60_000) };
}

/** What a range means at a moment: milliseconds since 1970, `to` being the first one behind it. */
export type TimeSpan = { readonly from: number; readonly to: number };

/** @param now milliseconds since 1970: times of day are today's, and yesterday's where they would come after the end of their range */
export function spanOf({ first, last }: MomentRange, now: number): TimeSpan {
  const to = last === undefined ? Infinity : endOf(last, now);
  if (first === undefined) return { from: -Infinity, to };
  if (first.kind === "instant") return { from: first.start, to };
  const today = clockOn(now, 0, first.second);
  return { from: today < to ? today : clockOn(now, -1, first.second), to };
}

function endOf(moment: Moment, now: number): number {
  return moment.kind === "instant" ? moment.end : clockOn(now, 0, moment.second + moment.lasts);
}

/** Seconds of the day in local time, `days` after that of `now`. */
function clockOn(now: number, days: number, second: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, 0, 0, second).getTime();
}
