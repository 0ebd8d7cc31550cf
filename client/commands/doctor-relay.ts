import { DevhookError } from "../../shared/errors.ts";
import type { ResolvedSettings } from "../settings/config.ts";
import { tokenFor } from "../settings/credentials.ts";
import { resolvePaths } from "../settings/paths.ts";
import { requireSecureRelay } from "../settings/relay-origin.ts";
import { askRelay, type RelayReply } from "./ask-relay.ts";
import type { CommandContext } from "./context.ts";
import type { Finding } from "./doctor-finding.ts";

/** Handlers usually refuse timestamps that are 5 minutes off; half a minute is far enough from that to be harmless. Milliseconds. */
const CLOCK_TOLERANCE_MS = 30_000;

/** Whether the relay answers and knows our token, and whether its clock and ours agree. */
export async function checkRelay(context: CommandContext, { settings, sources }: ResolvedSettings): Promise<readonly Finding[]> {
  const relay = settings.server;
  if (relay === undefined) {
    return [{ id: "relay", result: "skip", message: "none configured: start runs its own, which only this machine can reach" }];
  }
  try {
    requireSecureRelay(relay);
    const question = { relay, insecure: settings.insecure, clock: context.clock };
    const health = await askRelay({ ...question, path: "/_devhook/healthz" });
    if (health.status !== 200 || !isRelay(health)) return [strange(relay, health)];
    const token = await tokenFor({
      relay,
      source: sources.server,
      env: context.env,
      credentialsFile: resolvePaths(context).credentialsFile,
    });
    const clock = clockFinding(health, context.clock.now());
    const reached = `${relay.origin} answers in ${Math.max(1, Math.round(health.roundTrip))} ms`;
    if (token.kind === "none") {
      const withheld = token.withheld ? "; DEVHOOK_TOKEN is not sent to a relay that a project file names" : "";
      const fix = `if it wants one: devhook login ${relay.origin}`;
      return [{ id: "relay", result: "warn", message: `${reached}, without a token${withheld}`, fix }, clock];
    }
    const known = await askRelay({ ...question, path: "/_devhook/token", token: token.token });
    if (known.status === 200) return [{ id: "relay", result: "ok", message: `${reached}, and knows this token` }, clock];
    return [{ id: "relay", result: "fail", message: `${reached}, and refuses this token`, fix: `devhook login ${relay.origin}` }, clock];
  } catch (error) {
    if (!(error instanceof DevhookError)) throw error;
    const message = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
    return [{ id: "relay", result: "fail", message, ...(error.fix !== undefined && { fix: error.fix }) }];
  }
}

function isRelay({ body }: RelayReply): boolean {
  return typeof body === "object" && body !== null && "ok" in body;
}

function strange(relay: URL, { status }: RelayReply): Finding {
  const message = `${relay.origin} answered ${status} to GET /_devhook/healthz: it is no devhook relay, or is stopping`;
  return { id: "relay", result: "fail", message, fix: "check address and port" };
}

function clockFinding({ date, roundTrip }: RelayReply, now: number): Finding {
  if (date === undefined) return { id: "clock", result: "skip", message: "the relay does not tell its time" };
  // the header has whole seconds, cut off: half of one is the best guess
  const skew = now - roundTrip / 2 - (date + 500);
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) <= CLOCK_TOLERANCE_MS)
    return { id: "clock", result: "ok", message: `agrees with the relay within ${Math.max(1, seconds)} s` };
  const message = `is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} the relay: signature times may be refused`;
  return { id: "clock", result: "warn", message, fix: "set this machine's clock (NTP)" };
}
