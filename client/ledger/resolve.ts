import { DevhookError } from "../../shared/errors.ts";

/** What an id argument asks for: ids that begin with `prefix`, or the delivery that is `back` steps before the newest. */
export type WantedId = { readonly prefix: string; readonly back: undefined } | { readonly prefix: undefined; readonly back: number };

/** @throws DevhookError `not-found` when the argument can mean no delivery */
export function parseIdArgument(argument: string): WantedId {
  const latest = /^latest(?:~(\d{1,9}))?$/.exec(argument);
  if (latest !== null) return { prefix: undefined, back: Number(latest[1] ?? 0) };
  const prefix = argument.toLowerCase();
  if (!/^[0-9a-f-]{1,36}$/.test(prefix)) throw notFound(argument);
  return { prefix, back: undefined };
}

/** No delivery for this argument. */
export function notFound(argument: string): DevhookError {
  return new DevhookError("not-found", {
    what: `There is no delivery ${JSON.stringify(argument)} in the history.`,
    why: "An id is whole or a unique beginning of one; latest and latest~N count from the newest.",
    fix: "See what is there: devhook events",
  });
}

/** Several deliveries begin like this. */
export function ambiguous(argument: string, candidates: readonly string[], { more }: { readonly more: boolean }): DevhookError {
  return new DevhookError("ambiguous", {
    what: `${argument} is the beginning of several deliveries.`,
    why: `They are: ${candidates.join(", ")}${more ? ", …" : ""}`,
    fix: "Give more of the id, or the whole of it.",
  });
}
