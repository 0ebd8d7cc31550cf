import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `30m`, `1h`, `2d`; for commander. @throws {InvalidArgumentError} */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const factor = UNITS[match?.[2] ?? ""];
  if (match === null || factor === undefined) throw new InvalidArgumentError("accepted: a number with s, m, h or d, as in 1h");
  return Number(match[1]) * factor;
}

/** A whole number from 1 on; for commander. @throws {InvalidArgumentError} */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("accepted: a whole number, 1 or more");
  return Number(text);
}
