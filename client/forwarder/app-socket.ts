import { lookup } from "node:dns";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { errorCodeOf, messageOf } from "../../shared/errors.ts";
import type { AppTarget } from "./app-target.ts";

/** milliseconds that a connection to the app may take: it is on this machine, or near */
const CONNECT_WITHIN_MS = 5_000;

/** Why there is no connection to the app. */
export type ConnectFailure = {
  /** `refused`: nothing listens, on any of the addresses; `unreachable`: everything else */
  readonly kind: "refused" | "unreachable";
  /** the addresses tried, with port: `127.0.0.1:8000 and [::1]:8000` */
  readonly tried: string;
  readonly message: string;
};

/** A connection to the app, with bytes that are read into a buffer lent by the caller of {@link connectToApp}. */
export type AppSocket = {
  readonly socket: Socket;
  /** `reader` gets bytes as they come; they are its own only during the call */
  readonly onBytes: (reader: (bytes: Buffer) => void) => void;
};

/**
 * Connects to the app, and to nothing else. `localhost` means both loopback addresses, whatever this machine's resolver says: many dev servers listen on
 * one of them only.
 * @param buffer what is read goes here first: one for all connections, so that reading makes no garbage
 * @returns gives up; neither callback is called then
 */
export function connectToApp(
  target: AppTarget,
  buffer: Buffer,
  connected: (connection: AppSocket) => void,
  failed: (failure: ConnectFailure) => void,
): () => void {
  const { hostname, protocol } = target.url;
  const secure = protocol === "https:";
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const port = target.url.port === "" ? (secure ? 443 : 80) : Number(target.url.port);
  const tried: string[] = [];
  const messages: string[] = [];
  let allRefused = true;
  let current: Socket | undefined;
  let given = false;

  function tryNext(addresses: readonly string[]): void {
    if (given) return;
    const [address, ...others] = addresses;
    if (address === undefined) {
      given = true;
      failed({ kind: allRefused ? "refused" : "unreachable", tried: tried.join(" and "), message: messages.join("; ") });
      return;
    }
    tried.push(isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`);
    const options = { host: address, port, noDelay: true };
    let reader: ((bytes: Buffer) => void) | undefined;
    const onread = {
      buffer,
      callback: (length: number): boolean => {
        reader?.(buffer.subarray(0, length));
        return true;
      },
    };
    const socket = secure
      ? connectTls({
          ...options,
          rejectUnauthorized: !target.insecure,
          ...(isIP(host) === 0 && { servername: host }),
          ALPNProtocols: ["http/1.1"],
        })
      : connectTcp({ ...options, allowHalfOpen: true, onread });
    current = socket;
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${CONNECT_WITHIN_MS / 1_000} s`)), CONNECT_WITHIN_MS);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      if (errorCodeOf(error) !== "ECONNREFUSED") allRefused = false;
      messages.push(messageOf(error));
      tryNext(others);
    };
    socket.once("error", onError);
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      if (given) {
        socket.destroy();
        return;
      }
      given = true;
      connected({
        socket,
        onBytes: (given) => {
          reader = given;
          // a TLS socket decrypts into buffers of its own
          if (secure) socket.on("data", given);
        },
      });
    });
  }

  if (host === "localhost" || host.endsWith(".localhost")) tryNext(["127.0.0.1", "::1"]);
  else if (isIP(host) !== 0) tryNext([host]);
  else {
    lookup(host, { all: true }, (error, found) => {
      if (error === null) return tryNext(found.map(({ address }) => address));
      if (given) return;
      given = true;
      failed({ kind: "unreachable", tried: host, message: messageOf(error) });
    });
  }
  return () => {
    given = true;
    current?.destroy();
  };
}
