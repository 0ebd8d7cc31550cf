import type { BodyPlace, Condition, Place, Scheme, Source } from "./scheme.ts";

/** One sender of webhooks: what devhook knows of it, each fact with its source. */
export type Provider = {
  /** lower case, as on the command line */
  readonly id: string;
  readonly name: string;
  /** other ids that mean the same */
  readonly aliases?: readonly string[];
  /** another provider whose headers are the same (svix for clerk): without --provider, the one with a secret is taken, else the named one */
  readonly sameAs?: string;
  /** each entry is a way to recognise it: all its conditions hold. Empty: only by --provider. */
  readonly recognise: readonly (readonly Condition[])[];
  readonly signing: Signing;
  /** what the secret is called at the provider, where to find it, and how it begins when that is fixed */
  readonly secret?: SecretFacts;
  readonly event: EventFacts;
  readonly handshakes: readonly Handshake[];
  readonly delivery: DeliveryFacts;
  /** the events of the agent platforms, with samples */
  readonly events?: readonly EventKind[];
  /** contradictions and traps worth a sentence to a user of this provider */
  readonly notes?: readonly string[];
};

/** A fact with its source; "not found": it was looked for and no source states it. */
export type Fact<T> = "not found" | { readonly value: T; readonly note?: string; readonly source: Source };

/**
 * - `schemes`: in order of preference. The first one whose signature is present decides; others are tried only when they read the same places (readings of one signature).
 * - `unsigned`: the provider documents no signature; together with `schemes` where only some generations are signed.
 * - `unverifiable`: it signs, and devhook cannot check it, for the reason given.
 */
export type Signing = {
  readonly schemes: readonly Scheme[];
  readonly unsigned?: { readonly note: string; readonly source: Source };
  readonly unverifiable?: { readonly reason: string; readonly source: Source };
};

type SecretFacts = {
  /** as in "signing secret" */
  readonly called: string;
  /** where a user finds it; left out when no source says */
  readonly where?: string;
  /** texts that every real secret begins with, as `whsec_` */
  readonly prefix?: string;
  readonly source: Source;
};

/** Where the event stands in a delivery. */
export type EventFacts = {
  /** values of all places joined by a dot ("issue.opened"); places without a value are left out. Empty: the provider names no event */
  readonly type: readonly Place[];
  /** the first place with a value is the id by which repeats are known; empty: none is documented */
  readonly id: readonly Place[];
  /** how ids are made where the provider sends none: these values joined by a colon; the first is needed and one more, the others may be missing */
  readonly derivedId?: readonly Place[];
  /** the number of the try, from the sender */
  readonly attempt?: Place;
  /** left out: the first try is 1. `retries`: only repeats are counted, so that the first try has 0 or no number at all */
  readonly attemptCounts?: "retries";
  /** whether one delivery may hold several events (arrays) */
  readonly batch?: true;
  /** a URL of the platform that the app is to call about this event */
  readonly callbackUrl?: BodyPlace;
  readonly source: Source;
};

/** A request that tests the endpoint and wants a special answer. */
export type Handshake = {
  /** what the provider calls it, kebab-case */
  readonly id: string;
  readonly match: readonly Condition[];
  /** the members (or form fields) that the body has, and it has no others; left out: any */
  readonly onlyMembers?: readonly string[];
  /** whether the provider signs it like a delivery */
  readonly signed: boolean;
  /**
   * What answers it; absent: nothing that devhook may do (SNS wants a URL to be visited). `body` holds placeholders: `{body:path}` `{query:name}` `{form:name}`
   * as they are, `{json:body:path}` as a JSON text, `{hmac-sha256-hex:body:path}` keyed with the secret.
   */
  readonly answer?: { readonly status: number; readonly contentType?: string; readonly body: string };
  /** what it is for and what an app should answer, one sentence */
  readonly note: string;
  readonly source: Source;
};

/** What the provider expects of an endpoint. */
export type DeliveryFacts = {
  /** seconds until the answer must be there */
  readonly deadline: Fact<number>;
  /** statuses that count as success */
  readonly success: Fact<"2xx" | "200" | "204" | "200-or-204">;
  readonly retries: Fact<Retries>;
  /** when the endpoint is switched off, or hidden */
  readonly disable: Fact<Disable>;
};

export type Retries = {
  /** calls in all, the first included; absent when the source gives a period only */
  readonly attempts?: number;
  /** seconds to wait after attempt 1, 2, … */
  readonly waits?: readonly number[];
  /** seconds over which it tries, where that is all the source says */
  readonly overSeconds?: number;
};

export type Disable = {
  /** failures until it happens; absent when the rule is another (see the note of the fact) */
  readonly failures?: number;
  /** `deliveries`: failed deliveries after all their tries; `attempts`: single calls */
  readonly of?: "deliveries" | "attempts";
  /** whether a success in between starts the count again */
  readonly consecutive?: boolean;
};

/** One kind of event that a provider sends. */
export type EventKind = {
  readonly type: string;
  /** which form this is, kebab-case, where one type is sent in several (two generations of an API, the documents and the sending code); the first is the usual one */
  readonly variant?: string;
  readonly summary: string;
  /** of the whole body */
  readonly fields: readonly EventField[];
  /** a body as it is sent, JSON text */
  readonly sample: string;
  /** `published`: the sample is the provider's; `fields-published`: its fields are, the values are invented; `invented`: neither */
  readonly evidence: "published" | "fields-published" | "invented";
  /** whether it is documented, seen in the sending code, or both */
  readonly seen: "documented" | "observed" | "both";
  readonly source: Source;
};

export type EventField = {
  /** path in the body */
  readonly path: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";
  readonly optional?: true;
  /** unit, format or list of values */
  readonly note?: string;
};
