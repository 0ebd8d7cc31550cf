/**
 * Rows on their way to the writer thread lie one after the other in one ArrayBuffer, which changes hands without being copied:
 *
 *     batch: u32 bytes used · u32 result (set by the writer) · rows
 *     row:   u8 kind · u8 flags · u16 status · u32 n · f64 × 4 · u32 text bytes · u32 extra bytes · u32 body bytes · text · extra · body
 *
 * All numbers are little-endian; packer.ts and unpack.ts name what n and the four numbers mean in each kind of row. `text` is latin1 with LF
 * between its fields: one write of a joined string costs a third of one write a field, and neither a target nor a header can hold an LF.
 * `extra` is UTF-8 JSON for what is rare and may hold anything.
 */
export const BATCH_HEADER_BYTES = 8;
/** Position in a batch of the writer's result. */
export const BATCH_RESULT_AT = 4;
/** The result of a batch that is on disk; anything else means that it is lost. */
export const COMMITTED = 1;
export const ROW_HEADER_BYTES = 52;

/** The kind of a row: one number for each variant of LedgerRow. */
export const ROW_KIND = {
  received: 1,
  "request-part": 2,
  "request-ended": 3,
  "attempt-started": 4,
  "response-part": 5,
  answered: 6,
  refused: 7,
  verified: 8,
} as const;

/** Bits of a row's flags. */
export const ROW_FLAG = { hasBody: 1, truncated: 2, complete: 4, upgrade: 8, hasHead: 16, late: 32 } as const;
