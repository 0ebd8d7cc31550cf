import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../shared/clock.ts";
import { createDeadBuffers } from "../shared/dead-buffers.ts";
import { DevhookError, errorCodeOf, messageOf } from "../shared/errors.ts";
import { createIdSource } from "../shared/ids.ts";
import { version } from "../shared/version.ts";
import { CLOSE } from "../shared/wire/constants.ts";
import { requireTokens, type RelayConfig } from "./config.ts";
import { createControl } from "./control/control.ts";
import { countIn, createStats } from "./control/stats.ts";
import { createDeliver, type DeliveryEnd } from "./deliveries/deliver.ts";
import type { Incoming } from "./deliveries/incoming.ts";
import { Parking } from "./deliveries/offline.ts";
import { BodyBudget } from "./ingress/body-budget.ts";
import { BODY_BUDGET_BYTES, BODY_SHARE_BYTES } from "./ingress/limits.ts";
import { createListener, type EarlyRefusal } from "./ingress/listener.ts";
import { RateLimit } from "./ingress/rate-limit.ts";
import { SlowBodies } from "./ingress/slow-bodies.ts";
import { createLinkAcceptor } from "./links/accept.ts";
import { startHeartbeat } from "./links/heartbeat.ts";
import { Owners } from "./links/owners.ts";
import type { Log } from "./log.ts";
import { openRegistry } from "./tunnels/open-registry.ts";

/** milliseconds that requests in flight get when the relay stops */
const STOP_GRACE_MS = 30_000;
/** milliseconds that answers which have been written get to leave */
const LAST_BYTES_MS = 1_000;
/** milliseconds that a client should wait before it dials a relay that restarts */
const RESTART_RETRY_MS = 1_000;
/** milliseconds after which fresh refusals are handed to a client that is connected: one frame for a burst */
const REFUSALS_EVERY_MS = 300;

/** A relay that runs. */
export type Relay = {
  /** where senders and clients reach it, without a slash at the end */
  readonly url: string;
  readonly port: number;
  /**
   * Stops: no new connections, requests in flight get up to `graceMs` (30 s by default), then links and sockets are closed. A second call with a
   * shorter grace ends the wait of the first.
   */
  readonly close: (options?: { readonly graceMs?: number }) => Promise<void>;
};

/**
 * Starts a relay: opens what it knows, listens, and serves until it is closed. `devhook relay` and the embedded relay are both this.
 * @throws DevhookError `relay-needs-tokens`, `port-in-use`, `port-forbidden`, `usage`, and those of the registry's database
 */
