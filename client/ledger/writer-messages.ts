import type { ErrorCode } from "../../shared/errors.ts";
import type { LedgerLimits } from "./limits.ts";

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

/** What the thread takes: a batch (see row-layout.ts), or the request to end. */
export type ToWriter = ArrayBuffer | { readonly type: "close" };

/** What the thread says. A batch comes back, with its result, in the order it came. */
export type FromWriter =
  | ArrayBuffer
  | { readonly type: "ready"; readonly run: number }
  /** the database cannot be opened; the thread ends */
  | { readonly type: "refused"; readonly fault: WriterFault }
  | { readonly type: "failing"; readonly fault: WriterFault }
  | { readonly type: "working" };
