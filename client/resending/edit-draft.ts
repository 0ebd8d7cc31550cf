import { DevhookError } from "../../shared/errors.ts";
import { headerPairs } from "../../shared/http/headers.ts";
import { nodeAt, readJson, withMember } from "../../shared/signatures/json-text.ts";
import { firstValue } from "../../shared/signatures/places.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { BodyPlace, HeaderPlace, Place, Scheme } from "../../shared/signatures/scheme.ts";
import { compareBodies } from "../compare/compare-bodies.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { editableText, headerText, isEmptied, readEditedText, readHeaderText, readRequestLine, type TextFault } from "./editable-text.ts";
import { freshId } from "./fresh-id.ts";
import { type Changes, originalOf } from "./outgoing.ts";
import { changedNames, framedHeaders, replaceHeaders } from "./replace-headers.ts";
import { senderOf, signedAt, type Signers, trySigning } from "./resign.ts";

/** Something that a person may choose, and why it cannot be chosen otherwise; undefined: it can. */
type Choice = { readonly on: boolean; readonly fixed: string | undefined };

/** What is to be sent in the place of a delivery, while a person works on it. A plain value: each change makes another one. */
export type EditDraft = {
  readonly delivery: Delivery;
  /** as it is edited so far; its framing headers are true */
  readonly request: SentRequest;
  /** sign it anew */
  readonly recomputeSignature: Choice;
  /** when it is signed anew: at the present time, else at the one that stands in it */
  readonly newTimestamp: Choice;
  /** have the app take it for another event */
  readonly newEventId: Choice;
  /** by which it is signed anew; undefined when it cannot be */
  readonly scheme: Scheme | undefined;
  /** where the event id stands; empty when nobody knows */
  readonly idPlaces: readonly WritablePlace[];
  /** what a new event id is made of */
  readonly seed: string;
};

/** What can be chosen in a draft. */
export type DraftChoice = "recomputeSignature" | "newTimestamp" | "newEventId";

/** A draft with an edited text taken over, or what is wrong with that text, which is kept as it is. */
export type Applied =
  | { readonly kind: "draft"; readonly draft: EditDraft }
  | (TextFault & { /** what to do */ readonly fix: string; /** as the person left it */ readonly text: Buffer });

/** How what is sent differs from the delivery; a new signature is not counted. */
export type DraftChanges = {
  /** names whose lines differ, and lines in all */
  readonly headers: { readonly changed: number; readonly all: number };
  /** bytes */
  readonly body: { readonly before: number; readonly after: number };
  /** of what is sent; `broken`: the delivery was JSON, and this is not; `none`: neither is */
  readonly json: "ok" | "broken" | "none";
  /** by the members of JSON or by the lines of text. Untrusted, and cut. */
  readonly diff: readonly { readonly sign: "-" | "+"; readonly text: string }[];
  /** lines that are left out of it */
  readonly more: number;
  /** what such lines cannot say; undefined when there is nothing to say */
  readonly remark: string | undefined;
};

type WritablePlace = BodyPlace | HeaderPlace;

/** Above the request line. */
const REMARKS = [
  "Save this and close the editor to take it over; nothing is sent before you say so. An empty file changes nothing.",
  "Lines that begin with # are left out above the request line, and nowhere else. Content-Length is set by itself.",
];
/** Characters of one line of a difference. */
const DIFF_WIDTH = 1_000;

/**
 * The draft that an edit begins with: the delivery as it came, signed anew where that is possible.
 * @param now milliseconds since 1970
 * @param seed a text that is new for each draft: new ids are made of it
 * @throws {DevhookError} `usage` when `signers` names another sender than the record
 */
export function draftOf(
  delivery: Delivery,
  { signers, now, seed }: { readonly signers: Signers; readonly now: number; readonly seed: string },
): EditDraft {
  const request = originalOf(delivery);
  const provider = senderOf(delivery, signers);
  const signing = signingOf(delivery, signers, now);
  const idPlaces = (provider?.event.id ?? []).filter((place) => isWritable(place, delivery, request));
  const noId = whyNoId(provider, idPlaces);
  return {
    delivery,
    request,
    recomputeSignature: { on: signing.scheme !== undefined, fixed: signing.why },
    newTimestamp: timeChoice(signing),
    newEventId: { on: false, fixed: noId },
    scheme: signing.scheme,
    idPlaces: noId === undefined ? idPlaces : [],
    seed,
  };
}

