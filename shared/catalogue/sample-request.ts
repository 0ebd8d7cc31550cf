import { DevhookError } from "../errors.ts";
import type { HeaderList } from "../http/headers.ts";
import { withMember } from "../signatures/json-text.ts";
import { createMessage, type Message } from "../signatures/message.ts";
import { firstValue, holds } from "../signatures/places.ts";
import type { EventKind, Provider } from "../signatures/provider.ts";
import { sign, type Signed } from "../signatures/sign.ts";

/** Why a sample goes without a signature. `not-signed`: its provider signs none of this kind; `cannot-sign`: the secret does not do. */
export type Unsigned = {
  readonly code: "not-signed" | "no-secret" | "cannot-sign";
  /** one sentence */
  readonly reason: string;
};

/** A request as a provider would send it. */
export type SampleRequest = {
  /** public URL that is called; other than the one that was asked for where the signature stands in the query */
  readonly url: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** undefined when it is signed */
  readonly unsigned: Unsigned | undefined;
};

export type SampleInput = {
  readonly provider: Provider;
  /** one of its events */
  readonly kind: EventKind;
  /** public URL, whole */
  readonly url: string;
  /** what to sign with; undefined: there is none */
  readonly secret: string | undefined;
  /** milliseconds since 1970: when the event happens and is sent */
  readonly now: number;
  /** UUID, of which the event's id is made */
  readonly id: string;
  /** value of User-Agent */
  readonly agent: string;
};

/** The sample of a kind of event as if it happened now: with a fresh id and fresh times where the record says that they stand, and signed. */
export function sampleRequest(input: SampleInput): SampleRequest {
  const { url, agent } = input;
  const body = freshSample(input);
  const headers = jsonHeaders(url, agent);
  const signed = signSample(input, createMessage({ method: "POST", url, headers, body }));
  if ("code" in signed) return { url, headers: withLength(headers, body), body, unsigned: signed };
  return {
    url: signed.url ?? url,
    headers: withLength([...headers, ...signed.headers], signed.body),
    body: signed.body,
    unsigned: undefined,
  };
}

/** The headers of a JSON request without a signature, in the usual order; the length goes last. */
export function jsonHeaders(url: string, agent: string): HeaderList {
  return ["Host", new URL(url).host, "User-Agent", agent, "Accept", "*/*", "Content-Type", "application/json"];
}

/** @returns `headers` and the length of `body` */
export function withLength(headers: HeaderList, body: Buffer): HeaderList {
  return [...headers, "Content-Length", String(body.length)];
}

function signSample({ provider, kind, secret, now }: SampleInput, message: Message): Signed | Unsigned {
  const scheme = schemeOf(provider, kind, message);
  if (scheme === undefined) return { code: "not-signed", reason: `${provider.name} does not sign this event` };
  if (secret === undefined)
    return { code: "no-secret", reason: `there is no ${provider.secret?.called ?? "secret"} of ${provider.name} to sign with` };
  try {
    return sign({ provider, scheme, secret, message, now });
  } catch (error) {
    if (!(error instanceof DevhookError)) throw error;
    return { code: "cannot-sign", reason: error.why === undefined ? error.message : `${error.message}: ${error.why}` };
  }
}

/**
 * The scheme that an event of this kind is signed with: the one that its own source describes, else the first that fits. A source that says of its events that
 * they are not signed says it of this one, too.
 */
function schemeOf({ signing }: Provider, { source }: EventKind, message: Message): string | undefined {
  const { schemes, unsigned } = signing;
  if (unsigned?.source.from === source.from) return undefined;
  const own = schemes.find((scheme) => scheme.source.from === source.from);
  return (own ?? schemes.find(({ when = [] }) => holds(message, when)))?.id;
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;

/** All times move by as much as the first of them, so that a deadline stays ahead. */
function freshSample({ provider, kind, now, id }: SampleInput): Buffer {
  const sample = createMessage({ method: "POST", url: undefined, headers: [], body: Buffer.from(kind.sample) });
  let body = sample.body;
  const put = (path: string, value: string): void => {
    body = withMember(body, path, JSON.stringify(value)) ?? body;
  };
  for (const place of provider.event.id) {
    const old = place.in === "body" ? firstValue(sample, place) : undefined;
    if (place.in !== "body" || old === undefined) continue;
    const prefix = /^[a-z]+[_-]/i.exec(old)?.[0] ?? "";
    put(place.path, prefix + id.replaceAll("-", ""));
  }
  let shift: number | undefined;
  for (const { path, note } of kind.fields) {
    const old = note?.includes("ISO 8601") === true ? firstValue(sample, { in: "body", path }) : undefined;
    if (old === undefined || !ISO_TIME.test(old)) continue;
    shift ??= now - Date.parse(old);
    const text = new Date(Date.parse(old) + shift).toISOString();
    put(path, old.includes(".") ? text : text.replace(/\.\d{3}/, ""));
  }
  return body;
}
