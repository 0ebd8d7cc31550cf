import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Clock } from "../../shared/clock.ts";
import { allHeaders, firstHeader } from "../../shared/http/headers.ts";
import { BufferPool } from "../../shared/wire/buffer-pool.ts";
import { CLOSE, MAX_FRAGMENTS, MAX_MESSAGE, SUBPROTOCOL } from "../../shared/wire/constants.ts";
import type { Welcome } from "../../shared/wire/frames.ts";
import type { AdmissionPolicy, Owner, Registry } from "../tunnels/registry.ts";
import { Link, type LinkEnd, type LinkIdentity } from "./link.ts";
import type { Owners } from "./owners.ts";

/** Visible ASCII, as spec.md section 1 allows for the texts with which a client names itself. */
const CLIENT_TEXT = /^[\x21-\x7e][\x20-\x7e]{0,99}$/;
const INSTANCE_TEXT = /^[\x21-\x7e]{1,64}$/;

/** What the accepting of links needs from the relay. */
export type AcceptOptions = {
  readonly owners: Owners;
  readonly registry: Registry;
  readonly policy: AdmissionPolicy;
  readonly clock: Clock;
  /** what WELCOME tells the client of `tunnel`, apart from the epoch */
  readonly welcome: (tunnel: string) => Omit<Welcome, "epoch" | "tunnel">;
  readonly onOpened: (
    link: Link,
    details: { readonly client: string; readonly label: string | undefined; readonly replaced: boolean },
  ) => void;
  readonly onClosed: (link: Link, end: LinkEnd) => void;
  readonly onRefused: (refusal: LinkRefusal, details: { readonly address: string; readonly tunnel: string }) => void;
  /** hears of each large piece that a link has read (dead-buffers.ts) */
  readonly deadBuffers: (bytes: number) => void;
  /** whether the relay is stopping: new links are sent away with 503 */
  readonly stopping: () => boolean;
};

/** An HTTP answer to an upgrade that is not granted. */
type LinkRefusal = { readonly status: number; readonly code: string; readonly message: string };

/** A decision on an upgrade request: everything is known before the handshake completes. */
type Grant = { readonly owner: Owner; readonly tunnel: string; readonly client: string; readonly instance: string };

/** Takes upgrade requests for {@link LINK_PATH} and makes links of them. */
export type LinkAcceptor = {
  /** Decides on one upgrade request and answers it. Never throws, whatever the request holds. */
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly close: () => void;
};

/** @returns a {@link LinkAcceptor} that gives its links to `options.owners` */
export function createLinkAcceptor(options: AcceptOptions): LinkAcceptor {
  const { owners, registry, clock } = options;
  const pool = new BufferPool();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    maxFragments: MAX_FRAGMENTS,
    skipUTF8Validation: true,
    handleProtocols: () => SUBPROTOCOL,
  });

  function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const decision = decide(req);
    if ("status" in decision) {
      options.onRefused(decision, { address: req.socket.remoteAddress ?? "", tunnel: firstHeader(req.rawHeaders, "devhook-tunnel") ?? "" });
      return refuse(socket, decision);
    }
    server.handleUpgrade(req, socket, head, (webSocket) => {
      const identity: LinkIdentity = {
        tunnel: decision.tunnel,
        epoch: owners.nextEpoch(decision.tunnel),
        ownerKind: decision.owner.kind,
        ownerId: decision.owner.id,
        instance: decision.instance,
        address: req.socket.remoteAddress ?? "",
      };
      const link = new Link(webSocket, identity, {
        raw: req.socket,
        monotonic: clock.monotonic,
        pool,
        deadBuffers: options.deadBuffers,
        events: {
          ended: (ended, end) => {
            owners.leave(ended, clock.monotonic());
            options.onClosed(ended, end);
          },
          refusalsSeen: (_link, seq) => registry.seen(decision.tunnel, seq),
        },
      });
      link.welcome({ ...options.welcome(decision.tunnel), tunnel: decision.tunnel, epoch: identity.epoch });
      const unread = registry.unread(decision.tunnel);
      if (unread.length > 0) link.refusals(unread);
      const former = owners.take(link);
      if (former !== undefined) retire(former, identity);
      options.onOpened(link, { client: decision.client, label: decision.owner.label, replaced: former !== undefined });
    });
  }

  function decide(req: IncomingMessage): Grant | LinkRefusal {
    const headers = req.rawHeaders;
    if (allHeaders(headers, "origin").length > 0) {
      return { status: 403, code: "origin-refused", message: "a browser may not open a link" };
    }
    const offered = allHeaders(headers, "sec-websocket-protocol").flatMap((value) => value.split(","));
    if (!offered.some((protocol) => protocol.trim() === SUBPROTOCOL)) {
      return { status: 426, code: "protocol-unsupported", message: `this relay speaks ${SUBPROTOCOL}` };
    }
    if (options.stopping()) return { status: 503, code: "stopping", message: "this relay is stopping" };
    const admission = registry.admit(bearer(headers), options.policy);
    if (!admission.ok) return admission;
    const [tunnel, ...more] = allHeaders(headers, "devhook-tunnel");
    if (tunnel === undefined || more.length > 0)
      return { status: 400, code: "name-invalid", message: "Devhook-Tunnel must name one tunnel" };
    const instance = firstHeader(headers, "devhook-instance") ?? "";
    if (!INSTANCE_TEXT.test(instance))
      return { status: 400, code: "instance-invalid", message: "Devhook-Instance must be 1 to 64 visible characters" };
    const claim = registry.claim(admission.owner, tunnel);
    if (!claim.ok) return claim;
    const client = firstHeader(headers, "devhook-client") ?? "";
    return { owner: admission.owner, tunnel, instance, client: CLIENT_TEXT.test(client) ? client : "" };
  }

  return { upgrade, close: () => server.close() };
}

/** The older link of a tunnel hears who took it over and is closed; a client that only replaces its own dead link is not told. */
function retire(former: Link, by: LinkIdentity): void {
  if (former.identity.instance !== by.instance) {
    former.goAway({ reason: "taken-over", message: `a newer client (${by.address}) has this tunnel`, retryAfterMs: 0 });
  }
  former.close(CLOSE.TAKEN_OVER, "taken-over");
}

function bearer(headers: readonly string[]): string | undefined {
  const value = firstHeader(headers, "authorization");
  if (value === undefined) return undefined;
  // another scheme is no token either; the registry says so without repeating it
  return /^bearer +/i.test(value) ? value.replace(/^bearer +/i, "") : value;
}

/** Answers an upgrade request with an HTTP error and closes the socket once it is written. */
function refuse(socket: Duplex, refusal: LinkRefusal): void {
  const body = Buffer.from(JSON.stringify({ error: { code: refusal.code, message: refusal.message } }));
  const retry = refusal.status === 503 || refusal.status === 429 ? "Retry-After: 1\r\n" : "";
  socket.on("error", () => socket.destroy());
  socket.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${refusal.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${retry}Connection: close\r\n\r\n`,
        "latin1",
      ),
      body,
    ]),
  );
}
