import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createDeadBuffers } from "../../shared/dead-buffers.ts";
import { DevhookError, errorCodeOf } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { createIdSource } from "../../shared/ids.ts";
import type { Refusal } from "../../shared/wire/frames.ts";
import { connectToApp } from "../forwarder/app-socket.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import { createForwarder } from "../forwarder/forward.ts";
import { createMemoryRecorder } from "../ledger/memory-recorder.ts";
import { createRecorder, type Recorder, type RecorderHealth } from "../ledger/recorder.ts";
import type { AttemptEnd } from "../ledger/records.ts";
import { createCompactOutput } from "../output/compact.ts";
import { createNdjsonOutput } from "../output/ndjson.ts";
import type { Output } from "../output/output.ts";
import { createQuietOutput } from "../output/quiet.ts";
import { runSession, type Session } from "../session/run.ts";
import { createServe } from "../session/serve.ts";
import type { SessionState } from "../session/states.ts";
import { loadClientKey } from "../settings/client-key.ts";
import type { ResolvedSettings, Settings } from "../settings/config.ts";
import { tokenFor } from "../settings/credentials.ts";
import { resolvePaths } from "../settings/paths.ts";
import { requireSecureRelay } from "../settings/relay-origin.ts";
import { recallTunnel, rememberTunnel, type TunnelKey, type TunnelMemory } from "../settings/tunnels-memory.ts";
import type { CommandContext } from "./context.ts";
import { startEmbeddedRelay, type RunningRelay } from "./embedded-relay.ts";
import { sessionFault } from "./session-fault.ts";

/** milliseconds that deliveries in flight get when devhook stops */
const STOP_GRACE_MS = 30_000;
/** milliseconds that the embedded relay gets to write the last answers */
const RELAY_GRACE_MS = 2_000;
/** milliseconds between two looks at what is in flight while stopping */
const LOOK_MS = 20;
/** milliseconds that this machine's clock may differ from the relay's before timestamp checks suffer: a fifth of the usual 5 minutes */
const CLOCK_SKEW_MS = 60_000;
/** refusals that are named one by one; more are counted */
const NAMED_REFUSALS = 3;

/**
 * Runs a tunnel until it is stopped by a signal, or cannot go on.
 * @throws DevhookError for what cannot be put right by waiting: configuration, storage, token, name, takeover
 */
export async function runTunnel(context: CommandContext, { settings, sources }: ResolvedSettings): Promise<void> {
  refuseHold(settings);
  const output = chooseOutput(context, settings);
  const { clock } = context;
  const paths = resolvePaths(context);
  const memory: TunnelMemory = {
    file: paths.tunnelsFile,
    clock,
    warn: (message) => output.warning({ at: clock.now(), code: "tunnels-damaged", message }),
  };
  const key: TunnelKey = { relay: settings.server?.origin ?? "embedded", target: settings.target.origin };
  if (settings.server !== undefined) {
    requireSecureRelay(settings.server);
    refuseLoop(settings.server, settings.target);
  }
  const stopping = stopSignal(context);
  const recording = openRecorder(join(paths.dataDir, "devhook.db"), context, output);
  // a history that cannot be opened is met below, where it is awaited
  recording.catch(() => {});
  const remembered = await recallTunnel(memory, key);
  const name = settings.name ?? remembered.name;
  let embedded: RunningRelay | undefined;
  let recorder: Recorder | undefined;
  const target: AppTarget = {
    url: settings.target,
    path: settings.path,
    hostHeader: settings.hostHeader,
    headers: settings.headers,
    insecure: settings.insecure,
  };
  const forwarder = createForwarder({ ...settings, target, clock });
  let closeReason = "stopped";
  let deliveries = 0;
  try {
    if (settings.server === undefined) {
      const relay = await context.loadRelay();
      embedded = await startEmbeddedRelay(relay, { asked: settings.port, remembered: remembered.port, target: settings.target });
    }
    const relay = settings.server ?? new URL(embedded?.url ?? "");
    const credential = await credentialFor(context, relay, settings, sources.server, paths);
    recorder = await recording;
    const records = recorder;
    const ids = createIdSource();
    const serve = createServe({
      clock,
      target: settings.target.origin + settings.path,
      record: records,
      call: forwarder.call,
      onReceived: (request) => {
        deliveries += 1;
        output.delivery(deliveryEvent(request));
      },
      onAnswered: (request, end) => output.attempt(attemptEvent(ids.next(clock.now()), request, end, clock.now())),
    });
    let ready = false;
    const session = runSession({
      relay,
      tunnel: name,
      token: credential.token,
      instance: randomBytes(8).toString("hex"),
      client: `devhook/${context.version}`,
      insecure: settings.insecure,
      clock,
      random: () => randomBytes(4).readUInt32BE(0) / 2 ** 32,
      onExchange: serve,
      deadBuffers: createDeadBuffers(),
      onState: (state) => {
        if (state.kind === "online" && state.goaway === undefined) {
          const url = state.welcome.urls[0] ?? relay.href;
          if (ready) return showLink(output, state, clock.now());
          ready = true;
          output.ready({
            at: clock.now(),
            url,
            target: settings.target.origin + settings.path,
            tunnel: name,
            relay: relay.origin,
            embedded: embedded !== undefined,
          });
          checkClock(output, { relayNow: state.welcome.now, now: clock.now() });
          void remember(memory, key, { settings, remembered, url, port: embedded?.port });
          return;
        }
        showLink(output, state, clock.now());
      },
      onRefusals: (refusals, seen) => {
        showRefusals(output, refusals, clock.now());
        records.refused(refusals.map((refusal) => ({ ...refusal, relay: relay.origin, tunnel: name })));
        void records.flush().then(seen);
      },
    });
    const stopProbe = probeApp(target, output, clock.now);
    const end = await Promise.race([session.ended, stopping.first.then(() => undefined)]);
    stopProbe();
    if (end === undefined) {
      await drain(session, stopping.second);
      await embedded?.close({ graceMs: RELAY_GRACE_MS });
      session.stop();
      return;
    }
    const fault = sessionFault(end, { relay, name, withheld: credential.withheld });
    if (fault === undefined) return;
    closeReason = fault.code;
    throw fault;
  } catch (error) {
    closeReason = errorCodeOf(error) ?? "internal";
    throw error;
  } finally {
    stopping.ignore();
    forwarder.close();
    await embedded?.close({ graceMs: 0 });
    await (recorder ?? (await recording.catch(() => undefined)))?.close();
    output.closed({ at: clock.now(), reason: closeReason, deliveries, owed: 0 });
  }
}

