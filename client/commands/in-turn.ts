/** How many run at once, and what ends it. */
export type Turns = { readonly most: number; readonly stop: AbortSignal };

/**
 * Works on the items, begun in their order and at most `most` at once, until all are done or `stop` is aborted.
 * Rejects with the first error, once everything that was begun is over; nothing is begun after one.
 */
export async function inTurn<T>(items: readonly T[], { most, stop }: Turns, work: (item: T) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = [];
  let next = 0;

  async function worker(): Promise<void> {
    while (!stop.aborted && errors.length === 0 && next < items.length) {
      const item = items[next++] as T;
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
