/** Each repetition begins with another contestant: whatever favours the first or the last one is spread. */
export function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const at = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}
