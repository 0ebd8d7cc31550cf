import { createHash } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { framingOf, type HeaderLines, MessageReader, valuesOf } from "./message-reader.ts";
import { until } from "./until.ts";

/** Bodies up to this size are kept, larger ones only hashed and counted. Bytes. */
const KEPT_BODY = 1_048_576;

/** A request as it came over the wire. */
type SeenRequest = {
  readonly method: string;
  /** the raw request target */
  readonly target: string;
  readonly version: string;
  readonly headers: HeaderLines;
  /** the devhook-id header, or "" */
  readonly id: string;
  /** connection that it came on, numbered from 1 */
  readonly connection: number;
  /** the following are known when `whole` */
  whole: boolean;
  bytes: number;
  sha256: string;
  /** undefined when it was larger than 1 MiB */
  body: Buffer | undefined;
  /** sizes of the chunks, when it came chunked */
  chunks: readonly number[];
};

/** Writes an answer; the connection is the app's to do with as it likes. */
export type Handler = (socket: Socket, request: SeenRequest) => void;

/** What an app does with a request: at its head, when it is whole, or both. */
type Route = { readonly head?: Handler; readonly whole?: Handler };

/** An app that records what it gets byte for byte and answers what it is told to. */
export type RecordingApp = {
  readonly port: number;
  /** in order of arrival */
  readonly requests: readonly SeenRequest[];
  /** Sets what becomes of requests whose target is `path`, whatever the query. Everything else gets 200 and `ok`. */
  readonly on: (path: string, route: Route | Handler) => void;
  /** The request with this devhook-id, once it is whole (and is the `attempt`-th with it). */
  readonly request: (id: string, attempt?: number) => Promise<SeenRequest>;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

const OK: Handler = (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** Starts one on a free port of 127.0.0.1, or on `port`. */
export async function startRecordingApp({ port = 0 }: { readonly port?: number } = {}): Promise<RecordingApp> {
  const requests: SeenRequest[] = [];
  const routes = new Map<string, Route>();
  const sockets = new Set<Socket>();
  let connections = 0;

  const server = createServer((socket) => {
    const connection = ++connections;
    let current: SeenRequest | undefined;
    let route: Route = {};
    let hash = createHash("sha256");
    let kept: Buffer[] = [];
    const reader = new MessageReader({
      head: ({ startLine, headers }) => {
        const [method = "", target = "", version = ""] = startLine.split(" ");
        const id = valuesOf(headers, "devhook-id")[0] ?? "";
        current = { method, target, version, headers, id, connection, whole: false, bytes: 0, sha256: "", body: undefined, chunks: [] };
        route = routes.get(target.replace(/\?.*/s, "")) ?? { whole: OK };
        hash = createHash("sha256");
        kept = [];
        requests.push(current);
        route.head?.(socket, current);
        if (valuesOf(headers, "upgrade").length > 0) return "raw";
        return framingOf(headers) ?? { kind: "length", bytes: 0 };
      },
      data: (bytes) => {
        if (current === undefined) return;
        current.bytes += bytes.length;
        hash.update(bytes);
        if (current.bytes <= KEPT_BODY) kept.push(bytes);
      },
      end: (chunks) => {
        if (current === undefined) return;
        const request = current;
        request.sha256 = hash.digest("hex");
        request.body = request.bytes <= KEPT_BODY ? Buffer.concat(kept) : undefined;
        request.chunks = chunks;
        request.whole = true;
        route.whole?.(socket, request);
      },
    });
    sockets.add(socket);
    socket.on("data", (bytes: Buffer) => reader.push(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    requests,
    on: (path, route) => void routes.set(path, typeof route === "function" ? { whole: route } : route),
    request: (id, attempt = 1) =>
      until(() => requests.filter((request) => request.id === id && request.whole)[attempt - 1], `request ${id} at the app`),
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
