import type { CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import type { MadeReason } from "../../shared/http/made-answer.ts";

/** Why the relay will not take a body. */
export type BodyRefusal = Pick<MadeReason, "status" | "code" | "message"> & { readonly hint?: string };

/** Hears how a body begins. Exactly one of the three is called, unless the sender goes first. */
export type BodyReading = {
  /** `release` gives back the memory that was set aside for it */
  readonly whole: (bytes: Buffer, release: () => void) => void;
  readonly large: (source: BodySource) => void;
  readonly refused: (refusal: BodyRefusal) => void;
};

/** A body too large to be held. */
export type BodySource = {
  /** Begins to read. `data` returns false when the source should pause until {@link BodySource.resume}. */
  readonly start: (to: {
    readonly data: (bytes: Buffer) => boolean;
    readonly end: () => void;
    readonly refused: (refusal: BodyRefusal) => void;
  }) => void;
  readonly resume: () => void;
  /** Reads the rest and drops it, so that its sender is not stuck in the middle. */
  readonly discard: () => void;
};

/** Where the answer goes. Calls after the sender has gone are ignored. */
export type Answer = {
  /** An interim answer (1xx). */
  readonly information: (head: ResponseHead) => void;
  /** The head, and the body if it is whole. */
  readonly head: (head: ResponseHead, body: Buffer | undefined) => void;
  /** Body bytes. `handedOn` is called when the sender has taken them. */
  readonly data: (bytes: Buffer, handedOn: (bytes: number) => void) => void;
  readonly end: () => void;
  /** An answer that devhook makes. Ignored when a head has gone out. */
  readonly made: (reason: MadeReason) => void;
  /** Breaks the connection: the answer cannot be completed, and must not look whole. */
  readonly abort: () => void;
  /** whether a head has gone out */
  readonly begun: boolean;
};

/** One request as it stands at the door: its head is captured, its body not yet read. */
export type Incoming = {
  readonly request: CapturedRequest;
  /** Begins to read the body. What a sender says after the 101 of a WebSocket is a large body, too. */
  readonly read: (to: BodyReading) => void;
  readonly answer: Answer;
  /** `gone` is called once when the sender closes its connection before the answer is complete. `whole`: its request had arrived whole. */
  readonly onSenderGone: (gone: (state: { readonly whole: boolean }) => void) => void;
};
