import { createHash } from "node:crypto";
import { base64Bytes, readKey } from "../keys.ts";
import type { Scheme } from "../scheme.ts";
import { asIs, type Cause, type Form, secretText } from "./cause.ts";

/** A secret as the user has it, what to call it, and how to store another one. */
export type NamedSecret = { readonly text: string; readonly name: string; readonly command: string };

/** The secrets that a search tries. */
export type Secrets = {
  /** the user's, for the provider that is expected */
  readonly own: readonly NamedSecret[];
  readonly others: readonly OtherSecret[];
};

type Key = Form<Buffer>;

/** `your secret`, or `your 2nd secret` when there are several. */
export function nameSecrets(secrets: readonly string[], provider: string | undefined): readonly NamedSecret[] {
  const ordinals = ["1st", "2nd", "3rd"];
  return secrets.map((text, index) => ({
    text,
    command: `devhook secrets set${provider === undefined ? "" : ` ${provider}`}`,
    name: secrets.length === 1 ? "your secret" : `your ${ordinals[index] ?? `${index + 1}th`} secret`,
  }));
}

/** The secret as the scheme uses it; none when it cannot be used so. */
export function plainKeys({ text }: NamedSecret, scheme: Scheme): readonly Key[] {
  const key = readKey(text, scheme);
  return key.kind === "bytes" ? [asIs(key.bytes)] : [];
}

/** The other keys that senders make of a secret, by mistake or because their scheme is another. */
export function changedKeys(secret: NamedSecret, scheme: Scheme): readonly Key[] {
  const clean = cleaned(secret);
  const keys: Key[] = [...encodings(secret, scheme), ...dirtyKeys(secret, scheme)];
  if (clean !== undefined) {
    const around = [clean.cause];
    const inner = { ...secret, text: clean.text };
    keys.push(...plainKeys(inner, scheme).map(({ value }) => ({ value, causes: around })));
    keys.push(...encodings(inner, scheme).map(({ value, causes }) => ({ value, causes: [...around, ...causes] })));
  }
  return distinct(keys, plainKeys(secret, scheme));
}

/** Keys of a sender whose secret is not set. */
export const UNSET_KEYS: readonly Key[] = ["", "undefined", "null", "None", "false"].map((text) => ({
  value: Buffer.from(text),
  causes: [
    {
      code: "other-secret",
      found: text === "" ? "the sender signed with an empty secret" : `the sender signed with the text ${text} for a secret`,
      hint: "set the secret where the sender runs: its variable is missing there, and anybody can sign like this",
    },
  ],
}));

/** A secret that devhook has for another provider. */
export type OtherSecret = {
  readonly provider: string;
  readonly secret: string;
  readonly schemes?: readonly Pick<Scheme, "key" | "algorithm">[];
};

/** Other providers' secrets as keys of this scheme: as their own schemes use them, and as this one does. */
export function otherKeys({ provider, secret, schemes = [] }: OtherSecret, scheme: Scheme): readonly Key[] {
  const causes = [otherSecret(provider)];
  const keys = [...schemes, scheme, AS_TEXT].flatMap((one): readonly Key[] => {
    const key = readKey(secret, one);
    return key.kind === "bytes" ? [{ value: key.bytes, causes }] : [];
  });
  return distinct(keys, []);
}
const AS_TEXT: Pick<Scheme, "key" | "algorithm"> = { key: { form: "text" }, algorithm: "hmac-sha256" };

/** The cause that another provider's secret fits. */
export function otherSecret(provider: string): Cause {
  return {
    code: "other-secret",
    found: `the signature matches the secret of ${provider}`,
    hint: `if ${provider} sent it, say so: --provider ${provider}; if not, the sender uses the wrong secret`,
  };
}

/** Lower-case words that end in an underscore, as `whsec_` or `pdl_ntfset_`. */
const PREFIX = /^(?:[a-z]{2,12}_){1,3}/i;

