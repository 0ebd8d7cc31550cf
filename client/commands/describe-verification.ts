import type { Provider } from "../../shared/signatures/provider.ts";
import type { Verdict, Verification } from "../../shared/signatures/verification.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import type { Colours } from "../output/colours.ts";
import { secretHint } from "../output/words/secret-hint.ts";
import { verificationWords } from "../output/words/verification-words.ts";

/** What the words about a verification depend on. */
export type VerificationView = {
  /** the record that was used, for its name and tolerance; undefined: nobody knows it any more */
  readonly provider: Provider | undefined;
  /** those that were tried; undefined: they are not at hand */
  readonly secrets: readonly string[] | undefined;
  /** what the age counts from */
  readonly clock: "now" | "receipt" | "given";
  readonly colours: Colours;
};

/** A verification for a person, the verdict first. Safe to print. */
export function describeVerification(verification: Verification, view: VerificationView): readonly string[] {
  const { provider, clock, colours, secrets } = view;
  const words = verificationWords(verification, { provider, clock, secrets: secrets?.map(secretHint) });
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["signature", words.signature],
    ["covers", words.covers],
    ["time", words.time],
    ["why", words.why === undefined ? undefined : `${words.why} (${words.code})`],
    ["hint", words.hint],
    ["event", words.event],
    ["handshake", words.handshake],
  ];
  return [
    `${PAINTS[verification.verdict](colours)} ${sanitizeLine(words.from ?? "", 300)}`.trimEnd(),
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(11)}${sanitizeLine(value, 1_000)}`])),
  ];
}

const PAINTS: Readonly<Record<Verdict, (colours: Colours) => string>> = {
  valid: ({ ok }) => ok("✓ valid"),
  invalid: ({ bad }) => bad("✗ invalid"),
  unsigned: ({ warn }) => warn("! unsigned"),
  "no-secret": ({ warn }) => warn("? no-secret"),
  "unknown-scheme": ({ warn }) => warn("? unknown-scheme"),
};
