import { lookup } from "node:dns";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { errorCodeOf, messageOf } from "../../shared/errors.ts";
import type { AppTarget } from "./app-target.ts";
import { connectFailure, type ConnectFailure, type FailedTry } from "./connect-failure.ts";

/** milliseconds that a connection to the app may take: it is on this machine, or near */
const CONNECT_WITHIN_MS = 5_000;

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
  target: Pick<AppTarget, "url" | "insecure">,
  buffer: Buffer,
  connected: (connection: AppSocket) => void,
  failed: (failure: ConnectFailure) => void,
): () => void {
  const { hostname, protocol } = target.url;
  const secure = protocol === "https:";
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const port = target.url.port === "" ? (secure ? 443 : 80) : Number(target.url.port);
  const tries: FailedTry[] = [];
  let current: Socket | undefined;
  let limit: NodeJS.Timeout | undefined;
  let given = false;

  function tryNext(addresses: readonly string[]): void {
    if (given) return;
    const [address, ...others] = addresses;
    if (address === undefined) {
      given = true;
      failed(connectFailure(tries));
      return;
    }
    const options = { host: address, port, noDelay: true, allowHalfOpen: true };
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
      : connectTcp({ ...options, onread });
    current = socket;
    limit = setTimeout(() => socket.destroy(new Error(`no answer within ${CONNECT_WITHIN_MS / 1_000} s`)), CONNECT_WITHIN_MS);
    const onError = (error: Error): void => {
      clearTimeout(limit);
      const name = isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
      tries.push({ name, code: errorCodeOf(error) ?? "", message: messageOf(error) });
      tryNext(others);
    };
    socket.once("error", onError);
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(limit);
      socket.off("error", onError);
      if (given) {
        socket.destroy();
        return;
      }
      given = true;
      connected({
        socket,
        onBytes: (hear) => {
          reader = hear;
          // a TLS socket decrypts into buffers of its own
          if (secure) socket.on("data", hear);
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
    clearTimeout(limit);
    current?.destroy();
  };
}
