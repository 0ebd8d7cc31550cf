import { firstHeader } from "../../http/headers.ts";
import { isMac, macLength } from "../algorithms.ts";
import type { Finding } from "../check.ts";
import type { Provider } from "../provider.ts";
import { formText, placeText, reason, shown } from "../reasons.ts";
import type { Reason } from "../verification.ts";
import { closedJson } from "./body-forms.ts";
import { secretText } from "./cause.ts";
import type { Readings } from "./digest-forms.ts";
import type { Evidence } from "./evidence.ts";
import type { NamedSecret } from "./secret-forms.ts";

/** How secrets are shown that are not shown: `abcd1234...`, `whsec_****`, `••••`. */
const MASKED = /\.{3}|…|\*{3}|[•●∙·]{2}|[xX]{6}/;
/** Texts that stand for a secret in examples. */
const PLACEHOLDER = /^(?:<.*>|\[.*\]|\{.*\}|\$\{?\w+\}?)$|your[-_ ]|change[-_ ]?me|place[-_ ]?holder|redacted/i;

/** What can be told without a match, by the looks of things. */
export function explainByLooks(
  finding: Finding,
  { message, scheme }: Evidence,
  {
    readings,
    secrets,
    provider,
  }: { readonly readings: Readings; readonly secrets: readonly NamedSecret[]; readonly provider: Partial<Provider> },
): Reason | undefined {
  const isAbsent = finding.signature.kind === "absent";
  return (
    masked(secrets) ??
    (finding.signature.kind === "malformed" ? malformed(finding.signature.texts, { message, scheme }, { readings, secrets }) : undefined) ??
    (isAbsent ? undefined : (otherKind(secrets, provider) ?? brokenOff({ message })))
  );
}

function masked(secrets: readonly NamedSecret[]): Reason | undefined {
  const hidden = secrets.find(({ text }) => MASKED.test(text));
  if (hidden !== undefined) {
    return reason(
      "secret-masked",
      `${configured(hidden, secrets)} looks masked (${hidden.text.length} characters, with "${MASKED.exec(hidden.text)?.[0] ?? ""}" in it)`,
      `pages and APIs show a secret whole only once, when it is made: make a new one, copy it whole, and store it: ${hidden.command}`,
    );
  }
  const example = secrets.find(({ text }) => PLACEHOLDER.test(text));
  if (example === undefined) return undefined;
  return reason(
    "secret-masked",
    `${configured(example, secrets)} looks like the placeholder of an example (${example.text.length} characters)`,
    `store the real one: ${example.command}`,
  );
}

function configured({ name }: NamedSecret, secrets: readonly NamedSecret[]): string {
  return secrets.length === 1 ? "The configured secret" : `Of the configured secrets, ${name}`;
}

/** A key of another kind: each of the provider's secrets begins with a fixed text. */
function otherKind(secrets: readonly NamedSecret[], { name, secret: facts }: Partial<Provider>): Reason | undefined {
  const prefix = facts?.prefix;
  const [first] = secrets;
  if (prefix === undefined || first === undefined || secrets.some(({ text }) => text.includes(prefix))) return undefined;
  return reason(
    "secret-kind",
    `The configured secret (${secretText(first.text)}) does not begin with ${prefix}, as every ${facts?.called ?? "secret"} of ${name ?? "this provider"} does`,
    `it may be another kind of key; copy the ${facts?.called ?? "secret"}${facts?.where === undefined ? "" : ` (you find it here: ${facts.where})`}`,
  );
}

/** A text that is no signature of the scheme, and that no search explains. */
function malformed(
  texts: readonly string[],
  { message, scheme }: Pick<Evidence, "message" | "scheme">,
  { readings, secrets }: { readonly readings: Readings; readonly secrets: readonly NamedSecret[] },
): Reason | undefined {
  const where = scheme.signature.map(placeText).join(" or ");
  const [text = ""] = texts;
  const rest = secrets.length === 0 ? "without a secret nothing more can be told" : "nor does it match in its right form";
  const expected = `expected: ${formText(scheme)}`;
  if (/^(?:(?:[a-z0-9]{1,10}[=,])?(?:undefined|null|none|nan|\[object \w+\]|false|true)?)$/i.test(text.trim())) {
    return reason(
      "signature-malformed",
      text.trim() === "" ? `The signature in ${where} is empty` : `${where} holds ${shown(text)}: the sender's variable holds no signature`,
      "look where the sender computes it: the value is not set, or a promise is not awaited",
    );
  }
  const reading = readings.own.find(({ causes }) => causes.length > 0) ?? readings.own[0];
  if (reading === undefined) return undefined;
  const { algorithm } = scheme;
  const length = isMac(algorithm) ? macLength(algorithm) : algorithm === "ed25519" ? 64 : undefined;
  if (length !== undefined && reading.value.length !== length) {
    const others: Readonly<Record<number, string>> = { 16: "MD5", 20: "SHA-1", 32: "SHA-256", 48: "SHA-384", 64: "SHA-512 or Ed25519" };
    const looks = others[reading.value.length];
    return reason(
      "wrong-algorithm",
      `The signature has ${reading.value.length} bytes${looks === undefined ? "" : `, as ${looks} has`}, and this scheme's has ${length}; ${rest}`,
      looks === undefined ? `send it whole; ${expected}` : expected,
    );
  }
  const [cause] = reading.causes;
  if (cause === undefined) return undefined;
  const found = cause.found.charAt(0).toUpperCase() + cause.found.slice(1);
  return reason(cause.code, `${found}; ${rest}`, message.body.length === 0 ? cause.hint : `${cause.hint}; then compare the secrets`);
}

/** A body that is not there in full. */
function brokenOff({ message: { headers, body } }: Pick<Evidence, "message">): Reason | undefined {
  const stated = firstHeader(headers, "content-length") ?? "";
  if (/^\d{1,12}$/.test(stated) && Number(stated) > body.length) {
    return reason(
      "body-cut",
      `Content-Length says ${stated} bytes, and ${body.length} are here: the signature cannot match a part`,
      "look where the rest was lost: sender, proxy, or a recording that was cut",
    );
  }
  const isJson = /\bjson\b/i.test(firstHeader(headers, "content-type") ?? "");
  if (!isJson || closedJson(body) === undefined) return undefined;
  return reason(
    "body-cut",
    `The body is JSON that breaks off after ${body.length} bytes, and the signature may be that of all of it`,
    "the sender's Content-Length may count characters in place of bytes: use Buffer.byteLength",
  );
}
