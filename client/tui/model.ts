import type { ListedDelivery } from "../ledger/records.ts";
import type { Keymap } from "./keymap.ts";
import type { Theme } from "./theme.ts";

/** One delivery in the list. What is text here is untrusted. */
export type Row = ListedDelivery & {
  /** seconds that its sender waits for an answer, undefined when not known */
  readonly deadline: number | undefined;
};

/** How the screen looks for this user, and which keys it has. */
export type Look = {
  readonly theme: Theme;
  readonly keymap: Keymap;
};

/** Cells of a pane. */
export type PaneSize = { readonly columns: number; readonly rows: number };

/** The connection to the relay. */
export type LinkView = {
  /** `starting`: it was never there yet */
  readonly state: "starting" | "online" | "reconnecting" | "offline" | "closing";
  /** which try this is, 0 for none */
  readonly attempt: number;
  /** milliseconds until the next try, counted from `at`; undefined: now, or never */
  readonly retryMs: number | undefined;
  /** why it is not there; untrusted, empty when there is nothing to say */
  readonly reason: string;
  /** milliseconds since 1970: when it came to this */
  readonly at: number;
};

/** The app that deliveries go to. */
export type AppView = {
  readonly state: "unknown" | "up" | "down";
  /** origin and path prefix */
  readonly target: string;
  /** why it is down; empty when there is nothing to say */
  readonly reason: string;
  /** other ports of this machine that something listens on, looked for while the app is down */
  readonly others: readonly number[];
};

/** What the screen knows of its tunnel. */
export type TunnelView = {
  /** what senders call; undefined until the relay has said so */
  readonly url: string | undefined;
  readonly link: LinkView;
  readonly app: AppView;
  /** whether the relay runs inside devhook, so that the URL is reachable from this machine only */
  readonly embedded: boolean;
  /** host of the relay */
  readonly relay: string;
  /** what senders get while nobody is here, in words: `503` */
  readonly whenOffline: string;
  /** providers that deliveries came from and that no secret is known for */
  readonly secretless: readonly string[];
  /** a lasting remark (clock off, history not kept); undefined when there is none */
  readonly banner: Message | undefined;
  /** sparkline of the last minutes: deliveries per slot, oldest first, and how many came in the last minute */
  readonly pace: { readonly slots: readonly number[]; readonly perMinute: number };
};

/** Deliveries in the list, by what a glance should find. */
export type Counts = { readonly all: number; readonly failed: number; readonly badSignature: number };

/** One line that devhook says. */
export type Message = {
  /** milliseconds since 1970 */
  readonly at: number;
  readonly kind: "ok" | "info" | "warning" | "error";
  /** one sentence; untrusted parts may be in it, as in the others */
  readonly text: string;
  /** what to do, in few words: of the row of a message it is what is cut last */
  readonly remedy?: string;
  /** all that there is to say about it, for the log; left out: text and remedy say it */
  readonly whole?: string;
};

/**
 * Lines of a pane, made when somebody looks at them: there may be a hundred thousand. Each is text and SGR sequences of ours, sanitised, and never wider than the
 * pane that the document was made for.
 */
export type PaneDocument = {
  /** how many lines there are */
  readonly count: number;
  /** `count` lines from number `from` on (the first is 0), or as many as there are */
  readonly lines: (from: number, count: number) => readonly string[];
  /** What folds on a line: a place to put into, or take out of, what is folded. Undefined: nothing. */
  readonly foldOf: (line: number) => number | undefined;
  /** Number of the attempt that a line tells of; absent: no line does. */
  readonly attemptAt?: (line: number) => number | undefined;
  /** Lines that hold a text, in order, without regard to upper and lower case; at most `most`. */
  readonly find: (needle: string, most: number) => readonly number[];
  /** One line about the whole (type, size, coding), shown above it; empty for none. */
  readonly title: string;
};

/** The tabs of the detail, in the order of their keys. */
export const TABS = ["summary", "headers", "body", "response", "signature", "tries"] as const;

/** A tab of {@link TABS}. */
export type Tab = (typeof TABS)[number];

/** How a body is shown: in the form that fits it, as it is written, by its bytes. */
export type BodyMode = "pretty" | "raw" | "bytes";
