import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHistory, type StoredHistory } from "../../../client/ledger/history.ts";
import type { Delivery } from "../../../client/ledger/records.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createIdSource } from "../../../shared/ids.ts";
import { sampleDelivery } from "../export/deliveries.ts";

/** A history in a folder of its own, over two connections: that of the screen, and that of whoever else writes. */
export type TempHistory = {
  readonly folder: string;
  readonly file: string;
  /** as the screen reads it */
  readonly history: StoredHistory;
  /** as another process writes it */
  readonly other: StoredHistory;
  /** Records deliveries as another process would. @returns their ids */
  readonly add: (...changes: readonly Partial<Delivery>[]) => readonly string[];
  /** the same, `count` times */
  readonly addMany: (count: number, change?: Partial<Delivery>) => readonly string[];
  readonly remove: () => void;
};

const ids = createIdSource();

/** Opens one. */
export function openTempHistory(): TempHistory {
  const folder = mkdtempSync(join(tmpdir(), "devhook-screen-"));
  const file = join(folder, "devhook.db");
  const other = openHistory(file, { clock: systemClock });
  const history = openHistory(file, { clock: systemClock });
  const add = (...changes: readonly Partial<Delivery>[]): readonly string[] =>
    other.importDeliveries(
      changes.map((change) => {
        const receivedAt = change.receivedAt ?? Date.now();
        return sampleDelivery({ id: ids.next(receivedAt), receivedAt, ...change });
      }),
      { newId: (at) => ids.next(at), renamed: new Map() },
    );
  return {
    folder,
    file,
    history,
    other,
    add,
    addMany: (count, change = {}) => add(...Array.from({ length: count }, () => change)),
    remove: () => {
      other.close();
      history.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A delivery with this text as its body. */
export function withBody(text: string, change: Partial<Delivery> = {}): Partial<Delivery> {
  const bytes = Buffer.from(text);
  return { body: { bytes, total: bytes.length, truncated: false }, bytes: bytes.length, ...change };
}
