import type { JsonText } from "../json-text.ts";
import { tokenCounts } from "../json-writer.ts";
import type { Message } from "../message.ts";
import type { Scheme } from "../scheme.ts";
import { type Budget, READ_JSON, WRITE_BYTE, WRITE_SPECIAL, WRITE_SPECIAL_BYTE, WRITE_TOKEN } from "./budget.ts";
import type { ExplainInput } from "./explain.ts";

/** What a search looks at. */
export type Evidence = {
  readonly message: Message;
  readonly scheme: Scheme;
  /** the other schemes of the same provider */
  readonly siblings: readonly Scheme[];
  /** URLs by which the request is known besides the public one */
  readonly otherUrls: readonly string[];
  /** the body as JSON; undefined also when the budget does not reach for reading it */
  readonly json: () => JsonText | undefined;
  /** Takes the cost of writing the body in another form of JSON. */
  readonly spendWriting: () => boolean;
  readonly budget: Budget;
};

export function createEvidence(
  { message, provider, otherUrls = [] }: Pick<ExplainInput, "message" | "provider" | "otherUrls">,
  scheme: Scheme,
  budget: Budget,
): Evidence {
  let isAffordable: boolean | undefined;
  let writing: number | undefined;
  const json = (): JsonText | undefined => {
    isAffordable ??= message.body.length > 0 && budget.spend(READ_JSON * message.body.length);
    return isAffordable ? message.json() : undefined;
  };
  return {
    message,
    scheme,
    siblings: provider.signing.schemes.filter((one) => one !== scheme),
    otherUrls,
    json,
    spendWriting: () => {
      const text = json();
      if (text === undefined) return false;
      writing ??= costOf(text);
      return budget.spend(writing);
    },
    budget,
  };
}

function costOf(json: JsonText): number {
  const { tokens, special, specialBytes } = tokenCounts(json);
  return json.text.length * WRITE_BYTE + tokens * WRITE_TOKEN + special * WRITE_SPECIAL + specialBytes * WRITE_SPECIAL_BYTE;
}
