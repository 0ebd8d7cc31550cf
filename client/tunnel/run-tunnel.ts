import { randomBytes } from "node:crypto";
import { createDeadBuffers } from "../../shared/dead-buffers.ts";
import { DevhookError, errorCodeOf } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { createIdSource } from "../../shared/ids.ts";
import type { Welcome } from "../../shared/wire/frames.ts";
import type { CommandContext } from "../commands/context.ts";
import { addressOf } from "../forwarder/app-target.ts";
import { createForwarder } from "../forwarder/forward.ts";
import type { Recorder } from "../ledger/recorder.ts";
import type { AttemptEnd } from "../ledger/records.ts";
import { createInject } from "../session/inject.ts";
import { runSession, type Session } from "../session/run.ts";
import { createServe } from "../session/serve.ts";
import type { ResolvedSettings, Settings } from "../settings/config.ts";
import { resolvePaths } from "../settings/paths.ts";
import { isLoopbackHost, requireSecureRelay } from "../settings/relay-origin.ts";
import type { StoredSecrets } from "../settings/secrets.ts";
import { recallTunnel, type TunnelKey, type TunnelMemory } from "../settings/tunnels-memory.ts";
import { type DeliveryFacts, recordedFacts } from "../verifying/delivery-facts.ts";
import { startEmbeddedRelay, type RunningRelay } from "./embedded-relay.ts";
import { credentialFor, rememberUrl } from "./identity.ts";
import { linkView } from "./link-view.ts";
import { openRecorder } from "./open-recorder.ts";
import { type OpenVerifying, openVerifying } from "./open-verifying.ts";
import { sessionFault } from "./session-fault.ts";
import { drain, stopSignals } from "./stop-signal.ts";
import { openSurface } from "./surface.ts";
import { createSwitchTarget, refuseRelay } from "./switch-target.ts";
import { createTeller } from "./tell.ts";
import { createTestEvents, type TestEvents } from "./test-event.ts";
import { type AppWatch, watchApp } from "./watch-app.ts";

/** milliseconds that the embedded relay gets to write the last answers */
const RELAY_GRACE_MS = 2_000;

/**
 * Runs a tunnel until it is stopped by a signal, or cannot go on: relay (or none), identity, history, session; then waits, and takes all of it down again.
 * @param secrets of --secret
 * @throws DevhookError for what cannot be put right by waiting: configuration, storage, token, name, takeover
 */
