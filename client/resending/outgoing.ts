import { headerPairs, type HeaderList } from "../../shared/http/headers.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { withCallbackUrl } from "./callback-url.ts";
import { changedNames, framedHeaders, namesOf, replaceHeaders } from "./replace-headers.ts";
import { resign, senderOf, type Signers } from "./resign.ts";

/** What is sent in place of what came; nothing of it: the delivery as it came. */
export type Changes = {
  /** in the places of those of the same name */
  readonly headers?: HeaderList;
  readonly body?: Buffer;
  readonly callbackUrl?: string;
  /** whether each is signed anew; one whose callback URL changes is so in any case */
  readonly resign?: boolean;
  /** the time that new signatures carry, milliseconds since 1970; left out: the time when it is sent */
  readonly signedAt?: number;
};

/** What is sent for one delivery. */
export type Outgoing = {
  readonly request: SentRequest;
  /** otherwise than it came, its signature aside */
  readonly isEdited: boolean;
  readonly isResigned: boolean;
  /** its callback URL is the one of the changes */
  readonly isRedirected: boolean;
  /** lower-case names of the headers that the user has set */
  readonly set: ReadonlySet<string>;
};

/** A delivery as it came. */
export function originalOf({ method, target, headers, body }: Delivery): SentRequest {
  return { method, target, headers, body: body.bytes };
}

/**
 * What is sent for a delivery: body, headers and callback URL are replaced first, then `edited` takes the place of all, and the signature comes last.
 * @throws {DevhookError} `usage` when it is to be signed and cannot be
 */
export function outgoingOf(
  delivery: Delivery,
  {
    changes,
    signers,
    edited,
    now,
  }: { readonly changes: Changes; readonly signers: Signers; readonly edited?: SentRequest; readonly now: number },
): Outgoing {
  const { headers = [], body, callbackUrl, signedAt = now } = changes;
  const original = originalOf(delivery);
  const given = body === undefined ? original : withBody(original, body);
  const dressed = { ...given, headers: replaceHeaders(given.headers, headers) };
  const redirected =
    callbackUrl === undefined
      ? undefined
      : withCallbackUrl(messageOf({ ...delivery, ...dressed }, dressed.body), senderOf(delivery, signers), callbackUrl);
  const request = edited ?? (redirected === undefined ? dressed : withBody(dressed, redirected));
  const isRedirected = redirected !== undefined;
  const isResigned = changes.resign === true || isRedirected;
  return {
    request: isResigned ? resign(delivery, request, signers, signedAt) : request,
    isEdited: !isSame(request, original),
    isResigned,
    isRedirected,
    set: new Set([...namesOf(headers), ...changedNames(original.headers, request.headers)]),
  };
}

/**
 * The app, with what it gets in any case out of the way of what the user has set: headers of the configuration, Host, and those that devhook writes.
 */
export function targetFor(target: AppTarget, { request, set }: Outgoing): AppTarget {
  if (set.size === 0) return target;
  const configured = headerPairs(target.headers).filter(([name]) => !set.has(name.toLowerCase()));
  const own = headerPairs(request.headers).filter(([name]) => set.has(name.toLowerCase()) && /^(?:x-forwarded|devhook)-/i.test(name));
  return { ...target, headers: [...configured, ...own].flat(), hostHeader: set.has("host") ? "keep" : target.hostHeader };
}

function withBody(request: SentRequest, body: Buffer): SentRequest {
  return { ...request, body, headers: framedHeaders(request.headers, body.length) };
}

function isSame(one: SentRequest, other: SentRequest): boolean {
  const isSameHead = one.method === other.method && one.target === other.target;
  return isSameHead && JSON.stringify(one.headers) === JSON.stringify(other.headers) && one.body.equals(other.body);
}
