/** Those who want to hear of something, told one after the other, synchronously. */
export type Listeners = {
  /** @returns what ends the subscription */
  readonly add: (listener: (value: string) => void) => () => void;
  readonly tell: (value: string) => void;
};

/** An empty list of listeners. */
export function createListeners(): Listeners {
  const all = new Set<(value: string) => void>();
  return {
    add: function listen(listener) {
      all.add(listener);
      return () => all.delete(listener);
    },
    tell: function tell(value) {
      for (const listener of all) listener(value);
    },
  };
}
