import type { CapturedRequest, ResponseHead } from "../http/exchange.ts";
import type { ResetCode } from "./constants.ts";

/** Body bytes, on either direction. */
export type DataFrame = { readonly type: "data"; readonly stream: number; readonly bytes: Buffer };
/** The body is whole. */
export type EndFrame = { readonly type: "end"; readonly stream: number };
/** The stream ends at once. */
export type ResetFrame = { readonly type: "reset"; readonly stream: number; readonly code: ResetCode; readonly reason: string };
/** The sender of this frame takes `bytes` more. */
export type CreditFrame = { readonly type: "credit"; readonly stream: number; readonly bytes: number };

/** A new exchange; `body` is undefined when it follows as data frames. The tunnel is the link's own. */
export type RequestFrame = {
  readonly type: "request";
  readonly stream: number;
  readonly request: Omit<CapturedRequest, "tunnel">;
  readonly body: Buffer | undefined;
};

/** The head of the answer; `body` is undefined when it follows as data frames. */
export type ResponseFrame = {
  readonly type: "response";
  readonly stream: number;
  readonly head: ResponseHead;
  readonly body: Buffer | undefined;
  /** whether devhook's client made this answer, and not the app */
  readonly madeByClient: boolean;
};

/** An interim answer (1xx). */
export type InformationFrame = { readonly type: "information"; readonly stream: number; readonly head: ResponseHead };

/** What the relay says first. */
export type Welcome = {
  readonly version: string;
  readonly epoch: number;
  readonly tunnel: string;
  /** public base URLs without a trailing slash; the first is the one to show */
  readonly urls: readonly string[];
  /** relay's clock, milliseconds since 1970 */
  readonly now: number;
  /** bytes */
  readonly maxBody: number;
};

/** Why a side ends the link, when it can say so. */
export type GoAway = {
  readonly reason: "restart" | "taken-over" | "revoked" | "leaving";
  readonly message: string;
  /** milliseconds to wait before dialling again */
  readonly retryAfterMs: number;
};

/** Something that the relay answered for the tunnel without a client. */
export type Refusal = {
  /** number in the relay's log of this tunnel, rising */
  readonly seq: number;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** the HTTP status that the sender got; 0 when it had gone */
  readonly status: number;
  /** stable code: `client-offline`, `body-too-large`, … */
  readonly reason: string;
};

/** Everything that a client may receive. */
export type FrameToClient =
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "goaway"; readonly goaway: GoAway }
  | { readonly type: "refusals"; readonly refusals: readonly Refusal[] }
  | RequestFrame
  | DataFrame
  | EndFrame
  | ResetFrame
  | CreditFrame;

/** Everything that a relay may receive. */
export type FrameToRelay =
  | { readonly type: "goaway"; readonly goaway: GoAway }
  | { readonly type: "refusals-seen"; readonly seq: number }
  | ResponseFrame
  | InformationFrame
  | DataFrame
  | EndFrame
  | ResetFrame
  | CreditFrame;
