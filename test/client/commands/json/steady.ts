const DAY_MS = 86_400_000;
const BASE = Date.parse("2026-11-21T14:02:31.000Z");
const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** What is measured, by the name of its member. */
const MEASURED: Readonly<Record<string, number>> = { ms: 4.2, headMs: 3.1, pid: 4711, freed: 40_960 };

/** Replaces what is different in each run, so that printed values can stand on a page. */
export type Steady = {
  /** @param known what else is different, and what stands for it */
  readonly of: (value: unknown, known: readonly (readonly [string, string])[]) => unknown;
};

/** @returns a {@link Steady} that gives one id the same place wherever it stands */
export function createSteady(): Steady {
  const ids = new Map<string, string>();
  const steadyId = (id: string): string => {
    const known = ids.get(id) ?? `019aa6b1-7c00-7000-8000-${String(ids.size + 1).padStart(12, "0")}`;
    ids.set(id, known);
    return known;
  };

  function of(value: unknown, known: readonly (readonly [string, string])[]): unknown {
    let first: number | undefined;
    let times = 0;
    // a second later each, and as many days as there really are between them
    const steadyTime = (text: string): string => {
      first ??= Date.parse(text);
      const days = Math.round((Date.parse(text) - first) / DAY_MS);
      return new Date(BASE + 1_000 * times++ + days * DAY_MS).toISOString();
    };
    const steadyText = (text: string): string => {
      if (TIME.test(text)) return steadyTime(text);
      return known.reduce((sum, [from, to]) => sum.replaceAll(from, to), text).replaceAll(ID, steadyId);
    };
    const walk = (one: unknown): unknown => {
      if (typeof one === "string") return steadyText(one);
      if (Array.isArray(one)) return one.map(walk);
      if (typeof one !== "object" || one === null) return one;
      const members = Object.entries(one).map(([name, member]): readonly [string, unknown] => {
        const measured = MEASURED[name];
        return [steadyText(name), typeof member === "number" && measured !== undefined ? measured : walk(member)];
      });
      return Object.fromEntries(members);
    };
    return walk(value);
  }

  return { of };
}