/** What the bytes of the key may have been instead. Each cause says what the secret is, what the sender does with it, and what the scheme wants. */
function encodings({ text, name, command }: NamedSecret, scheme: Scheme): readonly Key[] {
  const { key } = scheme;
  const called = `${name} (${secretText(text)})`;
  const prefix = PREFIX.exec(text)?.[0] ?? "";
  const bare = text.slice(prefix.length);
  const behind = prefix === "" ? "" : ` after ${prefix}`;
  const isText = key.form === "text";
  const ownPrefix = key.form === "base64" ? key.prefix : undefined;
  const wanted = isText
    ? "this scheme uses its characters as they are"
    : `this scheme decodes it from ${key.form}${ownPrefix === undefined ? "" : ` after ${ownPrefix}`}`;
  const rest = ownPrefix !== undefined && text.startsWith(ownPrefix) ? `secret.slice(${ownPrefix.length})` : "secret";
  const mend = isText
    ? "in the sender, sign with its characters as they are"
    : `in the sender, decode it from ${key.form} before signing: Buffer.from(${rest}, "${key.form}") in Node`;
  const orDescribe = (form: string): string => `${mend}; if the sender is right, describe it with the key form ${form}`;
  const keys: Key[] = [];
  const add = (bytes: Buffer | undefined, found: string, hint: string): void => {
    if (bytes !== undefined && bytes.length > 0) keys.push({ value: bytes, causes: [{ code: "secret-encoding", found, hint }] });
  };
  const base64 = base64Bytes(bare);
  const hex = hexBytes(bare);
  add(hex, `${called} looks like hex${behind} and was decoded from it by the sender; ${wanted}`, orDescribe("hex"));
  add(base64, `${called} looks like base64${behind} and was decoded from it by the sender; ${wanted}`, orDescribe("base64"));
  const isDecodable = readKey(text, scheme).kind === "bytes";
  add(
    utf8(text),
    isDecodable
      ? `${called} is ${key.form}${behind} but was used as text by the sender; ${wanted}`
      : `${called} is no ${key.form}${behind} and was used as text by the sender; ${wanted}`,
    isDecodable
      ? orDescribe("text")
      : `compare it with the provider's page, and store it again, whole: ${command}; if the sender is right, describe it with the key form text`,
  );
  if (prefix !== "") {
    add(
      utf8(bare),
      `the sender uses ${called} as text without its ${prefix}; ${wanted}`,
      isText ? `in the sender, leave ${prefix} where it is: it is a part of the key` : mend,
    );
    add(
      Buffer.from(text, "base64"),
      `the sender decodes ${called} from base64 together with its ${prefix}; ${wanted}`,
      isText ? mend : `in the sender, take ${prefix} off before it is decoded: secret.slice(${prefix.length})`,
    );
  } else {
    for (const added of new Set([ownPrefix ?? "whsec_", "whsec_"]))
      add(
        utf8(added + text),
        `the sender has ${added} in front of ${called}, and uses all of it as text; yours is without`,
        `if the provider shows it with ${added}, store it so: ${command}; if not, take it off in the sender`,
      );
    add(Buffer.from(text, "base64"), `the sender decodes ${called} from base64, which it is not; ${wanted}`, mend);
  }
  const once = "in the sender, use the secret as it is: it is encoded once more there";
  add(utf8(Buffer.from(text).toString("base64")), `the sender uses the base64 of ${called} for a key; ${wanted}`, once);
  add(utf8(Buffer.from(text).toString("hex")), `the sender uses the hex digits of ${called} for a key; ${wanted}`, once);
  const hash = createHash("sha256").update(text).digest();
  const unhashed = "in the sender, sign with the secret itself, not with its hash";
  add(utf8(hash.toString("hex")), `the sender uses the SHA-256 of ${called}, in hex, for a key; ${wanted}`, unhashed);
  add(hash, `the sender uses the SHA-256 of ${called} for a key; ${wanted}`, unhashed);
  const compare = `capitals and small letters differ: copy the secret exactly from the provider's page, into the sender or here (${command})`;
  add(utf8(text.toLowerCase()), `the sender has ${called} in small letters, and uses it as text`, compare);
  add(utf8(text.toUpperCase()), `the sender has ${called} in capitals, and uses it as text`, compare);
  const decoded = percentDecoded(text);
  if (decoded !== undefined)
    add(
      utf8(decoded),
      `${called} is percent-encoded, and the sender uses it decoded`,
      `copy it from the provider's page and not from a URL, and store it: ${command}`,
    );
  if (/[^\x00-\x7f]/.test(text))
    add(
      Buffer.from(text, "latin1"),
      `the sender uses ${called} as latin1, and this scheme as UTF-8`,
      "in the sender, encode it as UTF-8, or use a secret of ASCII characters",
    );
  return keys;
}

