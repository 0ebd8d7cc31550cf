import { WebSocket } from "ws";
import { errorCodeOf, messageOf } from "../../shared/errors.ts";
import { LINK_PATH, MAX_FRAGMENTS, MAX_MESSAGE, SUBPROTOCOL } from "../../shared/wire/constants.ts";
import type { DialFailure } from "./states.ts";

/** milliseconds from the dial to the end of the handshake */
const HANDSHAKE_WITHIN_MS = 10_000;
/** milliseconds that a closing handshake may take before the socket is cut: nothing waits for it any more */
const CLOSE_WITHIN_MS = 2_000;
/**
 * The mask of a WebSocket hides bytes that a web page chose from caches on the way (RFC 6455 section 10.3). This client runs no pages, and beyond loopback
 * nobody on the way sees its bytes (TLS): the mask of zeros saves copying every message (spec.md section 1).
 */
function noMask(mask: Buffer): void {
  mask.fill(0);
}

/** close code of a connection that broke without one (RFC 6455 section 7.1.5) */
const ABNORMAL = 1006;
/** bytes of a refusal's body that are read */
const MAX_REFUSAL_BYTES = 16_384;

/** Whom to dial, and as whom. */
export type DialOptions = {
  /** origin of the relay: `https://relay.example`, `http://127.0.0.1:8080` */
  readonly relay: URL;
  readonly tunnel: string;
  /** `dh_…` or `dk_…` */
  readonly token: string;
  /** names this process (spec.md section 1) */
  readonly instance: string;
  /** program and version */
  readonly client: string;
  /** accept a certificate that nobody vouches for */
  readonly insecure: boolean;
  /** milliseconds to the end of the handshake, 10 s when omitted */
  readonly handshakeWithinMs?: number;
};

/** A socket to the relay, as the session needs it. */
export type LinkSocket = {
  readonly send: (message: Buffer, sent: () => void) => void;
  readonly ping: () => void;
  readonly close: (code: number, reason: string) => void;
  readonly terminate: () => void;
  /** bytes that wait in the socket */
  readonly bufferedAmount: () => number;
  /** bytes that have come, of whole messages or not */
  readonly bytesRead: () => number;
};

/** Hears one dial: `opened` or `failed` first, then the rest. */
export type DialListener = {
  readonly opened: (socket: LinkSocket) => void;
  readonly failed: (failure: DialFailure) => void;
  readonly message: (message: Buffer, kind: { readonly isBinary: boolean }) => void;
  /** any sign of life */
  readonly heard: () => void;
  readonly closed: (code: number, reason: string) => void;
};

/**
 * Dials the relay's link route once. Redirects are not followed: a token is for one origin.
 * @returns gives up
 */
export function dial(options: DialOptions, listener: DialListener): () => void {
  const url = new URL(LINK_PATH, options.relay);
  url.protocol = options.relay.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, [SUBPROTOCOL], {
    headers: {
      Authorization: `Bearer ${options.token}`,
      "Devhook-Tunnel": options.tunnel,
      "Devhook-Instance": options.instance,
      "Devhook-Client": options.client,
    },
    maxPayload: MAX_MESSAGE,
    maxFragments: MAX_FRAGMENTS,
    perMessageDeflate: false,
    followRedirects: false,
    skipUTF8Validation: true,
    generateMask: noMask,
    rejectUnauthorized: !options.insecure,
  });
  let state: "dialling" | "open" | "ended" = "dialling";
  let closing: NodeJS.Timeout | undefined;
  let raw: { readonly bytesRead: number } | undefined;
  // over all: ws has a limit of silence only, and an answer that trickles is never silent
  const limit = setTimeout(
    () => fail({ kind: "unreachable", code: "ETIMEDOUT", message: `no answer within ${HANDSHAKE_WITHIN_MS / 1_000} s` }),
    options.handshakeWithinMs ?? HANDSHAKE_WITHIN_MS,
  );

  function fail(failure: DialFailure): void {
    if (state !== "dialling") return;
    state = "ended";
    clearTimeout(limit);
    socket.terminate();
    listener.failed(failure);
  }

  socket.on("upgrade", (response) => (raw = response.socket));
  socket.on("open", () => {
    state = "open";
    clearTimeout(limit);
    listener.opened({
      send: (message, sent) => socket.send(message, sent),
      ping: () => socket.ping(),
      close,
      terminate: () => socket.terminate(),
      bufferedAmount: () => socket.bufferedAmount,
      bytesRead: () => raw?.bytesRead ?? 0,
    });
  });
  socket.on("message", (data, isBinary) => listener.message(data as Buffer, { isBinary }));
  socket.on("ping", listener.heard);
  socket.on("pong", listener.heard);
  socket.on("unexpected-response", (_req, res) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = (): void => fail(refusalOf(res.statusCode ?? 0, Buffer.concat(chunks), res.headers["retry-after"]));
    res.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_REFUSAL_BYTES) chunks.push(chunk);
      else done();
    });
    res.on("end", done);
    res.on("error", done);
    res.on("close", done);
  });
  socket.on("error", (error) => {
    fail({ kind: "unreachable", code: errorCodeOf(error) ?? "", message: messageOf(error) });
    // the link is of no use from here on
    cutSoon();
    ended(ABNORMAL, messageOf(error));
  });
  socket.on("close", (code, reason) => {
    clearTimeout(closing);
    fail({ kind: "unreachable", code: "", message: "the connection was closed" });
    ended(code, reason.toString("utf8"));
  });

  function close(code: number, reason: string): void {
    socket.close(code, reason);
    cutSoon();
  }

  function cutSoon(): void {
    if (socket.readyState !== WebSocket.CLOSED) closing ??= setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS);
  }

  function ended(code: number, reason: string): void {
    if (state === "ended") return;
    state = "ended";
    listener.closed(code, reason);
  }

  return () => {
    state = "ended";
    clearTimeout(limit);
    socket.terminate();
  };
}

function refusalOf(status: number, body: Buffer, retryAfter: string | undefined): DialFailure {
  const error = errorMember(body);
  // a relay always says why in JSON: anything else is some other server, or a proxy whose relay is away
  if (error === undefined)
    return { kind: "unreachable", code: `HTTP ${status}`, message: `an answer that is not a devhook relay's (HTTP ${status})` };
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  return { kind: "refused", status, ...error, retryAfterMs: seconds >= 0 && seconds <= 3_600 ? seconds * 1_000 : undefined };
}

function errorMember(body: Buffer): { readonly code: string; readonly message: string } | undefined {
  try {
    const json: unknown = JSON.parse(body.toString("utf8"));
    if (typeof json !== "object" || json === null || !("error" in json)) return undefined;
    const { error } = json;
    if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error)) return undefined;
    if (typeof error.code !== "string" || typeof error.message !== "string") return undefined;
    return { code: error.code.slice(0, 100), message: error.message.slice(0, 500) };
  } catch {
    return undefined;
  }
}
