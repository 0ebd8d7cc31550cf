import { DevhookError } from "../../shared/errors.ts";
import type { TokenRecord } from "../tunnels/registry.ts";

/** `latest` is the one added last, `latest~2` the second before it. */
const LATEST = /^latest(?:~(\d{1,6}))?$/;

/**
 * The token that an ID argument means: an id, a beginning that only one has, `latest` or `latest~N`. Revoked tokens are found by their whole id only.
 * @param tokens oldest first
 * @throws DevhookError `not-found`, or `ambiguous` for a beginning that several have
 */
export function findToken(tokens: readonly TokenRecord[], text: string): TokenRecord {
  const matches = matchesOf(tokens, text);
  const [match, ...others] = matches;
  if (match === undefined) {
    throw new DevhookError("not-found", {
      what: `No token has the id ${JSON.stringify(text)}.`,
      fix: "List them with: devhook relay token list",
    });
  }
  if (others.length > 0) {
    throw new DevhookError("ambiguous", {
      what: `Several tokens have an id that begins with ${text}.`,
      why: `They are ${matches.map((token) => token.id).join(", ")}.`,
      fix: "Give more characters of the one that you mean.",
    });
  }
  return match;
}

function matchesOf(tokens: readonly TokenRecord[], text: string): readonly TokenRecord[] {
  const exact = tokens.find((token) => token.id === text);
  if (exact !== undefined) return [exact];
  const living = tokens.filter((token) => token.revokedAt === undefined);
  const latest = LATEST.exec(text);
  if (latest === null) return living.filter((token) => text !== "" && token.id.startsWith(text));
  const found = living.at(-1 - Number(latest[1] ?? 0));
  return found === undefined ? [] : [found];
}
