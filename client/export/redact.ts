import type { HeaderList } from "../../shared/http/headers.ts";
import type { Attempt, Delivery, RecordedBody, SentRequest } from "../ledger/records.ts";
import type { SecretFinder } from "./find-secrets.ts";
import { redactBody } from "./redact-body.ts";
import { MASK, type Redacted, redactHeaders, redactUrl, secretOf } from "./redact-head.ts";

/** A delivery without credentials and known secrets. */
export type RedactedDelivery = {
  readonly delivery: Delivery;
  /** what was taken out, in words: `header Cookie`, `parameter token`, `secret of stripe`; one for each place. Names are the sender's. */
  readonly found: readonly string[];
  /** the request is another one now: its signature does not hold any more */
  readonly bodyChanged: boolean;
};

/**
 * Takes out of a delivery and all its attempts: headers and parameters that are credentials by their name, and every known secret wherever it
 * stands. Signatures stay. A body that loses something gets the length that it then has, in its Content-Length as well.
 */
export function redact(delivery: Delivery, secrets: SecretFinder): RedactedDelivery {
  const found: string[] = [];
  const take = <T>({ value, found: here }: Redacted<T>): T => {
    found.push(...here);
    return value;
  };

  /** A text of ours, or of the app, that is no header. */
  function words(text: string): string {
    const clean = secrets.replace(Buffer.from(text, "utf8").toString("latin1"), MASK);
    found.push(...clean.owners.map(secretOf));
    return clean.owners.length === 0 ? text : Buffer.from(clean.text, "latin1").toString("utf8");
  }

  function message(headers: HeaderList, body: RecordedBody): { readonly headers: HeaderList; readonly body: RecordedBody } {
    const bytes = take(redactBody(body.bytes, headers, secrets));
    const lines = take(redactHeaders(headers, secrets));
    if (bytes === body.bytes) return { headers: lines, body };
    const total = body.total + bytes.length - body.bytes.length;
    return { headers: withLength(lines, total), body: { bytes, total, truncated: body.truncated } };
  }

  function sent({ method, target, headers, body }: SentRequest): SentRequest {
    const clean = message(headers, { bytes: body, total: body.length, truncated: false });
    return { method, target: take(redactUrl(target, secrets)), headers: clean.headers, body: clean.body.bytes };
  }

  function attempt(one: Attempt): Attempt {
    const { target, request, head, body, error } = one;
    const answer = message(head?.headers ?? [], body);
    return {
      ...one,
      target: take(redactUrl(target, secrets)),
      request: request === undefined ? undefined : sent(request),
      head: head === undefined ? undefined : { ...head, reason: words(head.reason), headers: answer.headers },
      body: answer.body,
      error: error === undefined ? undefined : { code: error.code, message: words(error.message), hint: words(error.hint) },
    };
  }

  const request = message(delivery.headers, delivery.body);
  const target = take(redactUrl(delivery.target, secrets));
  const { event, eventId, verification } = delivery;
  return {
    delivery: {
      ...delivery,
      ...request,
      target,
      path: target.split("?", 1)[0] ?? "",
      event: event === undefined ? undefined : words(event),
      eventId: eventId === undefined ? undefined : words(eventId),
      verification: verification === undefined ? undefined : withWords(verification, words),
      attempts: delivery.attempts.map(attempt),
    },
    found,
    bodyChanged: request.body !== delivery.body,
  };
}

/** A JSON text with each of its strings passed through `words`. */
function withWords(json: string, words: (text: string) => string): string {
  return JSON.stringify(JSON.parse(json, (_name, value: unknown) => (typeof value === "string" ? words(value) : value)));
}

function withLength(headers: HeaderList, bytes: number): HeaderList {
  return headers.map((text, index) => (index % 2 === 1 && headers[index - 1]?.toLowerCase() === "content-length" ? String(bytes) : text));
}