export async function runTunnel(
  context: CommandContext,
  resolved: ResolvedSettings,
  { secrets }: { readonly secrets: StoredSecrets },
): Promise<void> {
  const { settings } = resolved;
  const { clock, env } = context;
  refuseUnworkable(settings);
  const paths = resolvePaths(context);
  const stopping = stopSignals(context);
  const target = { ...settings, url: settings.target };
  const targetUrl = addressOf(target);
  const forwarder = createForwarder({ ...settings, target, clock });
  let session: Session | undefined;
  let relayUrl = settings.server;
  let watch: AppWatch | undefined;
  const switchTarget = createSwitchTarget(forwarder, { relay: () => relayUrl });
  const surface = await openSurface(context, resolved, {
    paths,
    secrets,
    onQuit: stopping.ask,
    withoutStop: stopping.during,
    onReconnect: () => session?.dialNow(),
    calls: {
      retarget: async (port) => {
        const next = switchTarget(String(port));
        const { url, path, headers, hostHeader, insecure } = next;
        surface.screen()?.target({ origin: url.origin, path, headers, hostHeader, insecure, timeoutMs: settings.timeoutMs });
        watch?.retarget(next);
      },
      secretsChanged: async () => opened?.refreshSecrets(),
      testChoices: async () => requireTests().choices(),
      sendTest: async (choice) => requireTests().send(choice),
    },
  });
  const { output } = surface;
  let tests: TestEvents | undefined;

  function requireTests(): TestEvents {
    if (tests !== undefined) return tests;
    throw new DevhookError("usage", { what: "devhook is still starting", fix: "try it again in a moment" });
  }

  let opened: OpenVerifying | undefined;
  const tell = createTeller(output, clock, {
    deadlineOf: (provider) => opened?.deadlineOf(provider),
    usualScheme: (provider) => opened?.usualScheme(provider),
  });
  const memory: TunnelMemory = {
    file: paths.tunnelsFile,
    clock,
    warn: (message) => output.warning({ at: clock.now(), code: "tunnels-damaged", message }),
  };
  const key: TunnelKey = { relay: settings.server?.origin ?? "embedded", target: settings.target.origin };
  const recording = openRecorder(paths.databaseFile, { clock, output, onNotice: (ids) => surface.screen()?.changed(ids) });
  // a history that cannot be opened is met below, where it is awaited
  recording.catch(() => {});
  const verifying = openVerifying(resolved, {
    env,
    paths,
    clock,
    output,
    secrets,
    onFacts: (id, facts) => {
      void recording.then((recorder) => recorder.verified(id, recordedFacts(facts)));
      tell.verified(id, facts);
    },
  });
  // so for its faults
  verifying.catch(() => {});
  let embedded: RunningRelay | undefined;
  let stopProbe: (() => void) | undefined;
  let remembering: Promise<void> | undefined;
  let closeReason = "stopped";
  let deliveries = 0;
  let failed = 0;

  if (surface.screen() !== undefined) {
    watch = watchApp({
      target,
      ownPorts: () => (relayUrl !== undefined && isLoopbackHost(relayUrl.hostname) ? [Number(relayUrl.port)] : []),
      onNews: (news) => surface.screen()?.app({ ...news, target: addressOf(forwarder.target()) }),
    });
  }

  function connect(
    recorder: Recorder,
    { inspect, policy, catalogue, secretsOf, pathOf }: OpenVerifying,
    as: { readonly relay: URL; readonly name: string; readonly token: string; readonly onReady: (welcome: Welcome) => void },
  ): Session {
    let ready = false;
    let url: string | undefined;
    /** since when there is no link */
    let lostAt: number | undefined;
    const serving = {
      clock,
      target: () => addressOf(forwarder.target()),
      record: recorder,
      pace: recorder.whenKeepingUp,
      call: forwarder.call,
      inspect,
      policy,
      onReceived: (request: CapturedRequest, facts: DeliveryFacts) => {
        deliveries += 1;
        tell.received(request, facts);
      },
      onAnswered: (request: CapturedRequest, end: AttemptEnd) => {
        if (end.error !== undefined || (end.head?.status ?? 0) >= 400) failed += 1;
        if (end.error?.code === "app-refused" || end.error?.code === "app-unreachable") watch?.unreached();
        tell.answered(request, end);
      },
    };
    tests = createTestEvents({
      catalogue,
      secretsOf,
      clock,
      ids: createIdSource(),
      inject: createInject(serving),
      publicUrl: () => url,
      tunnel: as.name,
      pathOf,
    });
    return runSession({
      relay: as.relay,
      tunnel: as.name,
      token: as.token,
      instance: randomBytes(8).toString("hex"),
      client: `devhook/${context.version}`,
      insecure: settings.insecure,
      clock,
      random: () => randomBytes(4).readUInt32BE(0) / 2 ** 32,
      deadBuffers: createDeadBuffers(),
      onExchange: createServe(serving),
      onState: (state, retryMs) => {
        if (state.kind === "online") lostAt = undefined;
        else lostAt ??= clock.now();
        const at = lostAt ?? clock.now();
        surface.screen()?.link(linkView(state, { retryMs, at, wasOnline: ready, isClosing: stopping.begun() }));
        if (state.kind === "online" && !ready) {
          ready = true;
          url = state.welcome.urls[0];
          tell.online();
          as.onReady(state.welcome);
        } else if (!stopping.begun()) {
          // who stops devhook knows that the link goes
          tell.link(state);
        }
      },
      onRefusals: (refusals, seen) => {
        tell.refusals(refusals);
        recorder.refused(refusals.map((refusal) => ({ ...refusal, relay: as.relay.origin, tunnel: as.name })));
        // the relay forgets them when it hears so: not before they are on disk
        void recorder.flush().then((stored) => {
          if (stored) seen();
        });
      },
    });
  }

  try {
    const remembered = await recallTunnel(memory, key);
    if (settings.server === undefined) {
      const asked = { asked: settings.port, remembered: remembered.port, target: settings.target };
      embedded = await startEmbeddedRelay(await context.loadRelay(), asked);
    }
    const relay = settings.server ?? new URL(embedded?.url ?? "");
    relayUrl = relay;
    const name = settings.name ?? remembered.name;
    surface.screen()?.tunnel(name);
    const credential = await credentialFor(relay, resolved, { env, paths });
    opened = await verifying;
    session = connect(await recording, opened, {
      relay,
      name,
      token: credential.token,
      onReady: (welcome) => {
        const url = welcome.urls[0] ?? relay.href;
        output.ready({ at: clock.now(), url, target: targetUrl, tunnel: name, relay: relay.origin, embedded: embedded !== undefined });
        if (settings.name === undefined && settings.port === undefined && remembered.url !== undefined && remembered.url !== url) {
          tell.url(remembered.url, embedded === undefined ? undefined : remembered.port);
        }
        tell.clock(welcome.now);
        if (surface.screen() === undefined) stopProbe = tell.app(target);
        remembering = rememberUrl(memory, key, { settings, remembered, url, port: embedded?.port });
      },
    });
    const end = await Promise.race([session.ended, stopping.first]);
    if (end === undefined) {
      if (session.inFlight() > 0) tell.draining(session.inFlight());
      // a second signal ends every wait from here on
      void stopping.second.then(() => embedded?.close({ graceMs: 0 }));
      surface.screen()?.link({ state: "closing", attempt: 0, retryMs: undefined, reason: "", at: clock.now() });
      await drain(session, stopping.second);
      await embedded?.close({ graceMs: RELAY_GRACE_MS });
      session.stop();
      return;
    }
    const fault = sessionFault(end, { relay, name, withheld: credential.withheld });
    if (fault !== undefined) throw fault;
  } catch (error) {
    closeReason = errorCodeOf(error) ?? "internal";
    throw error;
  } finally {
    stopProbe?.();
    watch?.stop();
    forwarder.close();
    await embedded?.close({ graceMs: 0 });
    await remembering;
    await (await verifying.catch(() => undefined))?.close();
    await (await recording.catch(() => undefined))?.close();
    await surface.close();
    output.closed({ at: clock.now(), reason: closeReason, deliveries, failed, owed: 0 });
    // one more ctrl-c must not cut the end of the history off
    stopping.ignore();
  }
}

/** @throws DevhookError for settings that no waiting makes work */
function refuseUnworkable({ whenOffline, server, target }: Settings): void {
  if (whenOffline === "hold") {
    // saying so beats a tunnel that rejects while its user believes otherwise
    throw new DevhookError("usage", {
      what: "--when-offline hold is not part of this version of devhook",
      why: "while nobody is here, senders get 503 and the relay keeps a note of it, but not the webhook",
      fix: "leave it out, or say --when-offline reject",
    });
  }
  if (server === undefined) return;
  requireSecureRelay(server);
  refuseRelay(target, server, "name the port of your app: devhook start PORT");
}
