import { macOf } from "./algorithms.ts";
import type { Message } from "./message.ts";
import { firstValue } from "./places.ts";
import type { Handshake } from "./provider.ts";
import { shown } from "./reasons.ts";
import type { Place } from "./scheme.ts";

/** The answer that a handshake wants. */
export type HandshakeAnswer = { readonly status: number; readonly contentType: string | undefined; readonly body: Buffer };

/**
 * Makes the answer to a handshake as the provider's record describes it.
 * @param secret keys the hash that some want; undefined when there is none
 * @returns undefined when the record has no answer, or something that it needs is not there
 */
export function answerHandshake({ answer }: Handshake, message: Message, secret: string | undefined): HandshakeAnswer | undefined {
  if (answer === undefined) return undefined;
  let isWhole = true;
  const body = answer.body.replace(/\{\{|\}\}|\{[^{}]+\}/g, (token) => {
    if (token === "{{" || token === "}}") return token.slice(1);
    const value = valueOf(token.slice(1, -1), message, secret);
    isWhole &&= value !== undefined;
    return value ?? "";
  });
  return isWhole ? { status: answer.status, contentType: answer.contentType, body: Buffer.from(body, "utf8") } : undefined;
}

/** What is wrong with the body of an answer, as one clause; undefined when nothing is. */
export function answerFault(body: string): string | undefined {
  for (const [token] of body.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]/g)) {
    if (token === "{{" || token === "}}") continue;
    const isPlace = token.length > 1 && placeOf(formOf(token.slice(1, -1)).inner) !== undefined;
    if (!isPlace) return `${shown(token)} is no placeholder; literal braces are written {{ and }}`;
  }
  return undefined;
}

function valueOf(placeholder: string, message: Message, secret: string | undefined): string | undefined {
  const { how, inner } = formOf(placeholder);
  const place = placeOf(inner);
  const value = place === undefined ? undefined : firstValue(message, place);
  if (value === undefined || how === undefined) return value;
  if (how === "json") return JSON.stringify(value);
  return secret === undefined ? undefined : macOf("hmac-sha256", Buffer.from(secret, "utf8"), Buffer.from(value, "utf8")).toString("hex");
}

/** `json:body:path` -> `json`, `body:path` */
function formOf(placeholder: string): { readonly how: "json" | "hmac-sha256-hex" | undefined; readonly inner: string } {
  for (const how of ["json", "hmac-sha256-hex"] as const)
    if (placeholder.startsWith(`${how}:`)) return { how, inner: placeholder.slice(how.length + 1) };
  return { how: undefined, inner: placeholder };
}

function placeOf(placeholder: string): Place | undefined {
  const at = placeholder.indexOf(":");
  const name = placeholder.slice(at + 1);
  switch (placeholder.slice(0, Math.max(at, 0))) {
    case "body":
      return { in: "body", path: name };
    case "query":
      return { in: "query", name };
    case "form":
      return { in: "form", name };
    default:
      return undefined;
  }
}
