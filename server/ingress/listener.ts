import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { BlockList } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../shared/clock.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { firstHeader } from "../../shared/http/headers.ts";
import { madeAnswer, type MadeReason } from "../../shared/http/made-answer.ts";
import type { IdSource } from "../../shared/ids.ts";
import { LINK_PATH } from "../../shared/wire/constants.ts";
import type { Incoming } from "../deliveries/incoming.ts";
import { clientAddress } from "./client-address.ts";
import { closeAfter, closeSocketWith, closeWith, isClosing } from "./closing.ts";
import { forwardedOf } from "./forwarded.ts";
import { framingOf } from "./framing.ts";
import { CONNECTIONS_CHECK_MS, HEADERS_WITHIN_MS, KEEP_ALIVE_MS, MAX_HEAD_BYTES } from "./limits.ts";
import type { RateLimit } from "./rate-limit.ts";
import { RequestBody, type BodyOptions } from "./request-body.ts";
import { routeOf, type Route } from "./route.ts";
import { SenderAnswer } from "./sender-answer.ts";
import { headWithoutUpgrade, upgradeKind, WebSocketAnswer } from "./upgrade.ts";

/** A request that was turned away before it became a delivery. */
export type EarlyRefusal = {
  /** undefined where the request did not get as far as naming one that exists */
  readonly tunnel: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code: string;
};

/** What the door of the relay needs from the other rooms. */
export type ListenerOptions = {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly domain: string | undefined;
  readonly trustProxy: BlockList | undefined;
  /** whether answers in path form share an origin that others can reach (shared-origin.ts) */
  readonly isolate: boolean;
  readonly body: Omit<BodyOptions, "onBytes">;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** undefined: no limit */
  readonly rates: { readonly tunnel: RateLimit | undefined; readonly address: RateLimit | undefined };
  readonly tunnelExists: (tunnel: string) => boolean;
  readonly deliver: (incoming: Incoming) => void;
  readonly control: (req: IncomingMessage, res: ServerResponse) => void;
  readonly link: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly onRefused: (refusal: EarlyRefusal) => void;
  readonly onBytesIn: (bytes: number) => void;
  readonly onBytesOut: (bytes: number) => void;
};

/** What is known of a connection of senders; one object, so that a request need not look it up more than once. */
type Connection = {
  /** the newest request, for errors that come without one, and its body once that is wanted */
  res: ServerResponse | undefined;
  body: RequestBody | undefined;
  /** who waits for the end of the connection: Node tells only the first of several pipelined answers */
  readonly closed: Set<() => void>;
  /** the headers of a request that is read again without its wish to upgrade */
  asSent: string[] | undefined;
};

type Exchange = { readonly req: IncomingMessage; readonly res: ServerResponse; readonly expectsContinue: boolean };

/**
 * The relay's public door: raw node:http, because byte fidelity ends where a framework begins to parse (no URL object, no header map, no body parser).
 * @returns a server that the caller puts on a port and closes
 */
