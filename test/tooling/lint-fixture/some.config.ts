const settings = { depth: 1 };
// tools want it so
export default settings;

export function loose(left: unknown): boolean {
  // expect eslint(eqeqeq)
  return left == 1;
}
