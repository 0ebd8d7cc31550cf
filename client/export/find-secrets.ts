/** A text that must not leave this machine. */
export type KnownSecret = {
  /** who it belongs to, for the note of what was taken out: a provider id */
  readonly owner: string;
  readonly secret: string;
};

/** Finds known secrets in texts of one character a byte (latin1), in every spelling that a request may carry them in. */
export type SecretFinder = {
  /** Puts `mask` in the place of each. @returns the text, and whose secrets it held */
  readonly replace: (text: string, mask: string) => { readonly text: string; readonly owners: readonly string[] };
  /** Whose secrets a text holds. */
  readonly ownersIn: (text: string) => readonly string[];
  /** Owners of secrets that are too short to be told from anything else. */
  readonly tooShort: readonly string[];
};

/** Characters. A shorter one would be found by chance all over a body. */
const LEAST_LENGTH = 4;

/** @returns a {@link SecretFinder} for these */
export function createSecretFinder(secrets: readonly KnownSecret[]): SecretFinder {
  const long = secrets.filter(({ secret }) => secret.length >= LEAST_LENGTH);
  const spelled = long
    .flatMap(({ owner, secret }) => spellings(secret).map((text) => ({ owner, text })))
    // a longer one may hold a shorter one, which would leave the rest of it behind
    .sort((a, b) => b.text.length - a.text.length);

  function replace(text: string, mask: string): { text: string; owners: readonly string[] } {
    const owners = new Set<string>();
    let clean = text;
    for (const one of spelled) {
      if (!clean.includes(one.text)) continue;
      clean = clean.replaceAll(one.text, mask);
      owners.add(one.owner);
    }
    return { text: clean, owners: [...owners] };
  }

  return {
    replace,
    ownersIn: (text) => [...new Set(spelled.filter((one) => text.includes(one.text)).map(({ owner }) => owner))],
    tooShort: [...new Set(secrets.filter((one) => !long.includes(one)).map(({ owner }) => owner))],
  };
}

/** The secret as text, in JSON, in a URL or form, and in Base64. Other mixtures of escapes are found where their place is decoded. */
function spellings(given: string): readonly string[] {
  // half a surrogate pair cannot be escaped, nor stand on the wire
  const secret = Buffer.from(given, "utf8").toString("utf8");
  // the part behind Svix's prefix is the key, and some libraries are given that alone
  const plain = secret.startsWith("whsec_") && secret.length >= LEAST_LENGTH + 6 ? [secret, secret.slice(6)] : [secret];
  const all = plain.flatMap((text) => {
    const json = JSON.stringify(text).slice(1, -1);
    const percent = encodeURIComponent(text);
    const base64 = Buffer.from(text, "utf8").toString("base64").replace(/=+$/, "");
    const base64url = base64.replaceAll("+", "-").replaceAll("/", "_");
    return [text, json, json.replaceAll("/", "\\/"), percent, percent.replaceAll("%20", "+"), base64, base64url];
  });
  return [...new Set(all.map((text) => Buffer.from(text, "utf8").toString("latin1")))];
}
