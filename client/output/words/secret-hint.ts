/** Shorter secrets show nothing of themselves: four characters of them would be too many. */
const LEAST_SHOWN_FROM = 12;

/** What may be told of a secret: its length in characters, and its end where that gives nothing away and says something. */
export type SecretHint = { readonly length: number; readonly ends: string | null };

/** Keys and sets of keys end with marks that are the same in all of them: their end is not told. */
export function secretHint(secret: string): SecretHint {
  const tells = secret.length >= LEAST_SHOWN_FROM && /^[\x21-\x7e]+$/.test(secret) && !/[}\]-]$/.test(secret);
  return { length: secret.length, ends: tells ? secret.slice(-4) : null };
}

/** `32 characters, ends in cdef` */
export function secretText({ length, ends }: SecretHint): string {
  const count = `${length} ${length === 1 ? "character" : "characters"}`;
  return ends === null ? count : `${count}, ends in ${ends}`;
}
