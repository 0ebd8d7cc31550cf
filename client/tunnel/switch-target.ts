import { DevhookError } from "../../shared/errors.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { Forwarder } from "../forwarder/forward.ts";
import { isLoopbackHost } from "../settings/relay-origin.ts";
import { parseTarget, TARGET_RULE } from "../settings/target.ts";

/**
 * Sends deliveries to another app from now on; what runs ends where it began.
 * @param text what a person types for the app; without a path it keeps the prefix that there was
 * @returns where they go now
 * @throws DevhookError `usage` for a text that is no target, `target-is-relay`; nothing has changed then
 */
export type SwitchTarget = (text: string) => AppTarget;

/** @param relay the relay's address, undefined until it is known */
export function createSwitchTarget(
  forwarder: Pick<Forwarder, "target" | "retarget">,
  { relay }: { readonly relay: () => URL | undefined },
): SwitchTarget {
  return (text) => {
    const url = parseTarget(text);
    if (url === undefined)
      throw new DevhookError("usage", { what: `${JSON.stringify(text)} is not an app`, why: `accepted: ${TARGET_RULE}` });
    const address = relay();
    if (address !== undefined) refuseRelay(url, address, "name the port of your app");
    const before = forwarder.target();
    const path = url.pathname.replace(/\/+$/, "");
    const target: AppTarget = { ...before, url: new URL(url.origin), path: path === "" ? before.path : path };
    forwarder.retarget(target);
    return target;
  };
}

/**
 * Refuses an app that is the relay.
 * @param fix what to do
 * @throws DevhookError `target-is-relay`
 */
export function refuseRelay(app: URL, relay: URL, fix: string): void {
  if (!samePlace(relay, app)) return;
  throw new DevhookError("target-is-relay", {
    what: `${app.origin} is the relay itself`,
    why: "each delivery would come straight back to it",
    fix,
  });
}

/** Whether two URLs lead to one port of one machine, however this machine is spelled. */
function samePlace(a: URL, b: URL): boolean {
  const portOf = (url: URL): string => (url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port);
  const sameHost = a.hostname === b.hostname || (isLoopbackHost(a.hostname) && isLoopbackHost(b.hostname));
  return sameHost && portOf(a) === portOf(b);
}