/** Holding is not part of this version: saying so beats a tunnel that rejects while its user believes otherwise. */
function refuseHold({ whenOffline }: Settings): void {
  if (whenOffline !== "hold") return;
  throw new DevhookError("usage", {
    what: "--when-offline hold is not part of this version of devhook",
    why: "while nobody is here, senders get 503 and the relay keeps a note of it, but not the webhook",
    fix: "leave it out, or say --when-offline reject",
  });
}

function refuseLoop(relay: URL, target: URL): void {
  if (relay.host !== target.host) return;
  throw new DevhookError("target-is-relay", {
    what: `${target.origin} is the relay itself`,
    why: "each delivery would come straight back to it",
    fix: "name the port of your app: devhook start PORT",
  });
}

function chooseOutput(context: CommandContext, { output }: Settings): Output {
  switch (output) {
    case "json":
      return createNdjsonOutput({ stdout: context.stdout, now: context.clock.now });
    case "quiet":
      return createQuietOutput(context);
    case "interactive":
    case "compact":
    case undefined:
      return createCompactOutput(context);
  }
}

async function openRecorder(path: string, { clock }: CommandContext, output: Output): Promise<Recorder> {
  const onHealth = (health: RecorderHealth): void => {
    const at = clock.now();
    if (health.state === "failing") {
      output.warning({
        at,
        code: health.code,
        severity: "error",
        message: `history is not being kept: ${health.message}. Forwarding goes on`,
      });
    } else {
      output.warning({ at, code: "history-resumed", message: `history is kept again; ${health.lost} deliveries are missing from it` });
    }
  };
  try {
    return await createRecorder({ path, onNotice: () => {}, onHealth });
  } catch (error) {
    if (!(error instanceof DevhookError) || error.code !== "database-unavailable") throw error;
    const message = `history is kept in memory only: ${error.why ?? error.message}. ${error.fix ?? ""}`.trim();
    output.warning({ at: clock.now(), code: error.code, message });
    return createMemoryRecorder({ onNotice: () => {} });
  }
}

async function credentialFor(
  context: CommandContext,
  relay: URL,
  settings: Settings,
  source: ResolvedSettings["sources"]["server"],
  paths: ReturnType<typeof resolvePaths>,
): Promise<{ readonly token: string; readonly withheld: boolean }> {
  if (settings.server === undefined) return { token: await loadClientKey(paths.clientKeyFile), withheld: false };
  const found = await tokenFor({ relay, source, env: context.env, credentialsFile: paths.credentialsFile });
  if (found.kind === "token") return { token: found.token, withheld: false };
  return { token: await loadClientKey(paths.clientKeyFile), withheld: found.withheld };
}

