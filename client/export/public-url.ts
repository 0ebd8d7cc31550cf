import type { Delivery } from "../ledger/records.ts";

/** The URL that the sender called. */
export function publicUrl({ forwarded, base, target }: Pick<Delivery, "forwarded" | "base" | "target">): string {
  return `${forwarded.proto}://${forwarded.host}${base}${target}`;
}
