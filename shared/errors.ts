/**
 * Every fault that a user can meet has a stable code here, the exit code that it ends a command with, and one sentence in
 * docs/errors.md (a test compares the two lists).
 */
export const ERROR_EXIT_CODES = {
  /** wrong flags, arguments or values */
  usage: 2,
  /** a configuration file or variable holds something that is not accepted */
  "config-invalid": 2,
  /** nothing answers where the app should be */
  "app-unreachable": 3,
  /** the relay does not answer, or is not a devhook relay */
  "relay-unreachable": 3,
  /** the relay speaks a protocol that this client does not */
  "relay-incompatible": 3,
  /** the relay does not know this token, or has revoked it */
  "token-refused": 3,
  /** the relay admits tokens only, and there is none */
  "token-missing": 2,
  /** the text given as a token is not one (length, prefix or checksum) */
  "token-malformed": 2,
  /** somebody else owns the tunnel name */
  "name-taken": 2,
  /** a tunnel name that the relay does not allow */
  "name-invalid": 2,
  /** a newer client has taken this tunnel over */
  "taken-over": 3,
  /** another process listens on the port */
  "port-in-use": 2,
  /** the port needs more rights than this user has */
  "port-forbidden": 2,
  /** plain ws:// to a relay that is not on this machine */
  "relay-insecure": 2,
  /** the target of the tunnel is the relay itself */
  "target-is-relay": 2,
  /** a relay that the internet could reach, without tokens and without --open */
  "relay-needs-tokens": 2,
  /** a certificate or key file of the relay cannot be used */
  "tls-invalid": 2,
  /** the data folder cannot be made or written */
  "data-dir-unwritable": 2,
  /** the database file is damaged or is no database */
  "database-corrupt": 2,
  /** the database was written by a newer devhook */
  "database-newer": 2,
  /** another process holds the database for longer than we wait */
  "database-busy": 3,
  /** the disk has no room, or failed */
  "database-io": 3,
  /** the native SQLite module cannot be loaded */
  "database-unavailable": 3,
  /** no delivery, token or name matches */
  "not-found": 1,
  /** a prefix that several deliveries share */
  ambiguous: 2,
  /** the recorded body is not whole, so it cannot be sent again */
  "body-truncated": 1,
  /** ended by the user before the result was complete */
  interrupted: 130,
  /** a fault of devhook */
  internal: 70,
} as const;

/** A code of {@link ERROR_EXIT_CODES}. */
export type ErrorCode = keyof typeof ERROR_EXIT_CODES;

/** What a {@link DevhookError} is made of: the three lines that the user sees, and the cause kept for DEVHOOK_DEBUG=1. */
export type ErrorParts = {
  /** one line: what failed */
  readonly what: string;
  /** one line: why */
  readonly why?: string;
  /** one line: what to do, with the exact command or flag */
  readonly fix?: string;
  readonly cause?: unknown;
};

/**
 * An expected fault, worded for the person who meets it. Thrown where it is found, printed once by the entry point as three lines at most.
 * Not for outcomes of a delivery (those are values) and not for broken invariants (plain Error).
 */
export class DevhookError extends Error {
  override readonly name = "DevhookError";
  readonly code: ErrorCode;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.why = parts.why;
    this.fix = parts.fix;
  }

  /** The process exit code that cli conventions give to this fault. */
  get exitCode(): number {
    return ERROR_EXIT_CODES[this.code];
  }

  /** What failed, why, what to do: one to three lines without a trailing newline. */
  get lines(): readonly string[] {
    return [this.message, this.why, this.fix].filter((line): line is string => line !== undefined);
  }
}

/** The `code` of a system or SQLite error (`"ECONNREFUSED"`, `"SQLITE_FULL"`), or undefined when there is none. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
