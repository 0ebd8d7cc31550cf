/** Whom a relay lets in, beside the holders of its tokens. */
export type AdmissionPolicy = {
  /** `--open`: anyone, but only under random names */
  readonly open: boolean;
  /** whether others than this machine could reach the relay: then there are no anonymous clients without `open` */
  readonly exposed: boolean;
};

/** Who a client turned out to be. Its names belong to `kind` and `id`, so that a new secret for a token keeps them. */
export type Owner = {
  readonly kind: "token" | "anonymous";
  /** the id of the token, or the lower-case hex SHA-256 of an anonymous client's key */
  readonly id: string;
  /** the label of the token; undefined for an anonymous client */
  readonly label: string | undefined;
  /** whether the token may read the relay's metrics from afar */
  readonly admin: boolean;
  /** which tunnel names it may claim: any valid one, or only those of the random form */
  readonly names: "any" | "random";
};

/** Why a client or a name is refused: what the answer to its handshake says. */
export type Refusal = {
  readonly ok: false;
  /** HTTP status of the answer */
  readonly status: 400 | 401 | 403 | 409 | 503;
  readonly code:
    | "token-missing"
    | "token-refused"
    | "token-malformed"
    | "name-invalid"
    | "name-taken"
    | "name-quarantined"
    | "too-many-names"
    | "registry-unavailable";
  /** one sentence for the person at the client; holds no secret */
  readonly message: string;
};

/** The answer to a token. */
export type Admission = { readonly ok: true; readonly owner: Owner } | Refusal;

/** The answer to a claim of a name. `fresh`: it had no owner until now. */
export type Claim = { readonly ok: true; readonly fresh: boolean } | Refusal;

/** A token just made: the only time that its text exists here. */
export type NewToken = { readonly id: string; readonly label: string; readonly admin: boolean; readonly token: string };

/** What is kept of a token. Times are milliseconds since 1970. */
export type TokenRecord = {
  readonly id: string;
  readonly label: string;
  readonly admin: boolean;
  readonly createdAt: number;
  readonly rotatedAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** how many names it owns */
  readonly names: number;
};

/** A tunnel name and its owner. Times are milliseconds since 1970. */
export type NameRecord = {
  readonly name: string;
  readonly ownerKind: Owner["kind"];
  readonly ownerId: string;
  /** of the owning token; undefined for an anonymous client */
  readonly ownerLabel: string | undefined;
  readonly claimedAt: number;
  /** when it was given up; it is nobody's until {@link NAME_QUARANTINE_MS} later, and its former owner's only until then */
  readonly releasedAt: number | undefined;
};

/** A request that the relay turned away or let expire. No body, no headers: the relay keeps nothing that it does not owe. */
export type RefusedRequest = {
  readonly tunnel: string;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly method: string;
  /** the request target, latin1; cut after {@link REFUSED_PATH_LIMIT} characters */
  readonly path: string;
  /** the status that the sender got */
  readonly status: number;
  /** a stable code: `offline`, `rate-limited`, `expired` … */
  readonly reason: string;
};

/** A {@link RefusedRequest} of the log. `seq` rises and is never given twice by one database. */
export type LoggedRefusal = RefusedRequest & { readonly seq: number };

/** Released names stay closed to others for 30 days, in milliseconds: a URL left behind in a platform's settings must not reach a stranger at once. */
export const NAME_QUARANTINE_MS = 30 * 24 * 60 * 60 * 1000;
/** Refusals kept per tunnel, newest last: design's bound on what a flood can store. */
export const REFUSALS_KEPT = 1000;
/** Characters kept of a refused path: longer than any webhook URL, and 1,000 of them stay within 2 MiB. */
export const REFUSED_PATH_LIMIT = 2048;
/** Characters kept of a refused method: the longest registered one (UPDATEREDIRECTREF) has 17. */
export const REFUSED_METHOD_LIMIT = 32;
/** Characters that a token's label may have: one line of a table. */
export const LABEL_LIMIT = 100;

/**
 * Who may use the relay and which names are whose, with the log of refusals. Two implementations: in SQLite for `devhook relay`, where the commands
 * `relay token` and `relay name` write the same file while the relay runs, and in memory for the embedded relay. All calls are synchronous. None but
 * {@link Registry.exists} and {@link Registry.logRefusal} belongs on the path of a webhook.
 */
export interface Registry {
  /** Judges the text after `Authorization: Bearer `; undefined when there was none. Sees tokens that another process has added or revoked a moment ago. */
  admit(text: string | undefined, policy: AdmissionPolicy): Admission;
  /** Makes `name` the owner's, or says that it is already (each reconnect asks). Never a substitute: a name that cannot be had is refused. */
  claim(owner: Owner, name: string): Claim;
  /** Whether a tunnel of that name exists, with its client connected or not. One look into a map; right within a second after another process wrote. */
  exists(name: string): boolean;
  /** Whether a token that is not revoked exists. */
  hasTokens(): boolean;

  /** @throws {@link DevhookError} `usage` for a label that is empty, too long or not printable */
  addToken(label: string, options?: { readonly admin?: boolean }): NewToken;
  /** Oldest first, revoked ones included. */
  listTokens(): readonly TokenRecord[];
  /** Replaces the secret: the id and its names stay, sessions of the old secret end. Undefined when there is no such token, or a revoked one. */
  rotateToken(id: string): NewToken | undefined;
  /** Ends a token for good; its names stay closed to others. False when there is no such token or it was revoked before. */
  revokeToken(id: string): boolean;
  /** In alphabetical order, with those in quarantine. */
  listNames(): readonly NameRecord[];
  /** Gives a name up (quarantine, see {@link NAME_QUARANTINE_MS}) and forgets its refusals. False when nobody owns it. */
  releaseName(name: string): boolean;

  /**
   * `listener` hears the id of each token whose sessions must end (revoked or rotated), here or in another process, within 1 s.
   * @returns what ends the subscription
   */
  onRevoked(listener: (tokenId: string) => void): () => void;
  /** As {@link Registry.onRevoked}, for names given up. */
  onReleased(listener: (name: string) => void): () => void;

  /** Notes a refusal. Costs a push: it is written within 250 ms, behind the answer. Ignored for a tunnel that does not exist. */
  logRefusal(refusal: RefusedRequest): void;
  /** The refusals of a tunnel that its client has not confirmed, oldest first, {@link REFUSALS_KEPT} at most. */
  unread(tunnel: string): readonly LoggedRefusal[];
  /** The client has stored the refusals up to `seq`: they are deleted. */
  seen(tunnel: string, seq: number): void;

  /** Writes what is pending and gives the file back. */
  close(): void;
}
