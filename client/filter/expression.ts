import type { AttemptKind } from "../../shared/http/exchange.ts";
import type { HeaderList } from "../../shared/http/headers.ts";
import type { TextPattern } from "./text-pattern.ts";

/** A filter as it was parsed: a delivery matches when each word does. */
export type Expression = readonly Word[];

/** One word: what it asks, and whether the answer is turned round. */
type Word = { readonly isNegated: boolean; readonly test: Test };

/** What a word asks of a delivery; of several alternatives one is enough. */
export type Test =
  | { readonly kind: "text"; readonly field: TextField; readonly patterns: readonly TextPattern[] }
  /** the delivery's id, by its beginning, or the provider's id of the event */
  | { readonly kind: "id"; readonly begins: readonly TextPattern[]; readonly whole: readonly TextPattern[] }
  /** event type, path, provider, both ids */
  | { readonly kind: "anywhere"; readonly patterns: readonly TextPattern[] }
  | { readonly kind: "note"; readonly patterns: readonly TextPattern[] }
  | { readonly kind: "number"; readonly field: NumberField; readonly ranges: readonly NumberRange[] }
  | { readonly kind: "status"; readonly ranges: readonly NumberRange[]; readonly orNone: boolean }
  /** milliseconds before now */
  | { readonly kind: "age"; readonly ranges: readonly NumberRange[] }
  | { readonly kind: "at"; readonly ranges: readonly MomentRange[] }
  | { readonly kind: "verdict"; readonly verdicts: readonly string[] }
  | { readonly kind: "is"; readonly traits: readonly Trait[] }
  | ContentTest;

/** What only the headers or the body can answer. */
export type ContentTest =
  | { readonly kind: "header"; readonly name: string; readonly patterns: readonly TextPattern[] }
  | { readonly kind: "member"; readonly path: string; readonly patterns: readonly MemberPattern[] }
  /** each character is one byte (latin1) */
  | { readonly kind: "body"; readonly patterns: readonly TextPattern[] };

/** A scalar in a JSON body. */
export type MemberPattern = {
  readonly value: TextPattern;
  /** what a body without escapes holds when it matches, one character a byte: saves reading most bodies as JSON */
  readonly trace: TextPattern;
};

export type TextField = "provider" | "event" | "method" | "path" | "tunnel";
export type NumberField = "ms" | "bytes" | "attempts";

/** Both ends are optional; without `above` and `below` an end belongs to the range. */
export type NumberRange = {
  readonly from?: number;
  readonly to?: number;
  /** more than this */
  readonly above?: number;
  /** less than this */
  readonly below?: number;
};

/**
 * A point in time as it was written, which lasts as long as what was left out of it: `14:02` a minute, `2026-11-21` a day. `clock` is a time of
 * day of the local time zone, in seconds; `instant` is milliseconds since 1970, `end` being the first one behind it.
 */
export type Moment =
  | { readonly kind: "clock"; readonly second: number; readonly lasts: number }
  | { readonly kind: "instant"; readonly start: number; readonly end: number };

/** From the start of the first to the end of the last. */
export type MomentRange = { readonly first?: Moment; readonly last?: Moment };

export const TRAITS = ["failed", "pending", "held", "resend", "edited", "test", "marked", "dup"] as const;
/** What `is:` asks for. */
export type Trait = (typeof TRAITS)[number];

/** What of a delivery the evaluator looks at besides its content. Undefined: not known. */
type Facts = {
  readonly id: string;
  /** milliseconds since 1970 */
  readonly receivedAt: number;
  readonly tunnel: string;
  readonly method: string;
  readonly path: string;
  readonly provider: string | undefined;
  readonly event: string | undefined;
  readonly eventId: string | undefined;
  readonly verdict: string | undefined;
  readonly held: boolean;
  /** pending, answered, failed or interrupted */
  readonly state: string;
  /** how many */
  readonly attempts: number;
  /** of the newest attempt */
  readonly status: number | undefined;
  readonly ms: number | undefined;
  /** of the body, as received */
  readonly bytes: number;
  readonly duplicateOf: string | undefined;
  readonly marked: boolean;
  /** of the attempts */
  readonly kinds: readonly AttemptKind[];
  /** whether an attempt sent something else than what was received */
  readonly edited: boolean;
  readonly notes: readonly string[];
};

/** Headers and recorded body of a delivery. */
export type FilterContent = { readonly headers: HeaderList; readonly body: Buffer };

/** A recorded delivery, as filters see it. */
export type FilterSubject = Facts & FilterContent;
