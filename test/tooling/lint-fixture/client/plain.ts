export function loose(left: unknown, right: unknown): boolean {
  // expect eslint(eqeqeq)
  return left == right;
}

export function loud(): void {
  // expect eslint(no-console)
  console.log("text");
}

export function branches(value: number): number {
  if (value > 0) {
    return 1; // expect eslint(no-else-return)
  } else {
    return 2;
  }
}

export function falls(value: number): number {
  let sum = 0;
  switch (value) {
    case 1:
      sum += 1;
    // expect eslint(no-fallthrough)
    case 2:
      sum += 2;
      break;
    default:
  }
  return sum;
}

export function same(value: number): boolean {
  // expect eslint(no-self-compare)
  return value === value;
}

export function shadowed(value: number): () => number {
  const inner = (): number => {
    // expect eslint(no-shadow)
    const value = 1;
    return value;
  };
  return () => value + inner();
}

export function returned(list: number[]): void {
  list.push(1);
  // expect eslint(no-useless-return)
  return;
}

export function hoisted(): number {
  // expect eslint(no-var)
  var value = 1;
  value += 1;
  return value;
}

export function fixed(): number {
  // expect eslint(prefer-const)
  let value = 1;
  return value;
}

export function blanket(): number {
  // expect unicorn(no-abusive-eslint-disable)
  // oxlint-disable-next-line
  let value = 1;
  return value;
}

export function silenced(): number {
  // expect unused-directive
  // oxlint-disable-next-line no-console -- nothing here prints
  return 1;
}

export function foreign(): void {
  // expect eslint(no-console)
  console.log("text"); // eslint-disable-line no-console
}

// expect eslint(no-unused-vars)
function unused(): void {}
