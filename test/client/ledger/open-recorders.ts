import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHistory, type History } from "../../../client/ledger/history.ts";
import type { LedgerLimits } from "../../../client/ledger/limits.ts";
import { createMemoryRecorder } from "../../../client/ledger/memory-recorder.ts";
import { createRecorder, type Recorder } from "../../../client/ledger/recorder.ts";
import { systemClock } from "../../../shared/clock.ts";

export type Subject = { readonly recorder: Recorder; readonly history: History; readonly notices: string[] };

/** Opens recorders with their histories, and ends them after a test. */
export type Recorders = {
  /** of this test; there once something was opened on disk */
  readonly folder: () => string;
  readonly path: () => string;
  readonly onDisk: (limits?: Partial<LedgerLimits>) => Promise<Subject>;
  readonly inMemory: (limits?: Partial<LedgerLimits>) => Promise<Subject>;
  /** Calls something when the test is over. */
  readonly atEnd: (close: () => void | Promise<void>) => void;
  readonly begin: () => void;
  readonly end: () => Promise<void>;
};

/** `begin` before each test, `end` after it. */
export function createRecorders(): Recorders {
  let folder = "";
  let closers: (() => void | Promise<void>)[] = [];
  const path = (): string => join(folder, "data", "devhook.db");
  return {
    folder: () => folder,
    path,
    async onDisk(limits = {}) {
      const notices: string[] = [];
      const recorder = await createRecorder({
        path: path(),
        limits,
        onNotice: (ids) => notices.push(...ids),
        onHealth: () => undefined,
      });
      const history = openHistory(path(), { clock: systemClock });
      closers.push(recorder.close, history.close);
      return { recorder, history, notices };
    },
    async inMemory(limits = {}) {
      const notices: string[] = [];
      const recorder = createMemoryRecorder({ ...limits, now: Date.now, onNotice: (ids) => notices.push(...ids) });
      closers.push(recorder.close);
      return { recorder, history: recorder.history, notices };
    },
    atEnd: (close) => void closers.push(close),
    begin() {
      folder = mkdtempSync(join(tmpdir(), "devhook-recorder-"));
      closers = [];
    },
    async end() {
      for (const close of closers) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
