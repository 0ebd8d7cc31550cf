import { readKey } from "../../shared/signatures/keys.ts";
import type { Provider } from "../../shared/signatures/provider.ts";

/** What was given as secrets, and how it was read. */
export type GivenSecrets = {
  readonly provider: Provider;
  /** as it was given, without the end of its last line */
  readonly text: string;
  readonly secrets: readonly string[];
};

/** Why a text may not be the secret that its owner means: one sentence each, none with the secret in it. */
export function secretDoubts({ provider, text, secrets }: GivenSecrets): readonly string[] {
  const { name, secret: facts } = provider;
  const doubts: string[] = [];
  if (text !== text.trim()) doubts.push("white space around the secret has been left out");
  if (text.trimStart().startsWith("[") && secrets.length === 1 && secrets[0] === text.trim())
    doubts.push("it begins with [ and is no JSON array of texts, so all of it has been taken for one secret");
  for (const secret of secrets) doubts.push(...doubtsOf(secret, provider));
  if (provider.signing.schemes.length === 0) doubts.push(`devhook checks no signature of ${name}, so the secret will not be used`);
  if (facts?.prefix !== undefined && secrets.some((secret) => !secret.startsWith(facts.prefix ?? "")))
    doubts.push(`the ${facts.called} of ${name} begins with ${facts.prefix}, this does not`);
  return [...new Set(doubts)];
}

function doubtsOf(secret: string, { name, signing: { schemes } }: Provider): readonly string[] {
  const doubts: string[] = [];
  if (/…|\.\.\.|\*\*\*|•/.test(secret))
    doubts.push("it looks as if it had been masked (…, ... or ***): copy it with the button of the site that shows it");
  if (/^(["'`]).*\1$/s.test(secret))
    doubts.push("quotes stand around it, and count as part of it: leave them out if the site does not show them");
  if (secret !== secret.trim()) doubts.push("white space stands around it inside the JSON array, and counts as part of it");
  const whys = schemes.map((scheme) => readKey(secret, scheme)).map((key) => (key.kind === "unusable" ? key.why : undefined));
  const [first] = whys;
  if (first !== undefined && whys.every((why) => why !== undefined)) doubts.push(`it cannot be used for ${name}: ${first}`);
  return doubts;
}