/** The draft with a choice switched over; the same one when that cannot be chosen. */
export function switched(draft: EditDraft, choice: DraftChoice): EditDraft {
  const { on, fixed } = draft[choice];
  return fixed === undefined ? { ...draft, [choice]: { on: !on, fixed } } : draft;
}

/** What `resendOne` is given to send the draft. Where the time in it cannot be read any more, it is signed at the present time. */
export function requestOf(draft: EditDraft): { readonly edited: SentRequest; readonly changes: Changes } {
  const { recomputeSignature, newTimestamp, scheme } = draft;
  const edited = editedOf(draft);
  const isKeepingTime = recomputeSignature.on && !newTimestamp.on && scheme !== undefined;
  const at = isKeepingTime ? signedAt(scheme, messageOf({ ...draft.delivery, ...edited }, edited.body)) : undefined;
  return { edited, changes: { resign: recomputeSignature.on, ...(at !== undefined && { signedAt: at }) } };
}

/** The request as a text for an editor, in the format of {@link editableText}. */
export function draftText({ request }: EditDraft): Buffer {
  return editableText(request, REMARKS);
}

/** Takes over what became of {@link draftText}; a text that was emptied changes nothing. */
export function applyText(draft: EditDraft, text: Buffer): Applied {
  if (isEmptied(text) || text.equals(draftText(draft))) return { kind: "draft", draft };
  const edited = readEditedText(text);
  return edited.kind === "fault" ? broken(edited, text) : withRequest(draft, edited.request);
}

/** The header lines alone, as a text for an editor. */
export function draftHeaderText({ request }: EditDraft): Buffer {
  return headerText(request.headers);
}

/** Takes over what became of {@link draftHeaderText}; a text that was emptied changes nothing. */
export function applyHeaderText(draft: EditDraft, text: Buffer): Applied {
  if (isEmptied(text) || text.equals(draftHeaderText(draft))) return { kind: "draft", draft };
  const edited = readHeaderText(text);
  return edited.kind === "fault" ? broken(edited, text) : withRequest(draft, { ...draft.request, headers: edited.headers });
}

/** Method and target, as a line to type: `POST /hooks?x=1`. */
export function draftRequestLine({ request: { method, target } }: EditDraft): string {
  return `${method} ${target}`;
}

/** Takes over what became of {@link draftRequestLine}. */
export function applyRequestLine(draft: EditDraft, text: string): Applied {
  const line = readRequestLine(text);
  if (line !== undefined) return withRequest(draft, { ...draft.request, ...line });
  return {
    kind: "fault",
    line: 1,
    why: "this is no method and target",
    fix: "write them with one space between, as in POST /hooks?x=1",
    text: Buffer.from(text),
  };
}

/**
 * How the draft differs from the delivery. Reads both bodies: for each change of the draft, not for each frame.
 * @param most lines of the difference
 */
export function changesOf(draft: EditDraft, most: number): DraftChanges {
  const { delivery } = draft;
  const edited = editedOf(draft);
  const old = delivery.body.bytes;
  const { lines, remark } = differenceOf(old, edited.body);
  const json = readJson(edited.body) !== undefined ? "ok" : readJson(old) !== undefined ? "broken" : "none";
  return {
    headers: { changed: changedNames(delivery.headers, edited.headers).size, all: headerPairs(edited.headers).length },
    body: { before: old.length, after: edited.body.length },
    json,
    diff: lines.slice(0, most).map(({ sign, text }) => ({ sign, text: text.slice(0, DIFF_WIDTH) })),
    more: Math.max(0, lines.length - most),
    remark,
  };
}

type Signing = { readonly scheme: Scheme | undefined; readonly signedAt?: number; readonly why: string | undefined };

function signingOf(delivery: Delivery, signers: Signers, now: number): Signing {
  try {
    return { ...trySigning(delivery, originalOf(delivery), signers, now), why: undefined };
  } catch (error) {
    if (!(error instanceof DevhookError)) throw error;
    const { message, why, fix } = error;
    return { scheme: undefined, why: [message, why, fix].filter((part) => part !== undefined).join("; ") };
  }
}

