/** Why there is no connection to the app. */
export type ConnectFailure = {
  /** `refused`: nothing listens, on any of the addresses; `unreachable`: everything else */
  readonly kind: "refused" | "unreachable";
  /** the addresses tried, with port: `127.0.0.1:8000 and [::1]:8000` */
  readonly tried: string;
  readonly message: string;
};

/** One address that did not work. `name` is the address with its port, `code` the system's. */
export type FailedTry = { readonly name: string; readonly code: string; readonly message: string };

/** What the system says of an address of a family that this machine does not have: IPv6 is off in many containers. */
const NO_SUCH_FAMILY: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH"]);

/** What the tries of all addresses of an app come to. An address that this machine cannot have says nothing about the app. */
export function connectFailure(tries: readonly FailedTry[]): ConnectFailure {
  const possible = tries.filter(({ code }) => !NO_SUCH_FAMILY.has(code));
  const telling = possible.length > 0 ? possible : tries;
  return {
    kind: telling.every(({ code }) => code === "ECONNREFUSED") ? "refused" : "unreachable",
    tried: telling.map(({ name }) => name).join(" and "),
    message: telling.map(({ message }) => message).join("; "),
  };
}

/** A failure as a clause. */
export function troubleOf({ kind, tried, message }: ConnectFailure): string {
  return kind === "refused" ? `nothing listens on ${tried}` : `no connection to ${tried} (${message})`;
}
