import { coversTime } from "../../shared/signatures/check.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { ageOf, durationText, judgeAge } from "../../shared/signatures/time.ts";
import type { Delivery } from "../ledger/records.ts";
import { isPrivateHost } from "../settings/private-host.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { recordedVerification } from "../verifying/recorded-verification.ts";
import { callbackUrlOf } from "./callback-url.ts";
import type { Outgoing } from "./outgoing.ts";
import { launderingDoubt, senderOf, type Senders, signedAt } from "./resign.ts";

/** What a person should know before deliveries are sent. */
export type ResendNotes = {
  readonly add: (delivery: Delivery, outgoing: Outgoing) => void;
  /** one a line; what several deliveries have in common stands in one. Ids, hosts and names in them are untrusted. */
  readonly lines: () => readonly string[];
};

/** What a person can do about a note, as the end of its sentence: a flag of a command, a key of a screen. */
export type Remedies = {
  /** about an old signature: `--resign makes a new one` */
  readonly resign: string;
  /** about a URL that the app is to call */
  readonly callbackUrl: string;
};

/** Hosts that one line names. */
const NAMED = 3;

/** @param now milliseconds since 1970: what the age of a signature counts to */
export function createResendNotes(senders: Senders, { remedies, now }: { readonly remedies: Remedies; readonly now: number }): ResendNotes {
  const doubts: string[] = [];
  const unsigned: string[] = [];
  const old: string[] = [];
  const names = new Set<string>();
  let oldestMs = 0;
  const calling: string[] = [];
  const hosts = new Set<string>();

  function add(delivery: Delivery, outgoing: Outgoing): void {
    const { request, isResigned, isRedirected } = outgoing;
    const provider = senderOf(delivery, senders);
    const doubt = isResigned ? launderingDoubt(delivery) : undefined;
    if (doubt !== undefined) doubts.push(doubt);

    const covers = provider?.signing.schemes.some(({ algorithm }) => algorithm !== "token") === true && delivery.verdict !== "unsigned";
    const isUnsigned = !isResigned && covers && !request.body.equals(delivery.body.bytes);
    if (isUnsigned) unsigned.push(delivery.id);

    const ageMs = isResigned || isUnsigned || provider === undefined ? undefined : staleAge(delivery, outgoing, { provider, now });
    if (provider !== undefined && ageMs !== undefined) {
      old.push(delivery.id);
      names.add(provider.name);
      oldestMs = Math.max(oldestMs, ageMs);
    }

    const url = isRedirected ? undefined : callbackUrlOf(messageOf({ ...delivery, ...request }, request.body), provider);
    if (url === undefined || isPrivateHost(url.hostname)) return;
    calling.push(delivery.id);
    hosts.add(url.host);
  }

  function lines(): readonly string[] {
    const lasted = durationText(oldestMs);
    const ages = old.length === 1 ? `the signature is ${lasted} old` : `the signatures are up to ${lasted} old`;
    return [
      ...doubts,
      ...(unsigned.length === 0 ? [] : [`${whole(unsigned)}: the old signature does not hold for the changed body; ${remedies.resign}`]),
      ...(old.length === 0
        ? []
        : [`${whole(old)}: ${ages}, too old by the rules of ${some(names)}, so your app may refuse it; ${remedies.resign}`]),
      ...(calling.length === 0
        ? []
        : [`${whole(calling)}: your app may call the real platform (${some(hosts)}) about it; ${remedies.callbackUrl}`]),
    ];
  }

  return { add, lines };
}

/** How old a signature is that could hold but for its age, milliseconds; undefined when it is young enough, or nobody knows. */
function staleAge(
  delivery: Delivery,
  { request }: Outgoing,
  { provider, now }: { readonly provider: Provider; readonly now: number },
): number | undefined {
  const checked = recordedVerification(delivery);
  const scheme = provider.signing.schemes.find(({ id }) => id === checked?.scheme);
  if (checked === undefined || !["ok", "unchecked"].includes(checked.signature) || scheme?.time === undefined) return undefined;
  const at = coversTime(scheme) ? signedAt(scheme, messageOf({ ...delivery, ...request }, request.body)) : undefined;
  const ageMs = at === undefined ? undefined : ageOf(at, now, scheme.time.unit);
  return ageMs !== undefined && judgeAge(ageMs, scheme.time) === "stale" ? ageMs : undefined;
}

function whole(ids: readonly string[]): string {
  return ids.length === 1 ? (ids[0] ?? "") : `${ids.length} deliveries`;
}

function some(texts: ReadonlySet<string>): string {
  return [...texts].slice(0, NAMED).join(", ");
}