export async function startRelay(config: RelayConfig, context: { readonly log: Log; readonly clock: Clock }): Promise<Relay> {
  const { log, clock } = context;
  const registry = openRegistry(config, {
    clock,
    onFault: (error) => log.error("registry-failed", { reason: messageOf(error) }),
  });
  const stats = createStats();
  const owners = new Owners();
  const exposed = config.exposedBy !== undefined || config.admission.open;
  let stopping = false;
  let url = "";

  function refused(refusal: EarlyRefusal): void {
    countIn(stats.refused, refusal.code);
    if (refusal.tunnel === undefined) {
      log.debug("request-refused", { status: refusal.status, code: refusal.code });
      return;
    }
    stats.refusalsLogged += 1;
    log.info("request-refused", { tunnel: refusal.tunnel, method: refusal.method, status: refusal.status, code: refusal.code });
    registry.logRefusal({
      tunnel: refusal.tunnel,
      at: clock.now(),
      method: refusal.method,
      path: refusal.path,
      status: refusal.status,
      reason: refusal.code,
    });
    announce(refusal.tunnel);
  }

  const unannounced = new Set<string>();
  let announcing: NodeJS.Timeout | undefined;
  function announce(tunnel: string): void {
    if (owners.linkOf(tunnel) === undefined) return;
    unannounced.add(tunnel);
    announcing ??= setTimeout(() => {
      announcing = undefined;
      for (const waiting of unannounced) owners.linkOf(waiting)?.refusals(registry.unread(waiting));
      unannounced.clear();
    }, REFUSALS_EVERY_MS).unref();
  }

  function ended(incoming: Incoming, end: DeliveryEnd): void {
    stats.inFlight -= 1;
    const { request } = incoming;
    switch (end.kind) {
      case "answered":
        if (end.madeByClient) stats.answeredByClient += 1;
        else stats.answered += 1;
        return;
      case "refused":
        return refused({ tunnel: request.tunnel, method: request.method, path: request.target, status: end.status, code: end.code });
      case "sender-gone":
        stats.senderGone += 1;
        return;
      case "broken-off":
        stats.brokenOff += 1;
    }
  }

  const deliver = createDeliver({ owners, parking: new Parking(owners, clock.monotonic), onEnd: ended });
  const deadBuffers = createDeadBuffers();
  const acceptor = createLinkAcceptor({
    deadBuffers,
    owners,
    registry,
    policy: config.admission,
    clock,
    stopping: () => stopping,
    welcome: (tunnel) => ({
      version,
      urls: publicUrls(tunnel, url, config),
      now: clock.now(),
      maxBody: config.maxBody,
    }),
    onOpened: (link, details) => {
      stats.links = owners.size;
      stats.linksOpened += 1;
      const { tunnel, epoch, address } = link.identity;
      log.info("link-opened", { tunnel, epoch, address, client: details.client, label: details.label, replaced: details.replaced });
    },
    onClosed: (link, end) => {
      stats.links = owners.size;
      countIn(stats.linkCloses, closeName(end.code));
      log.info("link-closed", { tunnel: link.identity.tunnel, epoch: link.identity.epoch, code: end.code, reason: end.reason });
    },
    onRefused: (refusal, details) => {
      countIn(stats.handshakesRefused, refusal.status);
      log.info("link-refused", { status: refusal.status, code: refusal.code, ...details });
    },
  });
  const server = createListener({
    tls: config.tls,
    domain: config.domain,
    trustProxy: config.trustProxy,
    isolate: exposed,
    body: { maxBody: config.maxBody, budget: new BodyBudget(BODY_BUDGET_BYTES, BODY_SHARE_BYTES), slow: new SlowBodies(clock.monotonic) },
    clock,
    ids: createIdSource(),
    rates: {
      tunnel: config.rate === undefined ? undefined : new RateLimit(config.rate, clock.monotonic),
      address: config.rateAddress === undefined ? undefined : new RateLimit(config.rateAddress, clock.monotonic),
    },
    tunnelExists: (tunnel) => registry.exists(tunnel),
    deliver: (incoming) => {
      stats.inFlight += 1;
      deliver(incoming);
    },
    control: createControl({ registry, admission: config.admission, stats, clock, log, version, stopping: () => stopping }),
    link: acceptor.upgrade,
    onRefused: refused,
    onBytesIn: (bytes) => {
      stats.bytesIn += bytes;
      deadBuffers(bytes);
    },
    onBytesOut: (bytes) => {
      stats.bytesOut += bytes;
    },
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });

  let port: number;
  try {
    requireTokens(config, registry);
    port = await listen(server, config);
  } catch (error) {
    registry.close();
    throw error;
  }
  url = config.publicUrl ?? localUrl(config, port);
  const stopHeartbeat = startHeartbeat(owners, {
    clock,
    onSilent: (link) => log.warn("link-silent", { tunnel: link.identity.tunnel, epoch: link.identity.epoch }),
  });
  const unsubscribe = [
    registry.onRevoked((tokenId) => {
      for (const link of owners.all()) {
        if (link.identity.ownerKind !== "token" || link.identity.ownerId !== tokenId) continue;
        link.goAway({ reason: "revoked", message: "the token was revoked or replaced", retryAfterMs: 0 });
        link.close(CLOSE.REVOKED, "revoked");
      }
    }),
    registry.onReleased((name) => {
      for (const link of owners.all()) {
        if (link.identity.tunnel !== name) continue;
        link.goAway({ reason: "revoked", message: "the tunnel's name was released", retryAfterMs: 0 });
        link.close(CLOSE.REVOKED, "released");
      }
    }),
  ];
  log.info("relay-started", { url, port, host: config.host, version });

  const hurry = new AbortController();
  let closed: Promise<void> | undefined;

  async function stop(graceMs: number): Promise<void> {
    stopping = true;
    log.info("relay-stopping", { inFlight: stats.inFlight, links: owners.size });
    server.close();
    for (const link of owners.all()) link.goAway({ reason: "restart", message: "the relay is stopping", retryAfterMs: RESTART_RETRY_MS });
    await settled(() => stats.inFlight === 0, graceMs, hurry.signal);
    for (const link of owners.all()) link.close(CLOSE.GOING_AWAY, "the relay is stopping");
    stopHeartbeat();
    for (const end of unsubscribe) end();
    clearTimeout(announcing);
    acceptor.close();
    // answers that have been written still have to leave; whoever idles is closed at once
    server.closeIdleConnections();
    await settled(() => sockets.size === 0, Math.min(graceMs, LAST_BYTES_MS), hurry.signal);
    for (const socket of sockets) socket.destroy();
    registry.close();
    log.info("relay-stopped");
  }

  return {
    url,
    port,
    close(options) {
      const graceMs = options?.graceMs ?? STOP_GRACE_MS;
      if (closed !== undefined && graceMs < STOP_GRACE_MS) hurry.abort();
      return (closed ??= stop(graceMs));
    },
  };
}

