/** What {@link parseSize} accepts, in words for error messages. */
export const SIZE_RULE = "a number of bytes, or one with k, kb, m, mb, g or gb (powers of 1024), as in 10mb";

const SIZE = /^(\d{1,16}(?:\.\d{1,6})?) ?(k|m|g)?b?$/i;
const FACTORS = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** Bytes that a size text means (`"10mb"`, `"64k"`, `"1.5gb"`, `"4096"`), whole; undefined when it is not one or is beyond exact integers. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2]?.toLowerCase();
  const factor = unit === "k" || unit === "m" || unit === "g" ? FACTORS[unit] : 1;
  const bytes = Math.floor(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
