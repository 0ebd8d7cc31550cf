import { createHmac } from "node:crypto";
import { latin1Of } from "../places.ts";
import { placeText } from "../reasons.ts";
import type { Reason } from "../verification.ts";
import { HASH_START } from "./budget.ts";
import { type Cause, reasonOfCauses } from "./cause.ts";
import type { Evidence } from "./evidence.ts";
import { otherSecret, type Secrets } from "./secret-forms.ts";

/** A way in which a token is written that is not the secret itself. */
type TokenForm = { readonly write: (secret: string) => string; readonly cause: (name: string) => Cause };

const FORMS: readonly TokenForm[] = [
  { write: (secret) => secret.trim(), cause: (name) => whitespace(`${name} has white space around it`) },
  { write: (secret) => secret.trim().replace(/^(["'`])([^]*)\1$/, "$2"), cause: (name) => whitespace(`${name} has quotes around it`) },
  ...["Bearer ", "Token ", "token ", "Basic "].map((prefix): TokenForm => ({
    write: (secret) => prefix + secret,
    cause: () => ({
      code: "wrong-prefix",
      found: `the token has ${JSON.stringify(prefix)} in front, which this scheme does not write`,
      hint: "send the secret alone",
    }),
  })),
  { write: (secret) => secret.replace(/^(?:Bearer|Token|Basic) /i, ""), cause: (name) => whitespace(`${name} has a word in front of it`) },
  { write: (secret) => `"${secret}"`, cause: () => whitespace("the token has double quotes around it, and the secret has not") },
  { write: (secret) => `${secret} `, cause: () => whitespace("the token has a blank behind it, and the secret has not") },
  { write: (secret) => Buffer.from(secret).toString("base64"), cause: (name) => encoded(`the token is the base64 of ${name}`) },
  {
    write: (secret) => `Basic ${Buffer.from(secret).toString("base64")}`,
    cause: (name) => encoded(`the token is ${name} as Basic credentials`),
  },
  {
    write: (secret) => Buffer.from(secret, "base64").toString("utf8"),
    cause: (name) => encoded(`${name} is base64, and the token is what it stands for`),
  },
  { write: (secret) => encodeText(secret), cause: (name) => encoded(`the token is ${name} in percent-encoding`) },
  { write: (secret) => secret.replace(/^(?:[a-z]{2,12}_){1,3}/i, ""), cause: (name) => encoded(`the token is ${name} without its prefix`) },
];

/** Searches for what a token is, in place of the secret. */
export function explainToken(
  { message, scheme, budget }: Evidence,
  texts: readonly string[],
  { own, others }: Secrets,
): Reason | undefined {
  const isThere = (wanted: string): boolean => wanted !== "" && texts.includes(latin1Of(wanted));
  for (const { write, cause } of FORMS)
    for (const { text, name } of own) if (write(text) !== text && isThere(write(text))) return reasonOfCauses([cause(name)]);
  for (const { text, name } of own) {
    if (!texts.some((one) => one.toLowerCase() === latin1Of(text).toLowerCase())) continue;
    return reasonOfCauses([encoded(`the token and ${name} differ in capital and small letters`)]);
  }
  for (const { provider, secret } of others) if (isThere(secret)) return reasonOfCauses([otherSecret(provider)]);
  for (const { text } of own) {
    const where = otherPlaceOf(text, message.headers);
    if (where !== undefined) return reasonOfCauses([wrongPlace(where, scheme.signature.map(placeText).join(" or "))]);
    if (!budget.spend(HASH_START + message.body.length)) return undefined;
    const digest = createHmac("sha256", text).update(message.body).digest();
    if (texts.some((one) => one.endsWith(digest.toString("hex")) || one.endsWith(digest.toString("base64")))) {
      return reasonOfCauses([
        {
          code: "wrong-algorithm",
          found: "the token is the HMAC-SHA256 of the body, and this scheme sends the secret itself",
          hint: "the sender signs, and this scheme does not: see whether another scheme or provider describes it",
        },
      ]);
    }
  }
  return undefined;
}

function otherPlaceOf(secret: string, headers: readonly string[]): string | undefined {
  const wanted = latin1Of(secret);
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (wanted !== "" && headers[i + 1]?.replace(/^(?:Bearer|Token) /i, "") === wanted) return headers[i];
  return undefined;
}

function wrongPlace(header: string, right: string): Cause {
  return {
    code: "wrong-header",
    found: `the secret stands in header ${header}, and this scheme has it in ${right}`,
    hint: `send it in ${right}`,
  };
}

function whitespace(found: string): Cause {
  return { code: "secret-whitespace", found, hint: "send and store the secret alone" };
}

function encoded(found: string): Cause {
  return { code: "secret-encoding", found, hint: "send the secret exactly as it is stored" };
}

/** encodeURIComponent throws at half a surrogate pair. */
function encodeText(text: string): string {
  return encodeURIComponent(Buffer.from(text, "utf8").toString("utf8"));
}
