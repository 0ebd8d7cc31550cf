import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";

/** One GET to a relay's control API. */
export type RelayQuestion = {
  readonly relay: URL;
  /** route, as in `/_devhook/healthz` */
  readonly path: string;
  readonly token?: string;
  /** whether a self-signed certificate is accepted */
  readonly insecure: boolean;
  readonly clock: Clock;
};

/** What came back. */
export type RelayReply = {
  readonly status: number;
  /** parsed JSON; undefined when the body is none */
  readonly body: unknown;
  /** milliseconds since 1970 by the relay's clock (whole seconds), undefined without a Date header */
  readonly date: number | undefined;
  /** milliseconds from the connection being there to the head of the answer */
  readonly roundTrip: number;
};

/** A relay answers control routes from memory: what takes longer is not there. Milliseconds. */
const PATIENCE_MS = 10_000;
/** The answers are a few hundred bytes. */
const BODY_LIMIT = 64 * 1024;

/**
 * Asks a relay. Redirects are not followed: a token goes to the origin that it is meant for and nowhere else.
 * @throws {DevhookError} `relay-unreachable`, with the remedy for what went wrong
 */
export async function askRelay(question: RelayQuestion): Promise<RelayReply> {
  const { relay } = question;
  try {
    const host = relay.hostname.replace(/^\[|\]$/g, "");
    // looked up on its own, so that a wrong name is told apart from a relay that is down
    if (isIP(host) === 0) await lookup(host);
    return await get(question);
  } catch (error) {
    throw unreachable(relay, error);
  }
}

/** What failed and what to do, for a relay that gave no answer. */
function unreachable(relay: URL, error: unknown): DevhookError {
  const code = errorCodeOf(error) ?? "";
  const { why, fix } = remedyOf(code, relay) ?? { why: messageOf(error), fix: "check the address, then: devhook doctor" };
  return new DevhookError("relay-unreachable", { what: `cannot reach the relay ${relay.origin}`, why, fix, cause: error });
}

function remedyOf(code: string, relay: URL): { readonly why: string; readonly fix: string } | undefined {
  switch (code) {
    case "ENOTFOUND":
      return { why: `no such host: ${relay.hostname} (DNS)`, fix: "check the name for a typo" };
    case "EAI_AGAIN":
      return { why: `${relay.hostname} could not be looked up (DNS does not answer)`, fix: "check this machine's network" };
    case "ECONNREFUSED":
      return { why: `nothing listens on ${relay.host}`, fix: `start it there: devhook relay --port ${relay.port || "443"}` };
    case "ETIMEDOUT":
      return { why: "no answer in 10 s", fix: "check the address, and the firewall between here and there" };
    case "CERT_HAS_EXPIRED":
      return { why: "its certificate has expired", fix: "renew it on the relay" };
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return {
        why: `its certificate is not signed by an authority that this machine knows (${code})`,
        fix: "if it is your own, add --insecure",
      };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return { why: `its certificate is for another name than ${relay.hostname}`, fix: "use the name in the certificate" };
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return { why: "it does not speak TLS on this port", fix: `check the port; on this machine try http://${relay.host}` };
    default:
      return undefined;
  }
}

function get({ relay, path, token, insecure, clock }: RelayQuestion): Promise<RelayReply> {
  return new Promise((resolve, reject) => {
    const send = relay.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = { accept: "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const request = send(new URL(path, relay), {
      headers,
      agent: false,
      rejectUnauthorized: !insecure,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    let connectedAt = clock.monotonic();
    request.on("socket", (socket) => {
      const noted = (): void => {
        connectedAt = clock.monotonic();
      };
      socket.once("connect", noted);
      socket.once("secureConnect", noted);
    });
    request.on("error", (error) => {
      reject(
        error.name === "AbortError" || error.name === "TimeoutError"
          ? Object.assign(new Error("no answer in 10 s"), { code: "ETIMEDOUT" })
          : error,
      );
    });
    request.on("response", (response) => {
      const roundTrip = clock.monotonic() - connectedAt;
      readText(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, body: jsonOf(text), date: dateOf(response), roundTrip }),
        reject,
      );
    });
    request.end();
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) {
      response.destroy();
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function dateOf(response: IncomingMessage): number | undefined {
  const date = Date.parse(response.headers.date ?? "");
  return Number.isNaN(date) ? undefined : date;
}
