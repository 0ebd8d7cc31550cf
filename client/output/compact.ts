import type { Writable } from "node:stream";
import type { Verification } from "../../shared/signatures/verification.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { clockTime } from "./clock-time.ts";
import { type Colours, createColours } from "./colours.ts";
import type { AttemptEvent, ReadyEvent } from "./events.ts";
import { createLineWriter } from "./line-writer.ts";
import type { Output } from "./output.ts";
import { createRunNumbers, type Numbered } from "./run-numbers.ts";

/** What {@link createCompactOutput} writes to and decides by. */
export type CompactOptions = {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly isTTY: { readonly stdout: boolean; readonly stderr: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Characters of a request target on a line; `devhook show` has it whole. */
const PATH_LIMIT = 160;

/**
 * Lines for a person or a log: one fact per line, no cursor movement, no colour unless a terminal looks. A delivery gets its line when an
 * attempt for it is over; what is wrong goes to stderr.
 */
export function createCompactOutput({ stdout, stderr, isTTY, env }: CompactOptions): Output {
  const colours = createColours({ isTTY: isTTY.stdout, env });
  const alarm = createColours({ isTTY: isTTY.stderr, env });
  const results = createLineWriter(stdout, droppedLine);
  const remarks = createLineWriter(stderr, droppedLine);
  const numbers = createRunNumbers();
  /** providers that have been told to lack a secret: once is enough */
  const secretless = new Set<string>();
  let opened = false;

  function reasonLines({ verdict, reason }: Verification, provider: string | null): readonly string[] {
    if (reason === null || verdict === "unsigned" || verdict === "unknown-scheme") return [];
    if (verdict === "no-secret") {
      if (secretless.has(provider ?? "")) return [];
      secretless.add(provider ?? "");
      return [`${colours.warn("?")} ${sanitizeLine(reason.message)}: ${sanitizeLine(reason.hint)}`];
    }
    return [`${colours.bad("✗")} ${sanitizeLine(reason.message)} (${reason.code})`, `  ${sanitizeLine(reason.hint)}`];
  }

  return {
    ready: (event) => {
      opened = true;
      for (const line of readyLines(event, colours)) results.write(line);
    },
    delivery: (event) => {
      const { number } = numbers.add(event);
      if (event.held)
        results.write(`${clockTime(event.at)} ${number} held, your app gets it later: ${requestOf({ number, delivery: event })}`);
    },
    verification: ({ at, delivery, provider, event, duplicateOf, sameBytes, scheme, handshake, verification }) => {
      const { verdict } = verification;
      const { number } = numbers.update(delivery, { provider, event, verdict, duplicateOf, sameBytes, scheme, handshake });
      for (const line of reasonLines(verification, provider)) results.writeSoon(`${clockTime(at)} ${number} ${line}`);
    },
    attempt: (event) => results.writeSoon(attemptLine(event, numbers.find(event.delivery), { colours, numberOf: numbers.numberOf })),
    link: ({ at, state, attempt, reason }) => {
      const time = clockTime(at);
      const why = reason === "" ? "" : `: ${sanitizeLine(reason)}`;
      if (state === "connected") results.write(`${time} ${colours.ok("●")} connected${attempt > 0 ? ` again, try ${attempt}` : ""}${why}`);
      else if (state === "reconnecting") results.write(`${time} ${colours.warn("○")} reconnecting, try ${attempt}${why}`);
      else results.write(`${time} ${colours.bad("○")} offline${why}`);
    },
    warning: ({ message, severity }) => {
      const text = sanitizeLine(message);
      remarks.write(severity === "error" ? `${alarm.bad("✗")} ${text}` : `${alarm.warn("!")} ${text}`);
    },
    closed: ({ at, reason, deliveries, owed }) => {
      // a tunnel that never opened has its error, and nothing else to tell
      if (!opened) return;
      const kept = `${deliveries} ${deliveries === 1 ? "delivery" : "deliveries"}, see them: devhook events`;
      const debts = owed > 0 ? `; ${owed} still owed to your app, they follow at the next start` : "";
      results.write(`${clockTime(at)} closed (${sanitizeLine(reason)}): ${kept}${debts}`);
    },
  };
}

/** The block that a start begins with: the URL alone on its line, so that a double-click selects it whole. */
function readyLines({ url, target, embedded }: ReadyEvent, colours: Colours): readonly string[] {
  const lines = [colours.link(sanitizeLine(url, Infinity)), `  → ${sanitizeLine(target)}`];
  if (!embedded) return lines;
  return [
    ...lines,
    "  Only this machine can reach this URL. For a public one, run `devhook relay`",
    "  on a server that the internet can reach, here `devhook login URL`, and start",
    "  again with `--server URL`.",
  ];
}

type LineStyle = { readonly colours: Colours; readonly numberOf: (id: string) => string | undefined };

/** `14:02:31 #0127 401 sig=- from=- POST /webhooks/x 4ms`; an attempt without an answer has `ERR` and ends with the reason. */
function attemptLine(event: AttemptEvent, numbered: Numbered, { colours, numberOf }: LineStyle): string {
  const { delivery } = numbered;
  const facts = [
    clockTime(event.at),
    numbered.number,
    statusWord(event.status, colours),
    `sig=${verdictWord(delivery?.verdict, colours)}`,
    `from=${plain(delivery?.provider)}`,
  ];
  if (typeof delivery?.scheme === "string") facts.push(`scheme=${plain(delivery.scheme)}`);
  if (typeof delivery?.event === "string") facts.push(`type=${plain(delivery.event)}`);
  facts.push(requestOf(numbered), `${Math.round(event.ms)}ms`);
  if (event.kind !== "live") facts.push(event.kind);
  if (event.deadline !== undefined) facts.push(deadlineText(event.ms, event.deadline, colours));
  if (typeof delivery?.handshake === "string") facts.push(`handshake=${plain(delivery.handshake)}`);
  if (typeof delivery?.duplicateOf === "string") {
    const first = numberOf(delivery.duplicateOf) ?? delivery.duplicateOf.slice(0, 18);
    facts.push(delivery.sameBytes === false ? colours.warn(`dup=${first} (other bytes)`) : `dup=${first}`);
  }
  if (event.error !== null) facts.push(colours.bad(`${plain(event.error.code)}: ${sanitizeLine(event.error.message)}`));
  return facts.join(" ");
}

/** How much of the sender's patience an answer took. */
function deadlineText(ms: number, seconds: number, colours: Colours): string {
  if (ms >= seconds * 1_000) return colours.bad(`too late for the sender, who waits ${seconds} s`);
  return colours.warn(`${Math.floor(ms / (seconds * 10))}% of the ${seconds} s that the sender waits`);
}

function verdictWord(verdict: string | null | undefined, colours: Colours): string {
  if (verdict === "valid") return colours.ok(verdict);
  return verdict === "invalid" ? colours.bad(verdict) : plain(verdict);
}

function requestOf({ delivery }: Numbered): string {
  return delivery === undefined ? "(received earlier)" : `${plain(delivery.method)} ${sanitizeLine(delivery.path, PATH_LIMIT)}`;
}

function statusWord(status: number | null, colours: Colours): string {
  if (status === null) return colours.bad("ERR");
  if (status >= 500) return colours.bad(String(status));
  return status >= 400 ? colours.warn(String(status)) : colours.ok(String(status));
}

/** A word of the line: untrusted, never empty, short. */
function plain(text: string | null | undefined): string {
  return text === null || text === undefined || text === "" ? "-" : sanitizeLine(text, 60);
}

function droppedLine(dropped: number): string {
  return `! ${dropped} lines are missing here: this output was not read. The deliveries are recorded: devhook events`;
}
