import type { ErrorCode } from "../../shared/errors.ts";
import type { Outcome } from "./final-status.ts";
import type { LedgerLimits } from "./limits.ts";
import type { Acceptance, Delivery, HeldDelivery, NewAttempt, OwedCount, OwedRow } from "./records.ts";

/** What the writer thread is started with. */
export type WriterData = {
  /** of the database */
  readonly path: string;
  readonly limits: LedgerLimits;
  /** runs.id that an earlier thread of this process had */
  readonly run: number | undefined;
};

/** A DevhookError on its way between threads. */
export type WriterFault = {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string | undefined;
};

/** What the thread is asked to do with what this machine owes. */
export type Question =
  | { readonly do: "accept"; readonly deliveries: readonly HeldDelivery[] }
  | { readonly do: "hold"; readonly tunnel: string }
  | { readonly do: "release"; readonly tunnel: string }
  | { readonly do: "owed"; readonly tunnel: string }
  | { readonly do: "count"; readonly tunnel: string }
  | { readonly do: "load"; readonly id: string }
  | { readonly do: "due"; readonly row: OwedRow; readonly attempt: NewAttempt | undefined }
  | { readonly do: "settle"; readonly id: string; readonly outcome: Outcome; readonly attempt: NewAttempt | undefined };

/** What it answers to each. */
export type Answers = {
  readonly accept: readonly Acceptance[];
  readonly hold: boolean;
  readonly release: undefined;
  readonly owed: readonly OwedRow[];
  readonly count: OwedCount;
  readonly load: Delivery | undefined;
  readonly due: boolean;
  readonly settle: boolean;
};

/** What the thread takes: a batch (see row-layout.ts), a question, or the request to end. */
export type ToWriter =
  | ArrayBuffer
  | { readonly type: "ask"; readonly number: number; readonly question: Question }
  | { readonly type: "close" };

/** What the thread says. A batch comes back, with its result, in the order it came; so do the answers to questions. */
export type FromWriter =
  | ArrayBuffer
  | { readonly type: "ready"; readonly run: number }
  /** the database cannot be opened; the thread ends */
  | { readonly type: "refused"; readonly fault: WriterFault }
  | { readonly type: "answer"; readonly number: number; readonly answer: Answers[keyof Answers] }
  /** what was asked could not be done, and nothing of it is */
  | { readonly type: "fault"; readonly number: number; readonly fault: WriterFault }
  | { readonly type: "failing"; readonly fault: WriterFault }
  | { readonly type: "working" };
