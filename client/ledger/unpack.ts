import type { AttemptError, AttemptKind, Forwarded } from "../../shared/http/exchange.ts";
import type { AttemptEnd, FoundFacts, LedgerRow, RefusalRecord } from "./records.ts";
import { BATCH_HEADER_BYTES, ROW_FLAG, ROW_HEADER_BYTES, ROW_KIND } from "./row-layout.ts";

/** Fields of a received row's text before its headers, and of an answered row's. */
const REQUEST_FIELDS = 8;
const ANSWER_FIELDS = 4;

/** The rows of a batch that packer.ts made in this process; bodies are views of it, good for as long as it is. */
export function unpack(batch: ArrayBuffer): LedgerRow[] {
  const buffer = Buffer.from(batch);
  const end = buffer.readUInt32LE(0);
  const rows: LedgerRow[] = [];
  for (let at = BATCH_HEADER_BYTES; at < end;) {
    const textBytes = buffer.readUInt32LE(at + 40);
    const extraBytes = buffer.readUInt32LE(at + 44);
    const bodyBytes = buffer.readUInt32LE(at + 48);
    rows.push(unpackRow(buffer, at, textBytes, extraBytes, bodyBytes));
    at += ROW_HEADER_BYTES + textBytes + extraBytes + bodyBytes;
  }
  return rows;
}

function unpackRow(buffer: Buffer, at: number, textBytes: number, extraBytes: number, bodyBytes: number): LedgerRow {
  const kind = buffer[at];
  const flags = buffer[at + 1] ?? 0;
  const n = buffer.readUInt32LE(at + 4);
  const first = buffer.readDoubleLE(at + 8);
  const total = buffer.readDoubleLE(at + 16);
  const textAt = at + ROW_HEADER_BYTES;
  const extraAt = textAt + textBytes;
  const text = buffer.toString("latin1", textAt, extraAt);
  const body = buffer.subarray(extraAt + extraBytes, extraAt + extraBytes + bodyBytes);
  const truncated = (flags & ROW_FLAG.truncated) !== 0;
  switch (kind) {
    case ROW_KIND.received: {
      const fields = text.split("\n");
      const [id = "", tunnel = "", method = "", target = "", base = "", from = "", proto = "", host = ""] = fields;
      const forwarded: Forwarded = { for: from, proto: proto === "https" ? "https" : "http", host };
      const upgrade = (flags & ROW_FLAG.upgrade) !== 0;
      const headers = fields.slice(REQUEST_FIELDS);
      return {
        type: "received",
        request: { id, receivedAt: first, tunnel, method, target, base, headers, forwarded, upgrade },
        body: (flags & ROW_FLAG.hasBody) === 0 ? undefined : body,
        bodyBytes: total,
        truncated,
      };
    }
    case ROW_KIND["request-part"]:
      return { type: "request-part", id: text, bytes: body };
    case ROW_KIND["request-ended"]:
      return { type: "request-ended", id: text, bodyBytes: total, complete: (flags & ROW_FLAG.complete) !== 0, truncated };
    case ROW_KIND["attempt-started"]: {
      const [id = "", attemptKind = "", target = ""] = text.split("\n");
      return { type: "attempt-started", id, start: { n, kind: attemptKind as AttemptKind, at: first, target } };
    }
    case ROW_KIND["response-part"]:
      return { type: "response-part", id: text, n, bytes: body };
    case ROW_KIND.answered: {
      const fields = text.split("\n");
      const [id = "", attemptKind = "", target = "", reason = ""] = fields;
      const headMs = buffer.readDoubleLE(at + 24);
      const totalMs = buffer.readDoubleLE(at + 32);
      const end: AttemptEnd = {
        n,
        kind: attemptKind as AttemptKind,
        at: first,
        target,
        timings: Number.isNaN(headMs) ? { total: totalMs } : { head: headMs, total: totalMs },
        late: (flags & ROW_FLAG.late) !== 0,
        ...((flags & ROW_FLAG.hasHead) === 0
          ? {}
          : { head: { status: buffer.readUInt16LE(at + 2), reason, headers: fields.slice(ANSWER_FIELDS) } }),
        ...((flags & ROW_FLAG.hasBody) === 0 ? {} : { body }),
        ...(extraBytes === 0 ? {} : { error: errorOf(buffer.toString("utf8", extraAt, extraAt + extraBytes)) }),
      };
      return { type: "answered", id, end, bodyBytes: total, truncated };
    }
    case ROW_KIND.verified:
      return { type: "verified", id: text, facts: JSON.parse(buffer.toString("utf8", extraAt, extraAt + extraBytes)) as FoundFacts };
    case ROW_KIND.refused:
      return { type: "refused", refusals: JSON.parse(buffer.toString("utf8", extraAt, extraAt + extraBytes)) as RefusalRecord[] };
    default:
      throw new Error(`row kind ${kind} at byte ${at}`);
  }
}

function errorOf(json: string): AttemptError {
  const [code, message, hint] = JSON.parse(json) as [string, string, string];
  return { code, message, hint };
}
