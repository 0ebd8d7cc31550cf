import type { Verification } from "../../shared/signatures/verification.ts";
import type { messageOf } from "./judge-delivery.ts";

/** What the thread begins with. */
export type ThreadData = {
  /** the user's own providers, as validated */
  readonly own: readonly unknown[];
  /** origin and path prefix of the app: senders sign for it by mistake */
  readonly app: string;
};

/** A delivery for the thread. */
export type ToThread = {
  readonly job: number;
  readonly request: Parameters<typeof messageOf>[0];
  readonly body: Uint8Array;
  /** ids of the candidates, most likely first */
  readonly candidates: readonly string[];
  readonly at: number;
  /** the secrets of all providers that have any, by id */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
};

/** Comes once for a delivery whose verdict is final, twice when a cause is searched for. */
export type FromThread = {
  readonly job: number;
  /** undefined when there was no candidate */
  readonly verification: Verification | undefined;
  readonly bodyHash: string;
  /** whether nothing more comes for this job */
  readonly last: boolean;
};
