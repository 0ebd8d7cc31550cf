import { DevhookError } from "../../shared/errors.ts";
import type { FromScreen, MainCalls, ToScreen } from "./messages.ts";

/** The calls of {@link MainCalls}, made from the thread of the screen. */
export type MainCaller = {
  /** @throws {DevhookError} what the main thread has thrown */
  readonly call: <Name extends keyof MainCalls>(
    name: Name,
    argument: Parameters<MainCalls[Name]> extends [infer Only] ? Only : undefined,
  ) => ReturnType<MainCalls[Name]>;
  /** Takes an answer in. */
  readonly answered: (message: Extract<ToScreen, { type: "result" | "fault" }>) => void;
};

/** Makes a caller that posts to the main thread. */
export function createMainCaller(post: (message: FromScreen) => void): MainCaller {
  const open = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>();
  let calls = 0;

  function call(name: keyof MainCalls, argument: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      calls += 1;
      open.set(calls, { resolve, reject });
      post({ type: "call", call: calls, name, argument });
    });
  }

  return {
    call: call as MainCaller["call"],
    answered: (message) => {
      const waiting = open.get(message.call);
      open.delete(message.call);
      if (message.type === "result") return waiting?.resolve(message.value);
      const { code, message: what, why, fix } = message.fault;
      waiting?.reject(new DevhookError(code, { what, ...(why !== undefined && { why }), ...(fix !== undefined && { fix }) }));
    },
  };
}
