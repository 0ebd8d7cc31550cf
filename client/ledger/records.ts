import type { ErrorCode } from "../../shared/errors.ts";
import type { AttemptError, AttemptKind, AttemptTimings, CapturedRequest, Forwarded, ResponseHead } from "../../shared/http/exchange.ts";
import type { HeaderList } from "../../shared/http/headers.ts";

/**
 * Where a delivery stands: `pending` (no final answer yet), `answered` (the app answered the newest attempt whole), `failed` (the newest
 * attempt ended without a whole answer), `interrupted` (the process that handled it ended first).
 */
export type DeliveryState = "pending" | "answered" | "failed" | "interrupted";

/** What a list shows of a delivery. Undefined stands for "not known", as in a delivery that has no answer yet. */
export type DeliverySummary = {
  /** order of recording: rises with every new delivery */
  readonly seq: number;
  readonly id: string;
  /** milliseconds since 1970, by the relay's clock */
  readonly receivedAt: number;
  readonly tunnel: string;
  readonly method: string;
  /** target without its query */
  readonly path: string;
  readonly provider: string | undefined;
  readonly event: string | undefined;
  readonly eventId: string | undefined;
  readonly verdict: string | undefined;
  readonly held: boolean;
  readonly state: DeliveryState;
  /** how many */
  readonly attempts: number;
  /** of the newest attempt */
  readonly status: number | undefined;
  /** total time of the newest attempt, milliseconds */
  readonly ms: number | undefined;
  /** of the body, as received */
  readonly bytes: number;
  readonly duplicateOf: string | undefined;
};

/** A delivery in a list that people look through: its summary, and what they put to it or should see at a glance. What is text here is untrusted. */
export type ListedDelivery = DeliverySummary & {
  readonly pinned: boolean;
  readonly marked: boolean;
  /** what the user wrote about it, undefined when nothing */
  readonly note: string | undefined;
  /** of the newest attempt, undefined when there is none */
  readonly lastKind: AttemptKind | undefined;
  /** code of the newest attempt's error, undefined when it has none */
  readonly lastError: string | undefined;
  /** whether the newest attempt sent something else than what was received */
  readonly edited: boolean;
  /** whether the delivery that it repeats has the same bytes; undefined: it repeats none, or that is not known */
  readonly sameBytes: boolean | undefined;
  /** code of the reason of its verdict, undefined when there is none */
  readonly reason: string | undefined;
};

/** A body as far as it is recorded. */
export type RecordedBody = {
  /** what is recorded: all of it, or its beginning when `truncated` */
  readonly bytes: Buffer;
  /** how many bytes there were */
  readonly total: number;
  readonly truncated: boolean;
};

/** A delivery with everything that is recorded of it. */
export type Delivery = Omit<DeliverySummary, "attempts"> & {
  readonly target: string;
  readonly base: string;
  readonly headers: HeaderList;
  readonly forwarded: Forwarded;
  readonly upgrade: boolean;
  readonly body: RecordedBody;
  /** whether the request arrived whole */
  readonly complete: boolean;
  readonly owed: boolean;
  readonly pinned: boolean;
  /** JSON of the signature check, undefined when there was none */
  readonly verification: string | undefined;
  /** by n */
  readonly attempts: readonly Attempt[];
};

/** A request that was not sent as received: edited or signed anew. */
export type SentRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
};

/** One call of the app, as recorded. */
export type Attempt = {
  /** 1, 2, …: what the app saw as devhook-attempt */
  readonly n: number;
  readonly kind: AttemptKind;
  /** milliseconds since 1970 */
  readonly at: number;
  /** URL that was called */
  readonly target: string;
  readonly request: SentRequest | undefined;
  readonly head: ResponseHead | undefined;
  readonly body: RecordedBody;
  /** undefined: not over, or it never ended */
  readonly timings: AttemptTimings | undefined;
  readonly error: AttemptError | undefined;
  /** answered after the sender had been answered */
  readonly late: boolean;
};

/** What there is of a body, without it. Bytes. */
export type BodySize = Omit<RecordedBody, "bytes"> & {
  /** how many are recorded */
  readonly kept: number;
};

/** A delivery without the bytes of its bodies, so that a large one costs no more than a small one. */
export type DeliveryHead = Omit<Delivery, "body" | "attempts"> & {
  readonly body: BodySize;
  /** by n */
  readonly attempts: readonly AttemptHead[];
};

/** One call of the app, without the bytes of its bodies. */
export type AttemptHead = Omit<Attempt, "body" | "request"> & {
  readonly request: (Omit<SentRequest, "body"> & { readonly body: BodySize }) | undefined;
  readonly body: BodySize;
};

