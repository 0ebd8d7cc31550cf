import type { GoAway, Refusal, Welcome } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";

/** characters of any text in the JSON of the link's own frames; longer is cut, since it is only shown */
const MAX_TEXT = 4_096;
/** entries of one REFUSALS (spec.md section 4) */
const MAX_REFUSALS = 1_000;
const GOAWAY_REASONS: readonly GoAway["reason"][] = ["restart", "taken-over", "revoked", "leaving"];

/**
 * Checks the members of WELCOME by hand (spec.md section 4); unknown members are ignored.
 * @throws ProtocolError `frame-payload`
 */
export function readWelcome(json: unknown): Welcome {
  const from = record(json);
  const urls = from["urls"];
  if (!Array.isArray(urls) || urls.length === 0 || urls.length > 8) throw wrong("urls");
  return {
    version: text(from, "version"),
    epoch: whole(from, "epoch"),
    tunnel: text(from, "tunnel"),
    urls: urls.map((url: unknown) => {
      if (typeof url !== "string" || !/^https?:\/\/[\x21-\x7e]+$/.test(url) || url.length > MAX_TEXT) throw wrong("urls");
      return url;
    }),
    now: whole(from, "now"),
    maxBody: whole(from, "maxBody"),
  };
}

/**
 * Checks the members of GOAWAY.
 * @throws ProtocolError `frame-payload`
 */
export function readGoAway(json: unknown): GoAway {
  const from = record(json);
  const reason = GOAWAY_REASONS.find((known) => known === from["reason"]);
  if (reason === undefined) throw wrong("reason");
  return { reason, message: text(from, "message"), retryAfterMs: whole(from, "retryAfterMs") };
}

/**
 * Checks the entries of REFUSALS.
 * @throws ProtocolError `frame-payload`
 */
export function readRefusals(json: unknown): readonly Refusal[] {
  if (!Array.isArray(json) || json.length > MAX_REFUSALS) throw wrong("refusals");
  return json.map((entry: unknown) => {
    const from = record(entry);
    return {
      seq: whole(from, "seq"),
      at: whole(from, "at"),
      method: text(from, "method"),
      path: text(from, "path"),
      status: whole(from, "status"),
      reason: text(from, "reason"),
    };
  });
}

function record(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrong("object");
  return json as Readonly<Record<string, unknown>>;
}

function text(from: Readonly<Record<string, unknown>>, member: string): string {
  const value = from[member];
  if (typeof value !== "string") throw wrong(member);
  return value.slice(0, MAX_TEXT);
}

function whole(from: Readonly<Record<string, unknown>>, member: string): number {
  const value = from[member];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw wrong(member);
  return value;
}

function wrong(member: string): ProtocolError {
  return new ProtocolError("frame-payload", `${member} is missing or of the wrong kind`);
}
