import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { DevhookError, messageOf } from "../shared/errors.ts";
import { parseSize, SIZE_RULE } from "../shared/size.ts";
import { isLoopback } from "./loopback.ts";
import type { AdmissionPolicy } from "./tunnels/registry.ts";

/** The flags of `devhook relay` as they were typed; undefined where one was not. */
export type RelayFlags = {
  readonly host?: string;
  readonly port?: string;
  readonly domain?: string;
  readonly publicUrl?: string;
  readonly dataDir?: string;
  readonly open?: boolean;
  readonly maxBody?: string;
  readonly heldMaxBody?: string;
  readonly heldTotal?: string;
  readonly namesPerToken?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustProxy?: string;
  readonly rate?: string;
  readonly rateAddress?: string;
};

/** All that a relay is told. Sizes are bytes. */
export type RelayConfig = {
  /** address or name to listen on, without brackets */
  readonly host: string;
  /** 0 takes any free one */
  readonly port: number;
  /** `name.<domain>` reaches a tunnel; lower case, without a dot at the end */
  readonly domain: string | undefined;
  /** origin (`https://hooks.example.com`, no slash at the end) under which the outside reaches the relay; undefined: what it listens on */
  readonly publicUrl: string | undefined;
  /** undefined keeps everything in memory (embedded relay) */
  readonly dataDir: string | undefined;
  readonly admission: AdmissionPolicy;
  /** the flag that lets others than this machine reach the relay, as typed; undefined when none does */
  readonly exposedBy: string | undefined;
  readonly maxBody: number;
  readonly heldMaxBody: number;
  readonly heldTotal: number;
  readonly namesPerToken: number;
  /** PEM texts, checked to belong together */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** peers whose X-Forwarded-* and devhook-* headers are believed; undefined: none */
  readonly trustProxy: BlockList | undefined;
  /** requests a second that one tunnel may get; undefined: no limit */
  readonly rate: number | undefined;
  /** requests a second that one sender's address may make; undefined: no limit */
  readonly rateAddress: number | undefined;
};

/** One delivery's body: more than any platform sends, and streamed, so that it costs no memory. */
const MAX_BODY = 100 * 1024 ** 2;
/** What is held must be read whole and stored twice: platforms' events stay below 1 MB. */
const HELD_MAX_BODY = 10 * 1024 ** 2;
/** All that is held: fits the smallest usual server disk. */
const HELD_TOTAL = 4 * 1024 ** 3;
const NAMES_PER_TOKEN = 100;
/** With --open anyone may send to anyone's tunnel: twenty a second serve a developer and feed no flood. */
const OPEN_RATE = 20;

/** The relay that `devhook start` embeds: this machine only, nothing on disk, any free port. */
export const embeddedRelayConfig: RelayConfig = {
  host: "127.0.0.1",
  port: 0,
  domain: undefined,
  publicUrl: undefined,
  dataDir: undefined,
  admission: { open: false, exposed: false },
  exposedBy: undefined,
  maxBody: MAX_BODY,
  heldMaxBody: HELD_MAX_BODY,
  heldTotal: HELD_TOTAL,
  namesPerToken: NAMES_PER_TOKEN,
  tls: undefined,
  trustProxy: undefined,
  rate: undefined,
  rateAddress: undefined,
};

/** The environment variables that say where data belong. */
export type RelayEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * What the flags of `devhook relay` mean. Reads the certificate files.
 * @throws DevhookError `usage` naming the flag and what it accepts, `tls-invalid` for certificate and key
 */
export function relayConfig(flags: RelayFlags, env: RelayEnvironment): RelayConfig {
  const host = readHost(flags.host ?? embeddedRelayConfig.host);
  const open = flags.open === true;
  const exposedBy = exposure(host, flags);
  const maxBody = readSize("--max-body", flags.maxBody, MAX_BODY);
  const heldTotal = readSize("--held-total", flags.heldTotal, HELD_TOTAL);
  const heldMaxBody = readSize("--held-max-body", flags.heldMaxBody, Math.min(HELD_MAX_BODY, maxBody, heldTotal));
  if (heldMaxBody > maxBody)
    throw usage("--held-max-body is larger than --max-body.", "A body over --max-body is refused before it could be held.");
  if (heldMaxBody > heldTotal) throw usage("--held-max-body is larger than --held-total.", "One body could then never be held.");
  return {
    host,
    port: readInteger("--port", flags.port, { fallback: 8080, min: 0, max: 65_535 }),
    domain: flags.domain === undefined ? undefined : readDomain(flags.domain),
    publicUrl: flags.publicUrl === undefined ? undefined : readOrigin(flags.publicUrl),
    dataDir: relayDataDir(flags.dataDir, env),
    admission: { open, exposed: exposedBy !== undefined },
    exposedBy,
    maxBody,
    heldMaxBody,
    heldTotal,
    namesPerToken: readInteger("--names-per-token", flags.namesPerToken, { fallback: NAMES_PER_TOKEN, min: 1, max: 1_000_000 }),
    tls: readTls(flags.tlsCert, flags.tlsKey),
    trustProxy: flags.trustProxy === undefined ? undefined : readNetworks(flags.trustProxy),
    rate: readRate("--rate", flags.rate, open ? OPEN_RATE : undefined),
    rateAddress: readRate("--rate-address", flags.rateAddress, undefined),
  };
}

/**
 * The folder of a relay's data: the flag, else `relay` in DEVHOOK_DATA_DIR, else `$XDG_DATA_HOME/devhook/relay`.
 * @throws DevhookError `usage` for an empty flag
 */
