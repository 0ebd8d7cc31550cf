import { DevhookError } from "../../shared/errors.ts";
import { headerPairs, type HeaderList } from "../../shared/http/headers.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { fields } from "../settings/fields.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { withCallbackUrl } from "./callback-url.ts";
import type { CommandContext } from "./context.ts";
import { readBodyArgument } from "./read-message.ts";
import { changedNames, framedHeaders, namesOf, replaceHeaders } from "./replace-headers.ts";
import { resign, senderOf, type Signers } from "./resign.ts";

/** Flags that say what is sent in place of what came. */
export type ChangeFlags = {
  readonly header?: readonly string[];
  readonly body?: string;
  readonly callbackUrl?: string;
  readonly resign?: boolean;
};

/** What they ask for, read and accepted. */
export type Changes = {
  readonly headers: HeaderList;
  readonly body: Buffer | undefined;
  readonly callbackUrl: string | undefined;
  /** whether each is signed anew; one whose callback URL changes is so in any case */
  readonly resign: boolean;
};

/** What is sent for one delivery. */
export type Outgoing = {
  readonly request: SentRequest;
  /** otherwise than it came, its signature aside */
  readonly isEdited: boolean;
  readonly isResigned: boolean;
  /** its callback URL is the one of --callback-url */
  readonly isRedirected: boolean;
  /** lower-case names of the headers that the user has set */
  readonly set: ReadonlySet<string>;
};

/** @throws {DevhookError} `usage` */
export async function readChanges({ header, body, callbackUrl, resign: all }: ChangeFlags, context: CommandContext): Promise<Changes> {
  const headers = header === undefined ? [] : fields.headers.parse(header);
  if (headers === undefined)
    throw new DevhookError("usage", { what: `-H does not accept ${JSON.stringify(header)}`, why: `accepted: ${fields.headers.accepts}` });
  const bytes = body === undefined ? undefined : await readBodyArgument(body, context);
  if (body !== undefined && bytes === undefined)
    throw new DevhookError("usage", { what: `--body does not accept ${JSON.stringify(body)}`, why: "accepted: @file, or - for stdin" });
  return { headers, body: bytes, callbackUrl, resign: all === true };
}

/** A delivery as it came. */
function originalOf({ method, target, headers, body }: Delivery): SentRequest {
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
  const original = originalOf(delivery);
  const given = changes.body === undefined ? original : withBody(original, changes.body);
  const dressed = { ...given, headers: replaceHeaders(given.headers, changes.headers) };
  const redirected =
    changes.callbackUrl === undefined
      ? undefined
      : withCallbackUrl(messageOf({ ...delivery, ...dressed }, dressed.body), senderOf(delivery, signers), changes.callbackUrl);
  const request = edited ?? (redirected === undefined ? dressed : withBody(dressed, redirected));
  const isRedirected = redirected !== undefined;
  const isResigned = changes.resign || isRedirected;
  return {
    request: isResigned ? resign(delivery, request, signers, now) : request,
    isEdited: !isSame(request, original),
    isResigned,
    isRedirected,
    set: new Set([...namesOf(changes.headers), ...changedNames(original.headers, request.headers)]),
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
