import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { AttemptEnd, AttemptStart, FoundFacts, RefusalRecord } from "./records.ts";
import { BATCH_HEADER_BYTES, BATCH_RESULT_AT, ROW_FLAG, ROW_HEADER_BYTES, ROW_KIND } from "./row-layout.ts";

/** Rows that are ready for the writer. */
export type Batch = {
  /** an ArrayBuffer of its own, so that it can be transferred */
  readonly bytes: ArrayBuffer;
  readonly used: number;
  /** deliveries that it tells something about, in order; one may stand more than once */
  readonly ids: readonly string[];
};

export type PackerOptions = {
  readonly batchRows: number;
  readonly batchBytes: number;
  /** takes a batch that is full, or that was asked for with `seal` */
  readonly onBatch: (batch: Batch) => void;
};

/**
 * Empty buffers kept for the next batches, as many as a burst has on its way at once: buffers that are dropped instead pile up, because the
 * garbage collector comes for memory outside its heap only after 64 MB.
 */
const SPARE_BUFFERS = 12;

/** The main thread's half of row-layout.ts: it copies what it is given, so that the caller's buffers and lists stay its own. */
export type Packer = {
  readonly received: (
    request: CapturedRequest,
    body: Buffer | undefined,
    sizes: { readonly bodyBytes: number; readonly truncated: boolean },
  ) => void;
  readonly requestPart: (id: string, bytes: Buffer) => void;
  readonly requestEnded: (id: string, end: { readonly bodyBytes: number; readonly complete: boolean; readonly truncated: boolean }) => void;
  readonly attemptStarted: (id: string, start: AttemptStart) => void;
  readonly responsePart: (id: string, n: number, bytes: Buffer) => void;
  readonly answered: (
    id: string,
    end: AttemptEnd,
    body: Buffer | undefined,
    sizes: { readonly bodyBytes: number; readonly truncated: boolean },
  ) => void;
  readonly verified: (id: string, facts: FoundFacts) => void;
  readonly refused: (refusals: readonly RefusalRecord[]) => void;
  /** Hands over what there is, if anything. */
  readonly seal: () => void;
  /** Takes back the buffer of a batch that the writer is done with. */
  readonly recycle: (buffer: ArrayBuffer) => void;
  /** Bytes that wait for `seal`. */
  readonly waiting: () => number;
};

