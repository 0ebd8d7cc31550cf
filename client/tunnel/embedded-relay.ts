import { DevhookError, errorCodeOf } from "../../shared/errors.ts";
import type { EmbeddedRelay } from "../commands/context.ts";

/** The first port that is tried: where relays of this kind are looked for. */
const FIRST_PORT = 8_080;
/** How many from there on, before any free one is taken. */
const PORTS_TRIED = 100;

/** A relay inside this process. */
export type RunningRelay = Awaited<ReturnType<EmbeddedRelay["start"]>>;

/**
 * Starts the embedded relay on the port asked for, or else the one remembered, or else the first free one from 8080 upwards; never on the app's own.
 * @throws DevhookError `port-in-use` when the user named a port that is taken, `target-is-relay` when it is the app's
 */
export async function startEmbeddedRelay(
  relay: EmbeddedRelay,
  { asked, remembered, target }: { readonly asked: number | undefined; readonly remembered: number | undefined; readonly target: URL },
): Promise<RunningRelay> {
  const appPort = Number(target.port === "" ? (target.protocol === "https:" ? 443 : 80) : target.port);
  if (asked !== undefined) {
    if (asked === appPort) {
      throw new DevhookError("target-is-relay", {
        what: `--port ${asked} is the port of your app`,
        why: "the embedded relay cannot listen where your app does",
        fix: "choose another with --port N, or leave it out",
      });
    }
    return relay.start({ port: asked });
  }
  const candidates = [remembered, ...Array.from({ length: PORTS_TRIED }, (_, index) => FIRST_PORT + index)];
  for (const port of candidates) {
    if (port === undefined || port === appPort) continue;
    try {
      return await relay.start({ port });
    } catch (error) {
      if (errorCodeOf(error) !== "port-in-use" && errorCodeOf(error) !== "port-forbidden") throw error;
    }
  }
  return relay.start({ port: 0 });
}