function timeChoice({ scheme, signedAt: at }: Signing): Choice {
  if (scheme === undefined) return { on: false, fixed: "the timestamp belongs to the signature, which stays as it is" };
  if (scheme.time === undefined) return { on: false, fixed: "its signature knows no time" };
  return { on: true, fixed: at === undefined ? "it holds no time that could be kept" : undefined };
}

/** Why no new event id can be given; undefined when it can. */
function whyNoId(provider: Provider | undefined, places: readonly WritablePlace[]): string | undefined {
  if (provider === undefined) return "nobody knows who sent it, and where the event id stands";
  const { name, event } = provider;
  if (event.batch === true) return `one delivery of ${name} may hold several events`;
  if (event.id.length === 0) return `no event id is known in deliveries of ${name}`;
  return places.length === 0 ? "it holds no event id in a place that can be written" : undefined;
}

function isWritable(place: Place, delivery: Delivery, request: SentRequest): place is WritablePlace {
  const isKnown = place.in === "body" || (place.in === "header" && place.field === undefined && place.numbered !== true);
  return isKnown && firstValue(messageOf({ ...delivery, ...request }, request.body), place) !== undefined;
}

/** What is sent, before it is signed. */
function editedOf({ delivery, request, newEventId, idPlaces, seed }: EditDraft): SentRequest {
  if (!newEventId.on) return request;
  let fresh = request;
  for (const place of idPlaces) {
    const old = firstValue(messageOf({ ...delivery, ...fresh }, fresh.body), place);
    if (old !== undefined) fresh = withId(fresh, place, freshId(old, seed));
  }
  return framed(fresh);
}

function withId(request: SentRequest, place: WritablePlace, id: string): SentRequest {
  const value = (place.prefix ?? "") + id;
  if (place.in === "header") return { ...request, headers: replaceHeaders(request.headers, [place.name, value]) };
  const json = readJson(request.body);
  const isNumber = json !== undefined && nodeAt(json.root, place.path)?.kind === "number";
  const body = withMember(request.body, place.path, isNumber ? value : JSON.stringify(value));
  return body === undefined ? request : { ...request, body };
}

function withRequest(draft: EditDraft, request: SentRequest): Applied {
  return { kind: "draft", draft: { ...draft, request: framed(request) } };
}

function framed(request: SentRequest): SentRequest {
  return { ...request, headers: framedHeaders(request.headers, request.body.length) };
}

function broken(fault: TextFault, text: Buffer): Applied {
  return { ...fault, fix: `put line ${fault.line} right in the editor: your text is kept`, text };
}

type Difference = { readonly lines: DraftChanges["diff"]; readonly remark: string | undefined };

function differenceOf(before: Buffer, after: Buffer): Difference {
  const difference = compareBodies(recorded(before), recorded(after));
  if (difference.kind === "same") return { lines: [], remark: undefined };
  if (difference.kind === "binary") return { lines: [], remark: `the bytes differ from byte ${difference.offset} on` };
  if (difference.kind === "text") {
    const lines = difference.lines.map(
      ({ side, text }) => ({ sign: side === "before" ? "-" : "+", text: text.replace(/\r?\n$/, "") }) as const,
    );
    return { lines, remark: undefined };
  }
  const member = (path: string, value: string): string => (path === "" ? value : `${path}: ${value}`);
  const lines = [
    ...difference.changed.flatMap(
      ({ path, before: old, after: fresh }) =>
        [
          { sign: "-", text: member(path, old) },
          { sign: "+", text: member(path, fresh) },
        ] as const,
    ),
    ...difference.removed.map(({ path, value }) => ({ sign: "-", text: member(path, value) }) as const),
    ...difference.added.map(({ path, value }) => ({ sign: "+", text: member(path, value) }) as const),
  ];
  return { lines, remark: lines.length === 0 ? "the same values, written otherwise" : undefined };
}

function recorded(bytes: Buffer): { readonly bytes: Buffer; readonly total: number; readonly truncated: boolean } {
  return { bytes, total: bytes.length, truncated: false };
}