/** @returns a {@link Packer} with no memory of its own until the first row */
export function createPacker({ batchRows, batchBytes, onBatch }: PackerOptions): Packer {
  const spares: ArrayBuffer[] = [];
  let buffer: Buffer | undefined;
  let used = 0;
  let rows = 0;
  let ids: string[] = [];

  function seal(): void {
    if (buffer === undefined) return;
    const full = buffer;
    buffer = undefined;
    if (rows === 0) return;
    full.writeUInt32LE(used, 0);
    // a recycled buffer still holds the result of its last journey
    full.writeUInt32LE(0, BATCH_RESULT_AT);
    const batch = { bytes: full.buffer as ArrayBuffer, used, ids };
    rows = 0;
    ids = [];
    onBatch(batch);
  }

  function begin(rowBytes: number): Buffer {
    used = BATCH_HEADER_BYTES;
    const needed = rowBytes + BATCH_HEADER_BYTES;
    if (needed > batchBytes) return Buffer.allocUnsafeSlow(needed);
    const spare = spares.pop();
    return spare === undefined ? Buffer.allocUnsafeSlow(batchBytes) : Buffer.from(spare);
  }

  function row(
    kind: number,
    flags: number,
    status: number,
    n: number,
    a: number,
    b: number,
    c: number,
    d: number,
    id: string,
    text: string,
    extra: string | undefined,
    body: Buffer | undefined,
  ): void {
    const extraBytes = extra === undefined ? 0 : Buffer.byteLength(extra);
    const bodyBytes = body === undefined ? 0 : body.length;
    const size = ROW_HEADER_BYTES + text.length + extraBytes + bodyBytes;
    if (buffer !== undefined && (used + size > buffer.length || rows >= batchRows)) seal();
    buffer ??= begin(size);
    let at = used;
    buffer[at] = kind;
    buffer[at + 1] = flags;
    buffer.writeUInt16LE(status & 0xffff, at + 2);
    buffer.writeUInt32LE(n >>> 0, at + 4);
    buffer.writeDoubleLE(a, at + 8);
    buffer.writeDoubleLE(b, at + 16);
    buffer.writeDoubleLE(c, at + 24);
    buffer.writeDoubleLE(d, at + 32);
    buffer.writeUInt32LE(text.length, at + 40);
    buffer.writeUInt32LE(extraBytes, at + 44);
    buffer.writeUInt32LE(bodyBytes, at + 48);
    at += ROW_HEADER_BYTES;
    buffer.write(text, at, "latin1");
    at += text.length;
    if (extra !== undefined) {
      buffer.write(extra, at);
      at += extraBytes;
    }
    if (body !== undefined) {
      buffer.set(body, at);
      at += bodyBytes;
    }
    used = at;
    rows++;
    if (id !== "") ids.push(id);
  }

  return {
    received(request, body, { bodyBytes, truncated }) {
      const { id, forwarded, headers } = request;
      const fields = `${id}\n${request.tunnel}\n${request.method}\n${request.target}\n${request.base}\n${forwarded.for}\n${forwarded.proto}\n${forwarded.host}`;
      const text = headers.length === 0 ? fields : `${fields}\n${headers.join("\n")}`;
      const flags =
        (body === undefined ? 0 : ROW_FLAG.hasBody) | (truncated ? ROW_FLAG.truncated : 0) | (request.upgrade ? ROW_FLAG.upgrade : 0);
      row(ROW_KIND.received, flags, 0, 0, request.receivedAt, bodyBytes, 0, 0, id, text, undefined, body);
    },
    requestPart(id, bytes) {
      row(ROW_KIND["request-part"], 0, 0, 0, 0, 0, 0, 0, id, id, undefined, bytes);
    },
    requestEnded(id, { bodyBytes, complete, truncated }) {
      const flags = (complete ? ROW_FLAG.complete : 0) | (truncated ? ROW_FLAG.truncated : 0);
      row(ROW_KIND["request-ended"], flags, 0, 0, 0, bodyBytes, 0, 0, id, id, undefined, undefined);
    },
    attemptStarted(id, { n, kind, at, target }) {
      row(ROW_KIND["attempt-started"], 0, 0, n, at, 0, 0, 0, id, `${id}\n${kind}\n${target}`, undefined, undefined);
    },
    responsePart(id, n, bytes) {
      row(ROW_KIND["response-part"], 0, 0, n, 0, 0, 0, 0, id, id, undefined, bytes);
    },
    answered(id, end, body, { bodyBytes, truncated }) {
      const { head, error, timings } = end;
      let text = `${id}\n${end.kind}\n${end.target}\n${head === undefined ? "" : head.reason}`;
      if (head !== undefined && head.headers.length > 0) text += `\n${head.headers.join("\n")}`;
      const flags =
        (body === undefined ? 0 : ROW_FLAG.hasBody) |
        (truncated ? ROW_FLAG.truncated : 0) |
        (head === undefined ? 0 : ROW_FLAG.hasHead) |
        (end.late === true ? ROW_FLAG.late : 0);
      const extra = error === undefined ? undefined : JSON.stringify([error.code, error.message, error.hint]);
      row(ROW_KIND.answered, flags, head?.status ?? 0, end.n, end.at, bodyBytes, timings.head ?? NaN, timings.total, id, text, extra, body);
    },
    verified(id, facts) {
      row(ROW_KIND.verified, 0, 0, 0, 0, 0, 0, 0, id, id, JSON.stringify(facts), undefined);
    },
    refused(refusals) {
      row(ROW_KIND.refused, 0, 0, 0, 0, 0, 0, 0, "", "", JSON.stringify(refusals), undefined);
    },
    seal,
    recycle(returned) {
      if (returned.byteLength === batchBytes && spares.length < SPARE_BUFFERS) spares.push(returned);
    },
    waiting: () => (rows === 0 ? 0 : used),
  };
}
