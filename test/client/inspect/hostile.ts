/** Written out anew, code by code: what no terminal line may hold. */
export function isHostile(code: number): boolean {
  const ranges = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x034f, 0x034f],
    [0x061c, 0x061c],
    [0x115f, 0x1160],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0x3164, 0x3164],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff9, 0xfffb],
    [0xe0000, 0xe0fff],
  ] as const;
  return ranges.some(([from, to]) => code >= from && code <= to);
}

/** The characters of a text that may not come to a terminal, by name. */
export function hostileIn(text: string): readonly string[] {
  return Array.from(text)
    .filter((character) => isHostile(character.codePointAt(0) ?? 0))
    .map((character) => escape(character));
}

function escape(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16)}`;
}
