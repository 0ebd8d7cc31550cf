declare function useEffect(effect: () => void, needs: readonly unknown[]): void;

export function useSize(active: boolean, column: number, report: (column: number) => void): void {
  if (active) {
    // expect react-hooks(rules-of-hooks)
    useEffect(() => report(0), [report]);
  }
  // expect react-hooks(exhaustive-deps)
  useEffect(() => report(column), []);
}
