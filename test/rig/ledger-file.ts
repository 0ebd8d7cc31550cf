import { createHash } from "node:crypto";
import type { HeaderLines } from "./message-reader.ts";
import { sqlite } from "./sqlite.ts";
import { until } from "./until.ts";

/** A delivery as the database holds it. */
export type LedgerRow = {
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly state: string;
  readonly headers: HeaderLines;
  readonly bytes: number;
  readonly truncated: boolean;
  readonly complete: boolean;
  readonly sha256: string;
  /** of the newest attempt */
  readonly status: number | null;
  readonly answerHeaders: HeaderLines;
  readonly answerBytes: number;
  readonly answerSha256: string;
  readonly error: string | null;
};

/** All deliveries by id; a single one with `where`, which is SQL on `d`. */
export function ledgerRows(database: string, where = "1"): ReadonlyMap<string, LedgerRow> {
  const rows = sqlite(
    database,
    `SELECT d.id, d.method, d.target, d.state, d.headers, d.body_bytes AS bytes, d.truncated, d.complete, d.status,
        coalesce(hex(d.body), '') || coalesce((SELECT group_concat(hex(bytes), '') FROM
          (SELECT bytes FROM body_parts p WHERE p.delivery = d.seq AND p.n = 0 ORDER BY part)), '') AS body,
        a.headers AS answer_headers, a.body_bytes AS answer_bytes, a.error_code AS error,
        coalesce(hex(a.body), '') || coalesce((SELECT group_concat(hex(bytes), '') FROM
          (SELECT bytes FROM body_parts p WHERE p.delivery = d.seq AND p.n = a.n ORDER BY part)), '') AS answer
      FROM deliveries d LEFT JOIN attempts a ON a.delivery = d.seq AND a.n = d.attempts WHERE ${where} ORDER BY d.seq`,
  );
  return new Map(
    rows.map((row) => [
      String(row["id"]),
      {
        id: String(row["id"]),
        method: String(row["method"]),
        target: String(row["target"]),
        state: String(row["state"]),
        headers: JSON.parse(String(row["headers"])) as HeaderLines,
        bytes: Number(row["bytes"]),
        truncated: row["truncated"] === 1,
        complete: row["complete"] === 1,
        sha256: sha256(Buffer.from(String(row["body"]), "hex")),
        status: row["status"] as number | null,
        answerHeaders: JSON.parse((row["answer_headers"] as string | null) ?? "[]") as HeaderLines,
        answerBytes: Number(row["answer_bytes"]),
        answerSha256: sha256(Buffer.from(String(row["answer"]), "hex")),
        error: row["error"] as string | null,
      },
    ]),
  );
}

/** The delivery with this id, once its attempt is over. */
export function ledgerRow(database: string, id: string): Promise<LedgerRow> {
  return until(() => {
    const row = ledgerRows(database, `d.id = '${id}'`).get(id);
    return row !== undefined && row.state !== "pending" ? row : undefined;
  }, `delivery ${id} in the ledger`);
}

/** Hexadecimal SHA-256. */
export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
