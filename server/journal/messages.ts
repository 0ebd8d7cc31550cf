import type { JournalLimits } from "./limits.ts";
import type { ThreadFault } from "./thread-fault.ts";

/** A delivery as its row in the database has it; `headers` is JSON. */
export type HeldRow = {
  readonly id: string;
  readonly tunnel: string;
  readonly receivedAt: number;
  readonly status: number;
  readonly size: number;
  readonly method: string;
  readonly target: string;
  readonly base: string;
  readonly headers: string;
  readonly forwardedFor: string;
  readonly forwardedProto: "http" | "https";
  readonly forwardedHost: string;
  readonly upgrade: 0 | 1;
  /** with an ArrayBuffer of its own: it changes hands */
  readonly body: Uint8Array<ArrayBuffer>;
};

/** A row that is there. */
export type StoredRow = HeldRow & { readonly seq: number };

/** What is held for one tunnel. */
export type TunnelFigures = {
  readonly tunnel: string;
  /** deliveries */
  readonly count: number;
  /** what the limits count of them */
  readonly bytes: number;
  /** milliseconds since 1970; undefined when there is none */
  readonly oldestAt: number | undefined;
};

/** What was held for too long. */
export type ExpiryRecord = {
  /** rises with every record of the journal */
  readonly seq: number;
  readonly tunnel: string;
  /** of the delivery */
  readonly id: string;
  /** milliseconds since 1970, as `at` */
  readonly receivedAt: number;
  /** when it expired */
  readonly at: number;
  readonly method: string;
  /** the request target, cut after 2,048 characters */
  readonly path: string;
  /** what the sender was answered when it was held */
  readonly status: number;
  readonly reason: "expired";
};

/** A little of a large piece of work is done. */
export type Step = {
  /** deliveries that are gone by it, by tunnel */
  readonly gone: readonly (readonly [tunnel: string, count: number])[];
  /** whether there is more to do */
  readonly more: boolean;
};

/** What the thread is asked for, and what it answers. */
export type Questions = {
  readonly hold: { readonly ask: { readonly row: HeldRow }; readonly answer: true };
  readonly forget: { readonly ask: { readonly tunnel: string; readonly ids: readonly string[] }; readonly answer: true };
  readonly expire: { readonly ask: { readonly before: number; readonly at: number }; readonly answer: Step };
  readonly release: { readonly ask: { readonly tunnel: string }; readonly answer: Step };
  readonly seen: { readonly ask: { readonly tunnel: string; readonly seq: number }; readonly answer: true };
  readonly next: { readonly ask: NextQuery & { readonly tunnel: string }; readonly answer: readonly StoredRow[] };
  readonly expired: { readonly ask: { readonly tunnel: string }; readonly answer: readonly ExpiryRecord[] };
  readonly tunnels: { readonly ask: object; readonly answer: readonly string[] };
};

/** How much of a tunnel's backlog is read at once. */
export type NextQuery = {
  /** only what stands behind this seq; 0: from the beginning */
  readonly after: number;
  /** deliveries */
  readonly limit: number;
  /** bytes, counted as the limits do; the first delivery comes whatever its size */
  readonly maxBytes: number;
};

/** A question with its number. */
export type Ask = { [Type in keyof Questions]: { readonly type: Type; readonly n: number } & Questions[Type]["ask"] }[keyof Questions];

/** A question that changes the database. */
export type Change = Extract<Ask, { readonly type: "hold" | "forget" | "expire" | "release" | "seen" }>;

/** A question that only reads. */
export type Look = Exclude<Ask, Change>;

/** The answer to question `n`. */
export type Answer =
  | { readonly n: number; readonly ok: true; readonly value: Questions[keyof Questions]["answer"] }
  | { readonly n: number; readonly ok: false; readonly fault: ThreadFault };

/** What the thread is started with. */
export type ThreadData = { readonly path: string; readonly limits: JournalLimits };

/** What the thread takes. `close` is the last. */
export type ToThread = Ask | { readonly type: "close" };

/** What the thread says. */
export type FromThread =
  /** the database is open; all that is held */
  | { readonly type: "ready"; readonly figures: readonly TunnelFigures[] }
  /** the database cannot be opened; the thread ends */
  | { readonly type: "refused"; readonly fault: ThreadFault }
  /** `figures` of the tunnels that changed; with `all`, of every tunnel that has something */
  | { readonly type: "answers"; readonly answers: readonly Answer[]; readonly figures: readonly TunnelFigures[]; readonly all: boolean }
  | { readonly type: "failing"; readonly fault: ThreadFault }
  | { readonly type: "working" };
