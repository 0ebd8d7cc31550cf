import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import { createIdSource } from "../../../shared/ids.ts";
import { decodeToRelay } from "../../../shared/wire/decode.ts";
import { encodeRequest, encodeWelcome } from "../../../shared/wire/encode.ts";
import type { FrameToRelay, Welcome } from "../../../shared/wire/frames.ts";

/** One upgraded link, as the relay has it. */
type ScriptedLink = {
  readonly socket: WebSocket;
  readonly raw: Socket;
  readonly request: IncomingMessage;
  /** frames that the client has sent */
  readonly frames: FrameToRelay[];
  readonly closed: () => { readonly code: number; readonly reason: string } | undefined;
  /** sends frames as one message */
  readonly send: (...frames: readonly Buffer[]) => void;
};

/** A relay that does as it is told. */
export type ScriptedRelay = {
  readonly url: URL;
  readonly links: readonly ScriptedLink[];
  /** upgrade requests, whatever became of them */
  readonly upgrades: readonly IncomingMessage[];
  readonly close: () => Promise<void>;
};

/** What a relay does with the nth dial, from 0: a reset, a link with or without WELCOME, or raw bytes. */
export type Script = (dial: number) => "reset" | "link" | "silent-link" | Buffer;

const WELCOME: Welcome = { version: "0.1.0", epoch: 1, tunnel: "shop", urls: ["http://relay.example/shop"], now: 0, maxBody: 1_048_576 };

/** The first frame of an ordinary link. */
export function welcome(changes: Partial<Welcome> = {}): Buffer {
  return encodeWelcome({ ...WELCOME, ...changes });
}

/** A REQUEST frame. @param body undefined when it follows */
export function requestFrame(stream: number, body: Buffer | undefined, changes: Partial<CapturedRequest> = {}): Buffer {
  return encodeRequest(
    stream,
    {
      id: createIdSource().next(1_700_000_000_000),
      receivedAt: 1_700_000_000_000,
      method: "POST",
      target: "/hook",
      base: "",
      headers: ["Host", "shop.example"],
      forwarded: { for: "203.0.113.9", proto: "https", host: "shop.example" },
      upgrade: false,
      ...changes,
    },
    body,
  );
}

/** Starts a relay. @param options `port` where it should not be any free one */
export async function startScriptedRelay(script: Script = () => "link", options: { readonly port?: number } = {}): Promise<ScriptedRelay> {
  const links: ScriptedLink[] = [];
  const upgrades: IncomingMessage[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => {});
    const what = script(upgrades.length);
    upgrades.push(request);
    if (what === "reset") {
      (socket as Socket).resetAndDestroy();
      return;
    }
    if (Buffer.isBuffer(what)) {
      socket.write(what);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      let closed: { readonly code: number; readonly reason: string } | undefined;
      const frames: FrameToRelay[] = [];
      webSocket.on("message", (data) => decodeToRelay(data as Buffer, (frame) => frames.push(frame)));
      webSocket.on("error", () => {});
      webSocket.on("close", (code, reason) => (closed = { code, reason: reason.toString() }));
      const link: ScriptedLink = {
        socket: webSocket,
        raw: socket as Socket,
        request,
        frames,
        closed: () => closed,
        send: (...parts) => webSocket.send(Buffer.concat(parts)),
      };
      links.push(link);
      if (what === "link") link.send(welcome({ epoch: links.length }));
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    links,
    upgrades,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

/** An HTTP answer with a text body. */
export function httpAnswer(status: string, body: string, headers: readonly string[] = []): Buffer {
  return Buffer.from(`HTTP/1.1 ${[status, ...headers, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`, "latin1");
}

/** A refusal as a relay words it (spec.md section 1). */
export function refusalAnswer(status: number, headers: readonly string[] = []): Buffer {
  return httpAnswer(`${status} No`, JSON.stringify({ error: { code: "some-code", message: "in words" } }), headers);
}
