import { createHash } from "node:crypto";
import type { Message } from "./message.ts";
import { firstValue, holds } from "./places.ts";
import type { Handshake, Provider } from "./provider.ts";

/** What a delivery says of itself, where its provider's record says to look; null where it says nothing. */
export type DeliveryEvent = {
  readonly type: string | null;
  /** by which repeats of the same event are known */
  readonly id: string | null;
  /** the sender's number of this try, from 1 or 0 as the sender counts */
  readonly attempt: string | null;
};

/** Longer texts are no names: a type is cut, an id becomes its hash. */
const MOST_LENGTH = 256;

/** Reads type and id of the event in a message. */
export function readEvent(message: Message, { event }: Pick<Provider, "event">): DeliveryEvent {
  const types = event.type.flatMap((place) => firstValue(message, place) ?? []).filter((text) => text !== "");
  const own = event.id.map((place) => firstValue(message, place)).find((text) => text !== undefined && text !== "");
  const attempt = event.attempt === undefined ? undefined : firstValue(message, event.attempt);
  return {
    type: types.length === 0 ? null : types.join(".").slice(0, MOST_LENGTH),
    id: shortId(own ?? derivedId(message, event.derivedId ?? [])),
    attempt: attempt?.slice(0, MOST_LENGTH) ?? null,
  };
}

/** The handshake that a message is, or undefined. */
export function handshakeOf(message: Message, { handshakes }: Pick<Provider, "handshakes">): Handshake | undefined {
  return handshakes.find(({ match, onlyMembers }) => holds(message, match) && (onlyMembers === undefined || hasOnly(message, onlyMembers)));
}

/** Whether the body consists of these members or form fields and nothing else: what more it held would pass unsigned. */
function hasOnly(message: Message, names: readonly string[]): boolean {
  const root = message.json()?.root;
  const there = root?.kind === "object" ? root.members.map(({ name }) => name) : message.form()?.map(([name]) => name);
  return there !== undefined && there.length === names.length && names.every((name) => there.includes(name));
}

/** The values of all places that have one, if the first has: one that is missing in some kinds of events must not make two events the same. */
function derivedId(message: Message, places: NonNullable<Provider["event"]["derivedId"]>): string | undefined {
  const values = places.map((place) => firstValue(message, place));
  if (values.length === 0 || values[0] === undefined || values.filter((value) => value !== undefined).length < 2) return undefined;
  const last = values.findLastIndex((value) => value !== undefined);
  return values
    .slice(0, last + 1)
    .map((value) => value ?? "")
    .join(":");
}

function shortId(id: string | undefined): string | null {
  if (id === undefined) return null;
  return id.length <= MOST_LENGTH ? id : `sha256:${createHash("sha256").update(id).digest("hex")}`;
}
