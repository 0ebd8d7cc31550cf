import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal, type Journal, type JournalHealth, type JournalOptions } from "../../../server/journal/journal.ts";
import type { JournalLimits } from "../../../server/journal/limits.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import { createIdSource } from "../../../shared/ids.ts";

const ids = createIdSource();

/** A time of the tests, milliseconds since 1970. */
export const NOW = 1_790_000_000_000;

/** What a sender of these tests is answered. */
export const TOLD = { status: 202 };

/** A request as the relay captures it, with an id of its own. */
export function sampleRequest(change: Partial<CapturedRequest> = {}): CapturedRequest {
  const receivedAt = change.receivedAt ?? NOW;
  return {
    id: ids.next(receivedAt),
    receivedAt,
    tunnel: "shop",
    method: "POST",
    target: "/hooks/stripe?x=1&x=2",
    base: "/shop",
    headers: ["Host", "relay.example", "X-Twice", "a", "x-twice", "b"],
    forwarded: { for: "203.0.113.7", proto: "https", host: "relay.example" },
    upgrade: false,
    ...change,
  };
}

/** What the limits count of a {@link sampleRequest} without a body. */
export const HEAD_BYTES = "POST/hooks/stripe?x=1&x=2Hostrelay.exampleX-Twiceax-twiceb".length;

/** More than any test holds. */
export const EVERYTHING = { after: 0, limit: 100_000, maxBytes: 1e12 };

/** Opens journals in a folder of their own, and ends them after a test. */
export type Journals = {
  readonly folder: () => string;
  readonly path: () => string;
  readonly health: () => readonly JournalHealth[];
  readonly open: (limits?: Partial<JournalLimits>, options?: Pick<JournalOptions, "thread">) => Promise<Journal>;
  /** Calls something when the test is over. */
  readonly atEnd: (close: () => unknown) => void;
  readonly begin: () => void;
  readonly end: () => Promise<void>;
};

/** `begin` before each test, `end` after it. */
export function createJournals(): Journals {
  let folder = "";
  let closers: (() => unknown)[] = [];
  let health: JournalHealth[] = [];
  const path = (): string => join(folder, "relay", "journal.db");
  return {
    folder: () => folder,
    path,
    health: () => health,
    async open(limits = {}, options = {}) {
      const journal = await openJournal({ path: path(), limits, onHealth: (state) => health.push(state), ...options });
      closers.push(journal.close);
      return journal;
    },
    atEnd: (close) => void closers.push(close),
    begin() {
      folder = mkdtempSync(join(tmpdir(), "devhook-journal-"));
      closers = [];
      health = [];
    },
    async end() {
      for (const close of closers) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
