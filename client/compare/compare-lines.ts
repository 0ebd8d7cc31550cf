/** A line that only one of two texts has. */
export type LineChange = {
  readonly side: "before" | "after";
  /** its number in that text, 1 being the first */
  readonly number: number;
  /** with its end, if it has one */
  readonly text: string;
};

/** Pairs of lines that are compared at most, which is a matter of time and memory: beyond it the middle is taken for another text altogether. */
const MOST_PAIRS = 4_000_000;

/** The fewest lines that have to go and come to make one text out of another. */
export function compareLines(before: string, after: string): readonly LineChange[] {
  const old = linesOf(before);
  const fresh = linesOf(after);
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;

  const kept = commonLines(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  const changes: LineChange[] = [];
  let [i, j] = [head, head];
  for (const [inOld, inFresh] of [...kept, [old.length - tail - head, fresh.length - tail - head] as const]) {
    while (i < head + inOld) changes.push({ side: "before", number: i + 1, text: old[i++] ?? "" });
    while (j < head + inFresh) changes.push({ side: "after", number: j + 1, text: fresh[j++] ?? "" });
    i++;
    j++;
  }
  return changes;
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Positions of lines that stay, in order: a longest common subsequence, by the table that everybody knows. */
function commonLines(old: readonly string[], fresh: readonly string[]): readonly (readonly [number, number])[] {
  if (old.length * fresh.length > MOST_PAIRS) return [];
  // numbers compare at once, whatever the length of the lines
  const numbers = new Map<string, number>();
  const numberOf = (line: string): number => numbers.get(line) ?? (numbers.set(line, numbers.size), numbers.size - 1);
  const [a, b] = [old.map(numberOf), fresh.map(numberOf)];
  const width = b.length + 1;
  // lengths[i][j]: of the common lines of what follows i and j
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const kept: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) kept.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return kept;
}