/** Waits until `condition` holds, `withinMs` has passed, or `hurry` is aborted. */
async function settled(condition: () => boolean, withinMs: number, hurry: AbortSignal): Promise<void> {
  if (condition() || withinMs <= 0 || hurry.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearInterval(look);
      clearTimeout(limit);
      hurry.removeEventListener("abort", end);
      resolve();
    };
    const look = setInterval(() => {
      if (condition()) end();
    }, 10);
    const limit = setTimeout(end, withinMs);
    hurry.addEventListener("abort", end);
  });
}

async function listen(server: Server, config: RelayConfig): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => reject(listenFault(error, config));
    server.once("error", failed);
    server.listen({ host: config.host, port: config.port }, () => {
      server.off("error", failed);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function listenFault(error: Error, config: RelayConfig): DevhookError {
  const where = `${config.host}:${config.port}`;
  switch (errorCodeOf(error)) {
    case "EADDRINUSE":
      return new DevhookError("port-in-use", {
        what: `The relay cannot listen on ${where}.`,
        why: "Another process listens there.",
        fix: "Choose another port with --port N, or any free one with --port 0.",
        cause: error,
      });
    case "EACCES":
      return new DevhookError("port-forbidden", {
        what: `The relay may not listen on ${where}.`,
        why: "Ports below 1024 need more rights than this user has.",
        fix: "Choose a port from 1024 upwards with --port N, and put a proxy before it.",
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new DevhookError("usage", {
        what: `The relay cannot listen on ${where}.`,
        why: "This machine has no such address.",
        fix: "Give --host an address of this machine, or 0.0.0.0 for all of them.",
        cause: error,
      });
    default:
      return new DevhookError("port-in-use", {
        what: `The relay cannot listen on ${where}.`,
        why: messageOf(error),
        fix: "Choose another --host or --port.",
        cause: error,
      });
  }
}

function localUrl(config: RelayConfig, port: number): string {
  const scheme = config.tls === undefined ? "http" : "https";
  // an address that means "all of them" is none that one could call
  const name = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function publicUrls(tunnel: string, url: string, config: RelayConfig): readonly string[] {
  const path = `${url}/${tunnel}`;
  if (config.domain === undefined) return [path];
  const base = new URL(url);
  const port = base.port === "" ? "" : `:${base.port}`;
  return [`${base.protocol}//${tunnel}.${config.domain}${port}`, path];
}

/** A close code as a label of metrics: the codes come from the network, so that unknown ones share a label. */
function closeName(code: number): string {
  const known = Object.entries(CLOSE).find(([, value]) => value === code);
  return known === undefined ? "other" : known[0].toLowerCase().replaceAll("_", "-");
}