export function createListener(options: ListenerOptions): Server {
  const serverOptions = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEADERS_WITHIN_MS,
    // bodies have a deadline of their own (slow-bodies.ts): one for the whole request would cut large uploads on slow lines
    requestTimeout: 0,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    insecureHTTPParser: false,
    // Node would answer, and then serve what stands behind; framing.ts refuses and ends the connection
    requireHostHeader: false,
    noDelay: true,
  };
  const server =
    options.tls === undefined
      ? createHttpServer(serverOptions)
      : createHttpsServer({ ...serverOptions, cert: options.tls.cert, key: options.tls.key });
  // Node would drop what is beyond its limit without a word; framing.ts counts instead
  server.maxHeadersCount = 0;
  const bodyOptions: BodyOptions = { ...options.body, onBytes: options.onBytesIn };
  const connections = new WeakMap<Duplex, Connection>();

  server.on("request", (req, res) => handle({ req, res, expectsContinue: false }));
  server.on("checkContinue", (req, res) => handle({ req, res, expectsContinue: true }));
  server.on("checkExpectation", (req, res) => {
    refuse({ req, res, expectsContinue: false }, undefined, {
      status: 417,
      code: "expectation-unknown",
      message: "only 100-continue can be expected",
    });
  });
  server.on("connect", (req: IncomingMessage, socket: Duplex) => {
    refuseSocket(socket, { status: 405, code: "connect-refused", message: "this is no proxy" }, req);
  });
  server.on("upgrade", takeUpgrade);
  server.on("clientError", clientError);
  return server;

  function handle(exchange: Exchange): void {
    const { req, res } = exchange;
    if (isClosing(req.socket)) return;
    const connection = connectionOf(req.socket);
    connection.res = res;
    connection.body = undefined;
    if (connection.asSent !== undefined) {
      req.rawHeaders = connection.asSent;
      connection.asSent = undefined;
    }
    const framing = framingOf(req);
    const route = routeOf(req.url ?? "", firstHeader(req.rawHeaders, "host"), options.domain);
    if (framing.kind === "refused") return refuse(exchange, route, framing);
    if (route.kind === "none") return refuse(exchange, route, route);
    if (route.kind === "control") return options.control(req, res);
    const limited = overRate(req, route);
    if (limited !== undefined) return refuse(exchange, route, limited);
    if (!options.tunnelExists(route.tunnel)) return refuse(exchange, undefined, UNKNOWN);
    const request = capture(req, route, { upgrade: false });
    const body = new RequestBody(exchange, framing, route.tunnel, bodyOptions);
    connection.body = body;
    options.deliver({
      request,
      read: (to) => body.read(to),
      answer: new SenderAnswer(res, { id: request.id, isolateTo: isolated(route), onBytes: options.onBytesOut }),
      onSenderGone: (gone) => {
        const closed = (): void => {
          const { whole } = body;
          body.abandon();
          gone({ whole });
        };
        connection.closed.add(closed);
        res.on("finish", () => connection.closed.delete(closed));
      },
    });
  }

  function takeUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    // until somebody else listens, a reset must not end the process
    socket.on("error", () => socket.destroy());
    if (isClosing(socket)) return;
    const earlier = connections.get(socket)?.res;
    if (earlier !== undefined && !earlier.writableFinished) {
      // answers come in the order of their requests; Node has stopped to look after the earlier one
      const drained = (): boolean => earlier.emit("drain");
      socket.on("drain", drained);
      earlier.once("close", () => {
        socket.off("drain", drained);
        if (!socket.destroyed) takeUpgrade(req, socket, head);
      });
      return;
    }
    const route = routeOf(req.url ?? "", firstHeader(req.rawHeaders, "host"), options.domain);
    const framing = framingOf(req);
    if (framing.kind === "refused") return refuseSocket(socket, framing, req, route);
    if (upgradeKind(req) === "other") return withoutUpgrade(req, socket, head);
    if (framing.kind === "chunked" || (framing.kind === "length" && framing.bytes > 0)) {
      return refuseSocket(socket, { status: 400, code: "upgrade-with-body", message: "a WebSocket request has no body" }, req, route);
    }
    if (route.kind === "none") return refuseSocket(socket, route, req, route);
    if (route.kind === "control") {
      if (req.url === LINK_PATH) return options.link(req, socket, head);
      return refuseSocket(socket, { status: 404, code: "route-unknown", message: "links are opened elsewhere" }, req, route);
    }
    const limited = overRate(req, route);
    if (limited !== undefined) return refuseSocket(socket, limited, req, route);
    if (!options.tunnelExists(route.tunnel)) return refuseSocket(socket, UNKNOWN, req);
    const request = capture(req, route, { upgrade: true });
    const answer = new WebSocketAnswer({ req, socket, head }, { id: request.id, isolateTo: isolated(route), onBytes: options.onBytesOut });
    options.deliver({
      request,
      read: (to) => to.large(answer.source),
      answer,
      onSenderGone: (gone) => socket.on("close", () => gone({ whole: true })),
    });
  }

  function connectionOf(socket: Duplex): Connection {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const fresh: Connection = { res: undefined, body: undefined, closed: new Set(), asSent: undefined };
    connections.set(socket, fresh);
    socket.once("close", () => {
      for (const closed of fresh.closed) closed();
    });
    return fresh;
  }

  /** Gives a connection back to the HTTP parser as if its request had not asked for anything else. */
  function withoutUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.removeAllListeners("error");
    connectionOf(socket).asSent = req.rawHeaders;
    if (head.length > 0) socket.unshift(head);
    socket.unshift(headWithoutUpgrade(req));
    server.emit(options.tls === undefined ? "connection" : "secureConnection", socket);
  }

  /** The limit of the address comes first, and holds for unknown tunnels too: whoever tries out names is slowed. */
  function overRate(req: IncomingMessage, route: Route & { readonly kind: "tunnel" }): Reason | undefined {
    const { address, tunnel } = options.rates;
    if (address !== undefined) {
      const retryAfter = address.take(clientAddress(forwardedOf(req, options.trustProxy).for, options.trustProxy));
      if (retryAfter > 0) return { ...RATE_LIMITED, message: "too many requests a second from this address", retryAfter };
    }
    if (tunnel !== undefined && options.tunnelExists(route.tunnel)) {
      const retryAfter = tunnel.take(route.tunnel);
      if (retryAfter > 0) return { ...RATE_LIMITED, message: "too many requests a second for this tunnel", retryAfter };
    }
    return undefined;
  }

  function capture(
    req: IncomingMessage,
    route: Route & { readonly kind: "tunnel" },
    { upgrade }: { readonly upgrade: boolean },
  ): CapturedRequest {
    const receivedAt = options.clock.now();
    return {
      id: options.ids.next(receivedAt),
      receivedAt,
      tunnel: route.tunnel,
      method: req.method ?? "",
      target: route.target,
      base: route.base,
      headers: req.rawHeaders,
      forwarded: forwardedOf(req, options.trustProxy),
      upgrade,
    };
  }

  function isolated(route: Route & { readonly kind: "tunnel" }): string | undefined {
    return options.isolate && route.base !== "" ? route.base : undefined;
  }

  function refuse(exchange: Exchange, route: Route | undefined, why: Reason): void {
    note(exchange.req, route, why);
    const { head, body } = madeAnswer({ ...why, outcome: "not-delivered" });
    // what follows on the connection may be the rest of a body, or something dressed up as a request
    if (why.status !== 404 || !exchange.req.complete) {
      return closeWith(exchange.res, head, body);
    }
    exchange.res.writeHead(head.status, head.reason, [...head.headers]);
    exchange.res.end(body);
  }

  function refuseSocket(socket: Duplex, why: Reason, req: IncomingMessage, route?: Route): void {
    note(req, route, why);
    const { head, body } = madeAnswer({ ...why, outcome: "not-delivered" });
    socket.resume();
    closeSocketWith(socket, head, body);
  }

  function note(req: IncomingMessage, route: Route | undefined, why: Reason): void {
    const tunnel = route?.kind === "tunnel" && options.tunnelExists(route.tunnel) ? route.tunnel : undefined;
    options.onRefused({
      tunnel,
      method: req.method ?? "",
      path: route?.kind === "tunnel" ? route.target : (req.url ?? ""),
      status: why.status,
      code: why.code,
    });
  }

  function clientError(error: Error & { code?: string }, socket: Duplex): void {
    if (isClosing(socket)) return;
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy(error);
      return;
    }
    const why = clientErrorReason(error.code);
    const { res, body: requestBody } = connections.get(socket) ?? {};
    if (res !== undefined && !res.req.complete) {
      // the fault is in the body of this request: whoever waits for the body answers, and what has been answered already is not answered twice
      if (requestBody?.fail(why) === true) return;
      if (res.headersSent) {
        socket.destroy(error);
        return;
      }
    } else if (res !== undefined && !res.writableFinished) {
      // the fault is behind this request, which has a right to its answer
      return closeAfter(res);
    }
    options.onRefused({ tunnel: undefined, method: "", path: "", status: why.status, code: why.code });
    const { head, body } = madeAnswer({ ...why, outcome: "not-delivered" });
    closeSocketWith(socket, head, body);
  }
}

type Reason = Pick<MadeReason, "status" | "code" | "message" | "retryAfter">;

const RATE_LIMITED = { status: 429, code: "rate-limited" };

const UNKNOWN: Reason = { status: 404, code: "tunnel-unknown", message: "no such tunnel" };

function clientErrorReason(code: string | undefined): Reason {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code: "headers-too-large", message: `request line and headers are larger than ${MAX_HEAD_BYTES} bytes` };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, code: "headers-too-slow", message: `the headers were not whole after ${HEADERS_WITHIN_MS / 1_000} s` };
    case "HPE_UNEXPECTED_CONTENT_LENGTH":
    case "HPE_INVALID_CONTENT_LENGTH":
    case "HPE_INVALID_TRANSFER_ENCODING":
      return { status: 400, code: "ambiguous-framing", message: "the request does not say unambiguously where its body ends" };
    case "HPE_INVALID_EOF_STATE":
      return { status: 400, code: "request-cut-short", message: "the connection ended inside the request" };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, code: "chunk-extensions-too-large", message: "the chunk extensions are too large" };
    default:
      return { status: 400, code: "not-http", message: "this is not an HTTP/1.1 request" };
  }
}
