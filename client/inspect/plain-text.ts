/** Whether a terminal would show these bytes and do nothing else. */
export function isPlainText(bytes: Buffer): boolean {
  const text = textOf(bytes);
  return text !== undefined && !/[^\P{Cc}\t\r\n]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(text) && !/\r(?!\n)/.test(text);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