/** Keeps what makes the next start print the same URL; a name or port given for this run is not that, nor a port that stood in for a busy one. */
async function remember(
  memory: TunnelMemory,
  key: TunnelKey,
  run: {
    readonly settings: Settings;
    readonly remembered: { readonly name: string; readonly port?: number | undefined };
    readonly url: string;
    readonly port: number | undefined;
  },
): Promise<void> {
  const { settings, remembered } = run;
  if (settings.name !== undefined || settings.port !== undefined || (remembered.port !== undefined && remembered.port !== run.port)) return;
  await rememberTunnel(memory, key, { name: remembered.name, url: run.url, port: run.port }).catch((error: unknown) => {
    const why = error instanceof DevhookError ? error.message : String(error);
    memory.warn(`the URL will not be remembered: ${why}`);
  });
}

function deliveryEvent(request: CapturedRequest): Parameters<Output["delivery"]>[0] {
  return {
    at: request.receivedAt,
    id: request.id,
    method: request.method,
    path: request.target,
    provider: null,
    event: null,
    verdict: null,
    held: false,
    duplicateOf: null,
  };
}

function attemptEvent(id: string, request: CapturedRequest, end: AttemptEnd, at: number): Parameters<Output["attempt"]>[0] {
  return {
    at,
    id,
    delivery: request.id,
    kind: end.kind,
    status: end.head?.status ?? null,
    ms: Math.round(end.timings.total * 10) / 10,
    error: end.error ?? null,
  };
}

function showLink(output: Output, state: SessionState, at: number): void {
  switch (state.kind) {
    case "online":
      if (state.goaway === undefined) output.link({ at, state: "connected", attempt: 0, reason: "" });
      else output.link({ at, state: "reconnecting", attempt: 0, reason: state.goaway.message });
      return;
    case "waiting":
      return output.link({ at, state: "reconnecting", attempt: state.attempt, reason: state.reason });
    case "ended":
      return output.link({ at, state: "offline", attempt: 0, reason: state.end.kind });
    case "dialling":
    case "greeting":
  }
}

function showRefusals(output: Output, refusals: readonly Refusal[], at: number): void {
  for (const { at: when, method, path, status, reason } of refusals.slice(-NAMED_REFUSALS)) {
    const what = `the relay refused ${method} ${path} at ${new Date(when).toISOString()} with ${status} (${reason})`;
    output.warning({ at, code: "request-refused", severity: "error", message: what });
  }
  const more = refusals.length - NAMED_REFUSALS;
  if (more <= 0) return;
  output.warning({ at, code: "requests-refused", severity: "error", message: `and ${more} earlier ones: see them with devhook events` });
}

function checkClock(output: Output, { relayNow, now }: { readonly relayNow: number; readonly now: number }): void {
  const skew = now - relayNow;
  if (Math.abs(skew) < CLOCK_SKEW_MS) return;
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const side = skew < 0 ? "behind" : "ahead of";
  const message = `your clock is ${seconds} s ${side} the relay's: timestamp checks will go wrong. Set the clock`;
  output.warning({ at: now, code: "clock-skew", message });
}

/** Says at the start when nothing listens where the app should be: the first delivery need not be the one to find out. */
function probeApp(target: AppTarget, output: Output, now: () => number): () => void {
  return connectToApp(
    target,
    Buffer.alloc(1),
    ({ socket }) => socket.destroy(),
    ({ kind, tried, message }) => {
      const why = kind === "refused" ? `nothing listens on ${tried}` : `no connection to ${tried} (${message})`;
      output.warning({
        at: now(),
        code: "app-down",
        message: `${why}. Start your app there, or name its port: devhook start PORT. Until then senders get 502`,
      });
    },
  );
}

/** What the signals ask for: the first to stop, the second to stop at once. */
function stopSignal(context: CommandContext): {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  readonly ignore: () => void;
} {
  const resolvers: (() => void)[] = [];
  const first = new Promise<void>((resolve) => resolvers.push(resolve));
  const second = new Promise<void>((resolve) => resolvers.push(resolve));
  const ignore = context.onSignal((_signal, count) => {
    for (const resolve of resolvers.slice(0, count)) resolve();
  });
  return { first, second, ignore };
}

/** Lets what is in flight finish: nothing new comes in, 30 s at most, and a second signal ends the wait. */
async function drain(session: Session, hurry: Promise<void>): Promise<void> {
  session.leave();
  const timers: NodeJS.Timeout[] = [];
  const idle = new Promise<void>((resolve) => {
    timers.push(setTimeout(resolve, STOP_GRACE_MS));
    timers.push(
      setInterval(() => {
        if (session.inFlight() === 0) resolve();
      }, LOOK_MS),
    );
  });
  if (session.inFlight() > 0) await Promise.race([idle, hurry]);
  for (const timer of timers) clearTimeout(timer);
}
