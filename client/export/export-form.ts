import { DevhookError } from "../../shared/errors.ts";
import type { Delivery } from "../ledger/records.ts";
import { shortSize } from "../output/short-size.ts";
import { LINE_LIMIT } from "./delivery-line.ts";

/** Forms in which deliveries are written for other tools; `fixture` is several files, the others are one. */
export const EXPORT_FORMS = ["curl", "har", "jsonl", "raw", "fixture"] as const;

/** One of {@link EXPORT_FORMS}. */
export type ExportForm = (typeof EXPORT_FORMS)[number];

/** Whether a delivery can be written in a form. @throws {DevhookError} `body-truncated`, `usage` when it cannot */
export function requireExportable(delivery: Delivery, form: ExportForm): void {
  const { id, body, complete } = delivery;
  const needsWhole = form === "curl" || form === "raw" || form === "fixture";
  if (needsWhole && (body.truncated || !complete)) {
    throw new DevhookError("body-truncated", {
      what: `delivery ${id} cannot be written as ${form}: its body is not whole`,
      why: body.truncated ? `${body.bytes.length} of ${body.total} bytes are recorded` : "the sender broke off, or is still sending",
      fix: "har and jsonl take what there is",
    });
  }
  if (form === "jsonl" && lineBytes(delivery) > LINE_LIMIT) {
    throw new DevhookError("usage", { what: `delivery ${id} is too large for one line`, why: `${shortSize(LINE_LIMIT)} is the most` });
  }
}

/** At least what the bodies take, in Base64. */
function lineBytes({ body, attempts }: Delivery): number {
  const bytes = attempts.reduce((sum, one) => sum + one.body.bytes.length + (one.request?.body.length ?? 0), body.bytes.length);
  return (bytes * 4) / 3;
}
