import type { Delivery } from "../ledger/records.ts";
import type { SecretFinder } from "./find-secrets.ts";
import { redact } from "./redact.ts";

/** Deliveries as they may leave this machine, and what was taken out of them so far. */
export type Redaction = {
  readonly clean: (delivery: Delivery) => Delivery;
  /** Lines for the user, none when nothing was taken out. The names in them are the senders' and as long as those made them: not safe to print. */
  readonly notes: () => readonly string[];
};

/** Deliveries that a note about changed bodies names. */
const NAMED = 3;
/** Different things that a note about what was taken out lists. */
const LISTED = 20;

/** Takes out what is not to leave, and remembers what it was. @param secrets undefined: everything stays */
export function createRedaction(secrets: SecretFinder | undefined): Redaction {
  const counts = new Map<string, number>();
  const changed: string[] = [];

  function clean(delivery: Delivery): Delivery {
    if (secrets === undefined) return delivery;
    const redacted = redact(delivery, secrets);
    for (const what of redacted.found) counts.set(what, (counts.get(what) ?? 0) + 1);
    if (redacted.bodyChanged) changed.push(delivery.id);
    return redacted.delivery;
  }

  function notes(): readonly string[] {
    const what = [...counts].slice(0, LISTED).map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`));
    const more = counts.size > LISTED ? ", …" : "";
    const others = changed.length > NAMED ? ` and ${changed.length - NAMED} more` : "";
    const one = changed.length === 1;
    return [
      ...(what.length === 0 ? [] : [`redacted: ${what.join(", ")}${more}; devhook export --with-secrets keeps everything`]),
      ...(changed.length === 0
        ? []
        : [
            `! the ${one ? "body" : "bodies"} of ${changed.slice(0, NAMED).join(", ")}${others} ${one ? "has" : "have"} changed: signatures over ${one ? "it" : "them"} do not hold any more`,
          ]),
      ...(secrets?.tooShort ?? []).map((owner) => `! the secret of ${owner} is too short to be looked for`),
    ];
  }

  return { clean, notes };
}
