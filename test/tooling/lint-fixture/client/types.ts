type State = "open" | "closed";

export function unhandled(state: State): number {
  // expect typescript(switch-exhaustiveness-check)
  switch (state) {
    case "open":
      return 1;
  }
  return 0;
}

// expect typescript(no-explicit-any)
export function anything(value: any): number {
  // expect typescript(no-unsafe-argument)
  takeNumber(value);
  // expect typescript(no-unsafe-assignment)
  const copy = value;
  // expect typescript(no-unsafe-call)
  value();
  // expect typescript(no-unsafe-member-access)
  if (copy.size) return 1;
  // expect typescript(no-unsafe-return)
  return value;
}

export function asserted(text: string | undefined): string {
  // expect typescript(no-non-null-assertion)
  return text!;
}

// expect typescript(ban-ts-comment)
// @ts-ignore
export const ignored: number = "text";

// expect typescript(ban-ts-comment)
// @ts-expect-error
export const expected: number = "text";

export function needless(text: string): string {
  // expect typescript(no-unnecessary-type-assertion)
  return text as string;
}

export function caught(promise: Promise<void>): Promise<void> {
  // expect typescript(use-unknown-in-catch-callback-variable)
  return promise.catch((error: Error) => takeNumber(error.message.length));
}

/** @deprecated of old */
function old(): void {}

export function young(): void {
  // expect typescript(no-deprecated)
  old();
}

function takeNumber(value: number): void {
  void value;
}