export function relayDataDir(flag: string | undefined, env: RelayEnvironment): string {
  if (flag === "") throw usage("--data-dir is empty.", "It accepts the folder of the relay's data.");
  if (flag !== undefined) return resolve(flag);
  const own = env["DEVHOOK_DATA_DIR"];
  if (own !== undefined && own !== "") return resolve(own, "relay");
  const xdg = env["XDG_DATA_HOME"];
  // the XDG specification has relative paths ignored
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env["HOME"] ?? homedir(), ".local", "share");
  return join(base, "devhook", "relay");
}

/**
 * A relay that others could reach needs a token or `--open`.
 * @throws DevhookError `relay-needs-tokens`
 */
export function requireTokens(config: RelayConfig, registry: { readonly hasTokens: () => boolean }): void {
  if (config.exposedBy === undefined || config.admission.open || registry.hasTokens()) return;
  const where = config.dataDir === undefined ? "" : ` --data-dir ${quoted(config.dataDir)}`;
  throw new DevhookError("relay-needs-tokens", {
    what: "The relay does not start: others than this machine could reach it, and it has no tokens.",
    why: `${config.exposedBy} opens it to others; without tokens anyone could use it for their own tunnels.`,
    fix: `Run: devhook relay token add LABEL${where}; or let anyone in, under random names only, with --open.`,
  });
}

function exposure(host: string, flags: RelayFlags): string | undefined {
  if (!isLoopback(host)) return `--host ${host}`;
  if (flags.publicUrl !== undefined) return "--public-url";
  if (flags.domain !== undefined) return "--domain";
  return flags.trustProxy === undefined ? undefined : "--trust-proxy";
}

/** Host names of RFC 1123: labels of letters, digits and inner hyphens. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** What a tunnel name of 63 characters and its dot leave of the 253 of a host name. */
const DOMAIN_LIMIT = 189;

function readHost(text: string): string {
  const host = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (isIP(host) !== 0 || HOST_NAME.test(host.toLowerCase())) return host;
  throw usage(
    `--host ${shown(text)} is no address.`,
    "It accepts an IP address or host name of this machine: 127.0.0.1, ::1, 0.0.0.0, relay.example.com.",
  );
}

function readDomain(text: string): string {
  const domain = text.toLowerCase().replace(/\.$/, "");
  if (HOST_NAME.test(domain) && isIP(domain) === 0 && domain.length <= DOMAIN_LIMIT) return domain;
  const rule = `It accepts a bare domain of at most ${DOMAIN_LIMIT} characters: tunnel.example.com, whose *.tunnel.example.com points to this relay.`;
  throw usage(`--domain ${shown(text)} is no domain.`, rule);
}

function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const web = url?.protocol === "https:" || url?.protocol === "http:";
  if (url !== undefined && web && `${url.origin}/` === url.href && !/[?#]/.test(text)) return url.origin;
  throw usage(
    `--public-url ${shown(text)} is no origin.`,
    "It accepts http or https, host and port without a path: https://hooks.example.com",
  );
}

function readSize(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  throw usage(`${flag} ${shown(text)} is no size.`, `It accepts ${SIZE_RULE}.`);
}

function readInteger(
  flag: string,
  text: string | undefined,
  range: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  if (text === undefined) return range.fallback;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw usage(`${flag} ${shown(text)} is not accepted.`, `It accepts a whole number from ${range.min} to ${range.max}.`);
}

function readRate(flag: string, text: string | undefined, fallback: number | undefined): number | undefined {
  if (text === undefined) return fallback;
  if (text === "off") return undefined;
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(?:\/s)?$/.exec(text);
  const rate = match === null ? 0 : Number(match[1]);
  if (rate > 0) return rate;
  throw usage(`${flag} ${shown(text)} is no rate.`, "It accepts requests a second above 0 (20, 20/s, 0.5), or off.");
}

function readNetworks(text: string): BlockList {
  const list = new BlockList();
  for (const entry of text.split(",")) {
    if (!addNetwork(list, entry.trim())) {
      throw usage(
        `--trust-proxy ${shown(entry)} is no network.`,
        "It accepts addresses and CIDR ranges with commas between: 10.0.0.0/8,192.0.2.7,fd00::/8",
      );
    }
  }
  return list;
}

function addNetwork(list: BlockList, entry: string): boolean {
  const [address = "", prefix, ...more] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) return false;
  list.addSubnet(address, Number(prefix), family);
  return true;
}

function readTls(certFile: string | undefined, keyFile: string | undefined): RelayConfig["tls"] {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    const [given, missing] = certFile === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
    throw usage(`${given} needs ${missing}.`, "A certificate and its private key serve together, both as PEM files.");
  }
  const cert = readPem("--tls-cert", certFile);
  const key = readPem("--tls-key", keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new DevhookError("tls-invalid", {
      what: "The certificate (--tls-cert) and the key (--tls-key) cannot be used together.",
      why: messageOf(error),
      fix: `Compare: openssl x509 -noout -pubkey -in ${quoted(certFile)}; openssl pkey -pubout -in ${quoted(keyFile)} (a key without passphrase)`,
      cause: error,
    });
  }
  return { cert, key };
}

function readPem(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new DevhookError("tls-invalid", {
      what: `The file of ${flag} cannot be read.`,
      why: messageOf(error),
      fix: `Look at: ls -l ${quoted(resolve(file))}`,
      cause: error,
    });
  }
}

function usage(what: string, why: string): DevhookError {
  return new DevhookError("usage", { what, why, fix: "See: devhook relay --help" });
}

/** Typed text for a message: bounded, and with nothing that a terminal would act on. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(/[\u007f-\u{10ffff}]/gu, "?");
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