/** What became of deliveries that somebody wanted removed; those that were not there are in neither list. Ids. */
export type Removal = {
  readonly removed: readonly string[];
  /** still owed to the app */
  readonly kept: readonly string[];
};

/** The work of removing many deliveries. Each call is one short transaction, so that recording goes on meanwhile. */
export type Clearing = {
  /** how many there are to remove */
  readonly found: number;
  /** Removes some, the oldest first. @returns how many; 0 when none is left */
  readonly step: () => number;
};

/** The beginning of an attempt. */
export type AttemptStart = {
  readonly n: number;
  readonly kind: AttemptKind;
  readonly at: number;
  readonly target: string;
};

/** The end of an attempt. */
export type AttemptEnd = AttemptStart & {
  /** undefined: there was no answer */
  readonly head?: ResponseHead;
  /** the whole body; undefined when it was recorded piece by piece, or there is none */
  readonly body?: Buffer;
  readonly timings: AttemptTimings;
  readonly error?: AttemptError;
  readonly late?: boolean;
};

/** An attempt that another process made, recorded when it is over; its n is assigned. */
export type NewAttempt = Omit<AttemptEnd, "n"> & { readonly request?: SentRequest };

/** A delivery that stood in a file: nothing of it is owed or pinned here, whatever it was elsewhere. */
export type ImportedDelivery = Omit<Delivery, "seq" | "path" | "status" | "ms" | "bytes" | "owed" | "pinned">;

/** How deliveries of a file get ids here. */
export type ImportIds = {
  /** makes an id for a delivery whose own is taken */
  readonly newId: (receivedAt: number) => string;
  /** old ids and those that took their place, added to by each call: a delivery that repeats another one follows it */
  readonly renamed: Map<string, string>;
};

/** Something that a relay answered while no client was there. */
export type RefusalRecord = {
  /** origin of the relay */
  readonly relay: string;
  readonly tunnel: string;
  /** number in the relay's log of this tunnel */
  readonly seq: number;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** what the sender got; 0 when it had gone */
  readonly status: number;
  readonly reason: string;
};

/** What has been found out about a delivery besides its bytes; null where nothing is known. */
export type FoundFacts = {
  readonly provider: string | null;
  readonly event: string | null;
  readonly eventId: string | null;
  readonly verdict: string | null;
  readonly duplicateOf: string | null;
  /** JSON of the signature check */
  readonly verification: string | null;
};

/** A delivery that devhook answers for the app, with its whole body. */
export type HeldDelivery = {
  readonly request: CapturedRequest;
  readonly body: Buffer;
  /** what has been found out about it, undefined when that is told later */
  readonly facts?: FoundFacts | undefined;
};

/** A delivery that must still reach the app. */
export type OwedRow = {
  /** rises in the order of receipt */
  readonly id: string;
  /** milliseconds since 1970 */
  readonly dueAt: number;
  /** calls that the app has failed */
  readonly failures: number;
};

/** What became of the wish to owe a delivery. Only `refused` may not be acknowledged. */
export type Acceptance =
  /** it is on disk, and owed from now on */
  | { readonly kind: "stored"; readonly owed: OwedRow }
  /** it was owed here already, and is on disk */
  | { readonly kind: "already-owed"; readonly owed: OwedRow }
  /** the app has given its final answer, or has failed it for good: it is not called again */
  | { readonly kind: "already-answered" }
  /** it could not be stored */
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string };

/** What is owed to the app of one tunnel, in numbers. */
export type OwedCount = {
  readonly count: number;
  /** when the oldest of them was received, milliseconds since 1970; undefined when there is none */
  readonly oldestAt: number | undefined;
  /** how many failed for good, and nobody has looked at yet */
  readonly failed: number;
};

/** What travels from the main thread to the writer: one value for each call of the recorder. */
export type LedgerRow =
  | {
      readonly type: "received";
      readonly request: CapturedRequest;
      readonly body: Buffer | undefined;
      readonly bodyBytes: number;
      readonly truncated: boolean;
    }
  | { readonly type: "request-part"; readonly id: string; readonly bytes: Buffer }
  | {
      readonly type: "request-ended";
      readonly id: string;
      readonly bodyBytes: number;
      readonly complete: boolean;
      readonly truncated: boolean;
    }
  | { readonly type: "attempt-started"; readonly id: string; readonly start: AttemptStart }
  | { readonly type: "response-part"; readonly id: string; readonly n: number; readonly bytes: Buffer }
  | { readonly type: "answered"; readonly id: string; readonly end: AttemptEnd; readonly bodyBytes: number; readonly truncated: boolean }
  | { readonly type: "verified"; readonly id: string; readonly facts: FoundFacts }
  | { readonly type: "refused"; readonly refusals: readonly RefusalRecord[] };
