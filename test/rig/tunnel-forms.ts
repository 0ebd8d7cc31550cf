import type { HeaderLines } from "./message-reader.ts";
import { valuesOf } from "./message-reader.ts";
import { addToken, type Home, makeHome, type Program, startRelayProgram, startTunnel, type Tunnel } from "./programs.ts";
import { type RecordingApp, startRecordingApp } from "./recording-app.ts";
import { type RawAnswer, sendRaw } from "./send-raw.ts";

/** Where `--domain` puts the tunnels of the host form; nobody resolves it: senders dial 127.0.0.1 and say it as Host. */
const DOMAIN = "tunnel.test";

/** A whole way from sender to app, made of built programs. */
export type Way = {
  readonly home: Home;
  readonly app: RecordingApp;
  readonly tunnel: Tunnel;
  /** process of the relay; undefined where it is the embedded one */
  readonly relayPid: number | undefined;
  /** what a sender puts into its request line for this path of the app, and the Host that belongs to it */
  readonly target: (path: string) => string;
  readonly host: string;
  readonly send: (method: string, path: string, headers?: readonly string[], body?: Buffer) => Promise<RawAnswer>;
  readonly close: () => Promise<void>;
};

/** The ways that a webhook can take: the embedded relay, and one of its own in either form of URL. */
export const FORMS = ["embedded relay", "own relay, path form", "own relay, host form"] as const;

/** Opens one of {@link FORMS}. */
export async function openWay(form: (typeof FORMS)[number], args: readonly string[] = []): Promise<Way> {
  const home = makeHome();
  const app = await startRecordingApp();
  const programs: Program[] = [];
  const close = async (): Promise<void> => {
    for (const program of programs) await program.kill();
    await app.close();
    home.remove();
  };
  const open = async (): Promise<Tunnel> => {
    if (form === "embedded relay") return startTunnel(app.port, args, { home });
    const dataDir = `${home.folder}/relay`;
    const { token } = await addToken({ dataDir }, home);
    const relay = await startRelayProgram(form === "own relay, host form" ? ["--domain", DOMAIN] : [], { home, dataDir });
    programs.push(relay.program);
    return startTunnel(app.port, ["--server", relay.url, ...args], { home, env: { DEVHOOK_TOKEN: token } });
  };
  const tunnel = await open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  // the relay's own process, where it has one
  const relayPid = programs[0]?.pid;
  programs.push(tunnel.program);
  const inHost = form === "own relay, host form";
  const host = inHost ? `${tunnel.name}.${DOMAIN}` : `127.0.0.1:${tunnel.port}`;
  const target = (path: string): string => (inHost ? path : `/${tunnel.name}${path}`);
  return {
    home,
    app,
    tunnel,
    relayPid,
    target,
    host,
    send: (method, path, headers = [], body) => {
      const head = Buffer.from([`${method} ${target(path)} HTTP/1.1`, `Host: ${host}`, ...headers, "", ""].join("\r\n"), "latin1");
      return sendRaw(tunnel.port, body === undefined ? head : [head, body], method);
    },
    close,
  };
}

/** The published list, said again: a header that joins it in the product is one that no longer reaches the app. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "http2-settings",
  "expect",
]);

/** The lines of `headers` that belong to the message and not to one connection. */
export function endToEnd(headers: HeaderLines): HeaderLines {
  return headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
}

/** What the app is to get for what was sent: every line but hop-by-hop ones, then what devhook says. */
export function linesAtApp(sent: HeaderLines, delivery: { readonly id: string; readonly attempt?: number }): HeaderLines {
  return [
    ...endToEnd(sent),
    ["X-Forwarded-For", "127.0.0.1"],
    ["X-Forwarded-Proto", "http"],
    ["X-Forwarded-Host", valuesOf(sent, "host")[0] ?? ""],
    ["devhook-id", delivery.id],
    ["devhook-attempt", String(delivery.attempt ?? 1)],
  ];
}

/** `Name: value` lines as pairs. */
export function pairsOf(headers: readonly string[]): HeaderLines {
  return headers.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}
