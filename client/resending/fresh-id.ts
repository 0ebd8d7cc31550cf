import { createHash } from "node:crypto";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Where a UUID says what kind it is (RFC 9562 section 4). */
const UUID_KIND = new Set([14, 19]);
/** How far a number may rise. */
const MOST_STEPS = 1_000_000;

/**
 * Another id of the same shape: a number stays one, and is larger; `evt_` and the like stay in front, dashes and kinds of UUIDs in their places. The same id
 * and seed always give the same.
 * @param seed a text that is new for each use
 */
export function freshId(old: string, seed: string): string {
  const bytes = createHash("shake256", { outputLength: Math.max(old.length, 4) })
    .update(JSON.stringify([seed, old]))
    .digest();
  if (/^\d+$/.test(old)) return String(BigInt(old) + 1n + BigInt(bytes.readUInt32BE(0) % MOST_STEPS));
  const kept = old.lastIndexOf("_") + 1;
  const tail = old.slice(kept);
  // digits alone stay digits
  const hex = /^[0-9a-f-]*[a-f][0-9a-f-]*$/.test(tail) ? "lower" : /^[0-9A-F-]*[A-F][0-9A-F-]*$/.test(tail) ? "upper" : undefined;
  const isUuid = UUID.test(tail);
  const drawn = tail.replace(/[0-9a-z]/gi, (character, index: number) =>
    isUuid && UUID_KIND.has(index) ? character : another(character, bytes[index] ?? 0, hex),
  );
  const fresh = old.slice(0, kept) + drawn;
  return fresh === old ? `${old}-${bytes.toString("hex", 0, 4)}` : fresh;
}

function another(character: string, byte: number, hex: "lower" | "upper" | undefined): string {
  if (hex !== undefined) {
    const digit = (byte % 16).toString(16);
    return hex === "upper" ? digit.toUpperCase() : digit;
  }
  if (/\d/.test(character)) return String(byte % 10);
  return String.fromCharCode((/[a-z]/.test(character) ? 0x61 : 0x41) + (byte % 26));
}
