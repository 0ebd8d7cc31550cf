/** Where a contestant takes requests, on 127.0.0.1. */
export type Address = {
  readonly port: number;
  /** what stands before the app's own path: "" or "/name" */
  readonly base: string;
  /** value of the Host header */
  readonly host: string;
};

/** What a recording contestant was asked to record, and what it did. */
type History = { readonly received: number; readonly recorded: number };

/** A contestant at work. */
export type Stack = {
  readonly address: Address;
  /** pids of the side that takes the requests; none for direct */
  readonly relay: readonly number[];
  /** pids of the side next to the app */
  readonly client: readonly number[];
  /** what it has complained of since the start */
  readonly warnings: () => readonly string[];
  /** @returns what its own history holds, for a contestant that keeps one */
  readonly close: () => Promise<History | undefined>;
};

/** A way from the sender to the app. */
export type Contestant = {
  readonly name: ContestantName;
  /** which programs these are */
  readonly about: string;
  /** @param appPort where the app listens, on 127.0.0.1 and ::1 */
  readonly start: (appPort: number) => Promise<Stack>;
};

export const CONTESTANTS = ["direct", "devhook", "localtunnel", "ssh"] as const;
export type ContestantName = (typeof CONTESTANTS)[number];

/** The one that is measured, and the two that it is compared with. */
export const SUBJECT: ContestantName = "devhook";
export const FLOOR: ContestantName = "direct";
export const PEER: ContestantName = "localtunnel";
