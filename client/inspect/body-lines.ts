import { sanitizeLine } from "./sanitize.ts";

/** How much of a body is shown. */
export type BodyLimits = {
  readonly lines: number;
  /** characters of a line */
  readonly width: number;
};

/** Bytes that are looked at: more than any limit of lines shows of a text that people write. */
const LOOK_BYTES = 256 * 1024;

/**
 * A body as lines that are safe to print: its text as it stands, or undefined when it is not UTF-8 text.
 * @returns the first lines, and whether there is more
 */
export function bodyLines(
  body: Buffer,
  { lines: most, width }: BodyLimits,
): { readonly lines: readonly string[]; readonly more: boolean } | undefined {
  const text = textOf(body.subarray(0, LOOK_BYTES), { cut: body.length > LOOK_BYTES });
  if (text === undefined) return undefined;
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/, most + 1);
  const shown = lines.slice(0, most).map((line) => sanitizeLine(line.replaceAll("\t", "    "), width));
  return { lines: shown, more: lines.length > most || body.length > LOOK_BYTES };
}

/** Whether a terminal would show these bytes and do nothing else. */
export function isPlainText(bytes: Buffer): boolean {
  const text = textOf(bytes, { cut: false });
  return text !== undefined && !/[^\P{Cc}\t\r\n]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(text) && !/\r(?!\n)/.test(text);
}

/** @param cut whether the bytes may end within a character */
function textOf(bytes: Buffer, { cut }: { readonly cut: boolean }): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
  } catch {
    return undefined;
  }
}