/** What the sender's secret may have around it. */
function dirtyKeys({ text, name }: NamedSecret, { key }: Scheme): readonly Key[] {
  if (key.form !== "text") return [];
  return DIRT.map(({ around, called, hint }) => ({
    value: utf8(around(text)),
    causes: [{ code: "secret-whitespace", found: `the sender's secret has ${called}, and ${name} has not`, hint }],
  }));
}

const DIRT: readonly { readonly around: (text: string) => string; readonly called: string; readonly hint: string }[] = [
  { around: (text) => `${text}\n`, called: "a line feed at its end", hint: "take it off in the sender: echo writes one, printf does not" },
  { around: (text) => `${text}\r\n`, called: "CR LF at its end", hint: "take it off in the sender: its file has line ends of Windows" },
  { around: (text) => `${text}\r`, called: "a CR at its end", hint: "take it off in the sender: its file has line ends of Windows" },
  { around: (text) => `${text} `, called: "a blank at its end", hint: "take it off in the sender" },
  { around: (text) => ` ${text}`, called: "a blank in front", hint: "take it off in the sender" },
  { around: (text) => `"${text}"`, called: "double quotes around it", hint: "take them off in the sender: its reader of .env keeps them" },
  { around: (text) => `'${text}'`, called: "single quotes around it", hint: "take them off in the sender: its reader of .env keeps them" },
];

/** The secret without what does not belong to it; undefined when there is nothing. */
function cleaned({ text, name, command }: NamedSecret): { readonly text: string; readonly cause: Cause } | undefined {
  const removed: string[] = [];
  let rest = text;
  for (const { strip, called } of AROUND) {
    const inner = strip(rest);
    if (inner === rest || inner === "") continue;
    rest = inner;
    removed.push(called);
  }
  if (removed.length === 0) return undefined;
  return {
    text: rest,
    cause: {
      code: "secret-whitespace",
      found: `${name} has ${[...new Set(removed)].join(" and ")} around it (${text.length} characters, ${rest.length} without)`,
      hint: `store it without: ${command}`,
    },
  };
}

type Around = { readonly strip: (text: string) => string; readonly called: string };

const WHITE: Around = { strip: (text) => text.trim().replace(/^\u200B+/, ""), called: "white space" };
/** In the order in which they are taken off. */
const AROUND: readonly Around[] = [
  WHITE,
  { strip: (text) => text.replace(/^(?:export\s)?\s*[A-Za-z]\w*(?:SECRET|KEY|TOKEN)\w*\s*=\s*/i, ""), called: "the name of a variable" },
  { strip: (text) => text.replace(/[;,]$/, ""), called: "a comma or semicolon" },
  { strip: (text) => (/^(["'`])[^]+\1$/.test(text) ? text.slice(1, -1) : text), called: "quotes" },
  { strip: (text) => text.replace(/(?:\\r)?\\n$/, ""), called: "a written \\n" },
  WHITE,
];

function distinct(keys: readonly Key[], without: readonly Key[]): readonly Key[] {
  const seen = new Set(without.map(({ value }) => value.toString("latin1")));
  return keys.filter(({ value }) => {
    const text = value.toString("latin1");
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

function utf8(text: string): Buffer {
  return Buffer.from(text, "utf8");
}

function hexBytes(text: string): Buffer | undefined {
  return /^(?:[0-9a-fA-F]{2}){4,}$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

function percentDecoded(text: string): string | undefined {
  if (!/%[0-9a-fA-F]{2}/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
