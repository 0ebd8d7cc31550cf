import { clockTime } from "../../output/clock-time.ts";

/** `14:02:31.482` in the time zone of this machine. @param at milliseconds since 1970 */
export function preciseTime(at: number): string {
  return `${clockTime(at)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;
}

/** `2026-11-21` in the time zone of this machine. @param at milliseconds since 1970 */
export function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
