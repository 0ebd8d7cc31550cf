import { readFile } from "node:fs/promises";

export function lost(path: string): void {
  // expect typescript(no-floating-promises)
  readFile(path);
}

export function misused(paths: readonly string[]): void {
  // expect typescript(no-misused-promises)
  paths.forEach(async (path) => {
    await readFile(path);
  });
}

export async function unguarded(path: string): Promise<Buffer | undefined> {
  try {
    // expect typescript(return-await)
    return readFile(path);
  } catch {
    return undefined;
  }
}

export function rejected(): Promise<never> {
  // expect typescript(prefer-promise-reject-errors)
  return Promise.reject("text");
}

export function thrown(): never {
  // expect typescript(only-throw-error)
  throw "text";
}

export function twice(emitter: { on(event: string, listener: (error?: Error) => void): void }): Promise<void> {
  return new Promise((resolve, reject) => {
    emitter.on("end", (error) => {
      if (error) reject(error);
      // expect promise(no-multiple-resolved)
      resolve();
    });
  });
}

export async function needless(value: number): Promise<number> {
  // expect typescript(await-thenable)
  return (await value) + 1;
}
