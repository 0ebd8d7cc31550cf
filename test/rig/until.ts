/** Upper bound of a wait, milliseconds: far beyond what a loaded two-core machine needs, so that only a missing event ends it. */
const LIMIT_MS = 20_000;

/**
 * Waits until `condition` returns something truthy and gives it back. Looks once per turn of the event loop at first, then every 5 ms.
 * @throws when nothing came within 20 s; the message names what was waited for.
 */
export async function until<T>(condition: () => T | Promise<T>, what = condition.toString(), limitMs = LIMIT_MS): Promise<NonNullable<T>> {
  const end = performance.now() + limitMs;
  for (let turn = 0; ; turn++) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await new Promise<void>((resolve) => {
      if (turn < 20) setImmediate(resolve);
      else setTimeout(resolve, 5);
    });
  }
}
