import { DevhookError, type ErrorCode, messageOf } from "../../shared/errors.ts";
import type { AttemptError } from "../../shared/http/exchange.ts";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import type { Keymap } from "../tui/keymap.ts";
import type { ActionId } from "../tui/keys.ts";
import type { Message } from "../tui/model.ts";

/** What the words for something that went wrong rest on. */
export type TellingDoors = {
  readonly keys: Pick<Keymap, "keysOf">;
  /** number of a delivery in the list; undefined when it is not there */
  readonly seqOf: (id: string) => number | undefined;
};

/** One sentence about what was done. */
export type Said = Omit<Message, "at">;

/** Words of this screen: deliveries by their numbers, ways out by their keys, what failed in one row and whole in the log. */
export type Telling = {
  readonly fault: (error: unknown) => Said;
  /** What failed, and what to do, of a call that the app did not answer well. */
  readonly attempt: (error: AttemptError) => { readonly text: string; readonly remedy: string | undefined };
  /** A key, and what it does; undefined where this user has taken its keys away. */
  readonly key: (action: ActionId, words: string) => string | undefined;
  /** Numbers in the place of ids. */
  readonly named: (text: string) => string;
};

/** A remedy of the command line, by its beginning, and what does the same here; `$1` is what the pattern has found. */
const KEYS: readonly (readonly [RegExp, ActionId, string])[] = [
  [/^(?:name the sender: |send it unsigned)/, "resend", "sends it as it came"],
  [/^store it: /, "secrets", "keeps one"],
  [/^remove it, then store each secret/, "secrets", "keeps new ones once that file is gone"],
  [/^(?:export it as )?((?:har|raw|fixture)(?: (?:and|or) jsonl)?)\b/, "export", "exports it as $1"],
  [/^see (?:them|it|those)\b.*devhook providers/, "secrets", "shows who is known"],
];
/** What to do about faults of one kind, where no key helps and the command line says more than a row holds. */
const WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  "database-corrupt": "quit, and move it aside",
  "database-busy": "try it again in a moment",
  "database-io": "make room on that disk",
  "data-dir-unwritable": "make its folder writable",
};
const COMMAND = /^choose another place: /;
const ELSEWHERE = "start devhook in another folder";

const ID = /(?:\bdelivery )?\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
/** The folders of a path: its name is what a row has room for. */
const FOLDERS = /(?<=^|[\s"])(?:\/[^\s"/]+)*\/(?=[^\s"/])/g;

/** @returns words for what goes wrong in this screen */
export function createTelling({ keys, seqOf }: TellingDoors): Telling {
  function key(action: ActionId, words: string): string | undefined {
    const name = keys.keysOf(action);
    return name === "" ? undefined : `${name} ${words}`;
  }

  function named(text: string): string {
    return text.replace(ID, (found, start: string) => {
      const seq = seqOf(found.slice(-36));
      return seq === undefined ? `delivery ${start}` : `#${seq}`;
    });
  }

  function remedyOf({ code, fix }: DevhookError): string | undefined {
    if (WORDS[code] !== undefined) return WORDS[code];
    if (fix === undefined) return undefined;
    if (COMMAND.test(fix)) return ELSEWHERE;
    for (const [pattern, action, words] of KEYS) {
      const [found, form = ""] = pattern.exec(fix) ?? [];
      if (found !== undefined) return key(action, words.replace("$1", form)) ?? fix;
    }
    return named(fix);
  }

  function attempt({ code, message, hint }: AttemptError): ReturnType<Telling["attempt"]> {
    switch (code) {
      case "app-refused":
        return { text: message, remedy: key("port", "names another port") ?? "start your app there" };
      case "app-unreachable":
        return { text: message, remedy: hint.includes("--insecure") ? "start devhook with --insecure" : "check its host and port" };
      case "app-timeout":
        return { text: message, remedy: "answer sooner, or raise --timeout" };
      case "app-stalled":
        return { text: message, remedy: "see what your app waits for" };
      case "app-reset":
        return { text: message, remedy: "look at your app's log" };
      case "app-malformed":
        return { text: message, remedy: "look at how your app answers" };
      case "app-busy":
      case "stopped":
        return { text: message, remedy: key("resend", "sends it again") };
      default:
        return { text: message, remedy: hint === "" ? undefined : hint };
    }
  }

  return {
    attempt,
    key,
    named,
    fault: (thrown) => {
      const error = databaseFault(thrown, "devhook.db");
      const whole = named(sentenceOf(error));
      if (!(error instanceof DevhookError)) return { kind: "error", text: whole };
      const { message, why } = error;
      const remedy = remedyOf(error);
      // without a way out, the reason is what helps most
      const words = remedy === undefined && why !== undefined ? `${message}: ${why}` : message;
      const text = named(words).replace(FOLDERS, "").replace(/\.$/, "");
      return { kind: "error", text, ...(remedy !== undefined && { remedy }), ...(whole !== text && { whole }) };
    },
  };
}

/** What failed, why, what to do: on one line. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof DevhookError)) return messageOf(error);
  const { message, why, fix } = error;
  return `${message}${why === undefined ? "" : `: ${why}`}${fix === undefined ? "" : `. ${fix}`}`;
}
