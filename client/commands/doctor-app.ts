import { connect, createServer } from "node:net";
import { errorCodeOf } from "../../shared/errors.ts";
import { listeningPorts, USUAL_PORTS } from "../forwarder/listening-ports.ts";
import { isLoopbackHost } from "../settings/relay-origin.ts";
import type { Finding } from "./doctor-finding.ts";

/** An app on this machine accepts in a millisecond; this is for one that is elsewhere. */
const PATIENCE_MS = 3000;
/** Where the embedded relay begins to look for a port. */
const FIRST_PORT = 8080;

/** Whether something listens where the app should be, on IPv4 and on IPv6. */
export async function checkApp(target: URL): Promise<Finding> {
  const port = Number(target.port || (target.protocol === "https:" ? 443 : 80));
  const host = target.hostname.replace(/^\[|\]$/g, "");
  if (!isLoopbackHost(target.hostname)) {
    const code = await tryConnect(host, port);
    if (code === undefined) return { id: "app", result: "ok", message: `something listens at ${target.host}` };
    return {
      id: "app",
      result: "warn",
      message: `nothing answers at ${target.host} (${code})`,
      fix: "start your app, or name another target",
    };
  }
  const [four, six] = await Promise.all([tryConnect("127.0.0.1", port), tryConnect("::1", port)]);
  if (four === undefined && six === undefined) return { id: "app", result: "ok", message: `listens on 127.0.0.1 and ::1, port ${port}` };
  const named = host === "127.0.0.1" ? four : host === "::1" ? six : (four ?? six);
  const only = four === undefined ? "127.0.0.1" : six === undefined ? "::1" : undefined;
  if (only !== undefined && (named === undefined || host === "localhost"))
    return { id: "app", result: "ok", message: `listens on ${only}, port ${port}` };
  if (only !== undefined) {
    const fix = `devhook start ${only === "::1" ? `http://[::1]:${port}` : `http://127.0.0.1:${port}`}`;
    return { id: "app", result: "warn", message: `listens on ${only}, port ${port}, and not on ${host}`, fix };
  }
  const seen = await listeningPorts(USUAL_PORTS.filter((each) => each !== port));
  const others = seen.length === 0 ? "" : `; something listens on ${seen.join(", ")}`;
  const fix = seen.length === 0 ? "start your app" : `start your app, or: devhook start ${seen[0]}`;
  return { id: "app", result: "warn", message: `nothing listens on port ${port} (127.0.0.1: ${four}, ::1: ${six})${others}`, fix };
}

/** Whether the embedded relay finds a port. */
export async function checkPort(wanted: number | undefined): Promise<Finding> {
  const port = wanted ?? FIRST_PORT;
  const code = await tryListen(port);
  if (code === undefined)
    return { id: "port", result: "ok", message: port === 0 ? "any free one" : `${port} is free for the embedded relay` };
  if (wanted === undefined) return { id: "port", result: "ok", message: `${port} is taken, start uses the next free one` };
  const why = code === "EADDRINUSE" ? "is taken by another process" : `cannot be used (${code})`;
  return { id: "port", result: "fail", message: `${port} ${why}`, fix: "choose another with --port, or 0 for any free one" };
}

/** undefined: somebody accepted; else the code of the failure. */
function tryConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const end = (code: string | undefined): void => {
      socket.destroy();
      resolve(code);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.once("error", (error) => end(errorCodeOf(error) ?? "failed"));
  });
}

function tryListen(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(errorCodeOf(error) ?? "failed"));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
