import type { Delivery } from "../ledger/records.ts";
import { isPrivateHost } from "../settings/private-host.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { callbackUrlOf } from "./callback-url.ts";
import type { Outgoing } from "./outgoing.ts";
import { launderingDoubt, senderOf, type Senders } from "./resign.ts";

/** What a person should know before deliveries are sent. */
export type ResendNotes = {
  readonly add: (delivery: Delivery, outgoing: Outgoing) => void;
  /** one a line; what several deliveries have in common stands in one */
  readonly lines: () => readonly string[];
};

/** Hosts that one line names. */
const NAMED = 3;

export function createResendNotes(senders: Senders): ResendNotes {
  const doubts: string[] = [];
  const unsigned: string[] = [];
  const calling: string[] = [];
  const hosts = new Set<string>();

  function add(delivery: Delivery, { request, isResigned, isRedirected }: Outgoing): void {
    const provider = senderOf(delivery, senders);
    const doubt = isResigned ? launderingDoubt(delivery) : undefined;
    if (doubt !== undefined) doubts.push(doubt);

    const covers = provider?.signing.schemes.some(({ algorithm }) => algorithm !== "token") === true && delivery.verdict !== "unsigned";
    if (!isResigned && covers && !request.body.equals(delivery.body.bytes)) unsigned.push(delivery.id);

    const url = isRedirected ? undefined : callbackUrlOf(messageOf({ ...delivery, ...request }, request.body), provider);
    if (url === undefined || isPrivateHost(url.hostname)) return;
    calling.push(delivery.id);
    hosts.add(url.host);
  }

  function lines(): readonly string[] {
    const named = [...hosts].slice(0, NAMED).join(", ");
    return [
      ...doubts,
      ...(unsigned.length === 0
        ? []
        : [`${whole(unsigned)}: the old signature does not hold for the changed body; --resign makes a new one`]),
      ...(calling.length === 0
        ? []
        : [`${whole(calling)}: your app may call the real platform (${named}) about it; --callback-url URL has it call another place`]),
    ];
  }

  return { add, lines };
}

function whole(ids: readonly string[]): string {
  return ids.length === 1 ? (ids[0] ?? "") : `${ids.length} deliveries`;
}
