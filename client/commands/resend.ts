import type { Command } from "commander";
import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError, ERROR_EXIT_CODES } from "../../shared/errors.ts";
import type { AttemptError, CapturedRequest } from "../../shared/http/exchange.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { clockTime } from "../output/clock-time.ts";
import { createColours } from "../output/colours.ts";
import { type ResolvedSettings, resolveSettings, type Settings } from "../settings/config.ts";
import { resolvePaths } from "../settings/paths.ts";
import { readSecrets, secretsOf } from "../settings/secrets.ts";
import { parseTarget, TARGET_RULE } from "../settings/target.ts";
import { askYes } from "./ask-yes.ts";
import { type Caller, type CallResult, createCaller } from "./call-app.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { FILTER_HELP } from "./filter-help.ts";
import { launderingDoubt, resign, type Signers } from "./resign.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook resend`, also called `replay`. */
export function registerResend(program: Command, context: CommandContext): void {
  explain(program.command("resend"), {
    summary: "send recorded deliveries to the app again",
    description:
      "Sends the recorded bytes and headers unchanged to your app (not through the relay) and records the attempt. With --resign the signature is made anew, so that its time is the present. Exit 0 when every answer was 2xx, 3 when the app cannot be reached, else 1.",
    examples: ["devhook resend latest --resign", "devhook resend --filter 'is:failed age:<1h' --to http://localhost:9000"],
  })
    .alias("replay")
    .argument("[id...]", "ids, unique beginnings of ids, latest, or latest~N")
    .option("--filter <expression>", `${FILTER_HELP}, the oldest first`, createFilter)
    .option("--to <url>", `another app: ${TARGET_RULE} (default: the one of the last attempt)`)
    .option("--resign", "sign each anew as its provider would now, with the secret that you have stored")
    .option("--provider <id>", "with --resign: who sent those that nobody was recognised for")
    .option("--insecure", "accept a self-signed certificate of the app")
    .option("--json", "one JSON object a line: {id, attempt, target, status, ms, error}, with --resign also resigned: true")
    .option("--yes", `do not ask before more than ${ASK_ABOVE} deliveries`)
    .action(async (ids: readonly string[], flags: ResendFlags) => resend(ids, flags, { context, call: createCaller(context.clock) }));
}

type ResendFlags = {
  readonly filter?: Filter;
  readonly to?: string;
  readonly resign?: boolean;
  readonly provider?: string;
  readonly insecure?: boolean;
  readonly json?: boolean;
  readonly yes?: boolean;
};

/** More than this at once is rarely meant. */
const ASK_ABOVE = 20;
/** Errors that say that there is no app, rather than that it answered badly. */
const UNREACHABLE = new Set(["app-refused", "app-unreachable"]);

async function resend(
  ids: readonly string[],
  flags: ResendFlags,
  { context, call }: { readonly context: CommandContext; readonly call: Caller },
): Promise<void> {
  if (flags.provider !== undefined && flags.resign !== true)
    throw new DevhookError("usage", { what: "--provider needs --resign", why: "nothing else depends on who sent it" });
  if (ids.length > 0 === (flags.filter !== undefined))
    throw new DevhookError("usage", { what: "which deliveries?", fix: "give ids, or --filter with an expression, not both" });
  const resolved = await resolveSettings(context, { insecure: flags.insecure });
  const { settings } = resolved;
  const to = flags.to === undefined ? undefined : requireTarget(flags.to);
  const signers = flags.resign === true ? await openSigners(flags, resolved, context) : undefined;
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    // all are looked at before the first is sent: a wrong id must not leave half of the work done
    const { known, leftOut } = flags.filter === undefined ? byIds(history, ids) : byFilter(history, flags.filter);
    for (const reason of leftOut) context.stderr.write(`! left out: ${sanitizeLine(reason, 400)}\n`);
    const targets = new Map<string, AppTarget>();
    const doubts: string[] = [];
    for (const id of known) {
      const delivery = requireSendable(history, id);
      targets.set(id, targetOf(delivery, to, settings));
      if (signers === undefined) continue;
      resign(delivery, signers, context.clock.now());
      const doubt = launderingDoubt(delivery);
      if (doubt !== undefined) doubts.push(doubt);
    }
    for (const doubt of doubts) context.stderr.write(`! ${sanitizeLine(doubt)}\n`);
    await confirm(known.length, flags, context);

    let unreachable = 0;
    let bad = leftOut.length;
    for (const [id, target] of targets) {
      const result = await resendOne(id, { target, signers, history, call, context, timeoutMs: settings.timeoutMs });
      await writeResult(context.stdout, `${flags.json === true ? result.json : result.line}\n`);
      if (result.interrupted) {
        context.outcome.code = ERROR_EXIT_CODES.interrupted;
        return;
      }
      if (UNREACHABLE.has(result.error?.code ?? "")) unreachable += 1;
      else if (!result.is2xx) bad += 1;
    }
    if (unreachable > 0) context.outcome.code = ERROR_EXIT_CODES["app-unreachable"];
    else if (bad > 0) context.outcome.code = 1;
  } finally {
    history.close();
  }
}

/** What is to be sent, by id, and why some of it will not be. */
type Chosen = { readonly known: readonly string[]; readonly leftOut: readonly string[] };

/** @throws {DevhookError} `not-found`, `ambiguous` */
function byIds(history: History, ids: readonly string[]): Chosen {
  return { known: [...new Set(ids.map((id) => history.resolve(id)))], leftOut: [] };
}

/** Those that can never be sent were not meant one by one: they hold nothing up. @throws {DevhookError} `not-found` when none matches */
function byFilter(history: History, filter: Filter): Chosen {
  const matches = history.list({ filter, order: "oldest", limit: Number.MAX_SAFE_INTEGER });
  if (matches.length === 0)
    throw new DevhookError("not-found", { what: "no recorded delivery matches the filter", fix: "see what is there: devhook events" });
  const known: string[] = [];
  const leftOut: string[] = [];
  for (const { id } of matches) {
    try {
      requireSendable(history, id);
      known.push(id);
    } catch (error) {
      if (!(error instanceof DevhookError)) throw error;
      leftOut.push(error.message);
    }
  }
  return { known, leftOut };
}

async function openSigners({ provider }: ResendFlags, { ownProviders }: ResolvedSettings, context: CommandContext): Promise<Signers> {
  const stored = await readSecrets(resolvePaths(context).secretsFile);
  return {
    catalogue: createCatalogue(ownProviders),
    secretsOf: (one) => secretsOf(one, { flags: {}, env: context.env }, stored),
    provider,
  };
}

type OneResend = {
  readonly target: AppTarget;
  /** undefined: nothing is signed anew */
  readonly signers: Signers | undefined;
  readonly history: History;
  readonly call: Caller;
  readonly context: CommandContext;
  readonly timeoutMs: number;
};

type OneResult = {
  readonly line: string;
  readonly json: string;
  readonly is2xx: boolean;
  readonly error: AttemptError | undefined;
  /** a signal came during the call: nothing more is to be sent */
  readonly interrupted: boolean;
};

async function resendOne(id: string, { target, signers, history, call, context, timeoutMs }: OneResend): Promise<OneResult> {
  const delivery = requireSendable(history, id);
  const at = context.clock.now();
  const resigned = signers === undefined ? undefined : resign(delivery, signers, at);
  const { request, body: sentBody } = requestOf(delivery, resigned);
  const attempt = (delivery.attempts.at(-1)?.n ?? 0) + 1;
  const stop = new AbortController();
  // during the call only: the app may have the request, so its attempt must be recorded; at any other time a signal may end the process
  const ignore = context.onSignal(() => stop.abort());
  const result = await call(request, sentBody, { target, attempt, timeoutMs, stop: stop.signal }).finally(ignore);
  const called = target.url.origin + target.path + request.target;
  const { head, body, timings, error } = result;
  const n = history.recordAttempt(id, {
    kind: "resend",
    at,
    target: called,
    ...(resigned !== undefined && { request: resigned }),
    ...(head !== undefined && { head, body }),
    timings,
    ...(error !== undefined && { error }),
  });
  const status = head?.status ?? null;
  return {
    line: lineOf({ id, at, request, isResigned: resigned !== undefined, target, result, context }),
    json: JSON.stringify({
      id,
      attempt: n,
      target: called,
      status,
      ms: timings.total,
      error: error ?? null,
      ...(resigned !== undefined && { resigned: true }),
    }),
    is2xx: error === undefined && status !== null && status >= 200 && status < 300,
    error,
    interrupted: stop.signal.aborted,
  };
}

/** What is sent: the delivery as recorded, or what took its place. */
function requestOf(delivery: Delivery, changed: SentRequest | undefined): { readonly request: CapturedRequest; readonly body: Buffer } {
  const { id, receivedAt, tunnel, base, forwarded, upgrade } = delivery;
  const { method, target, headers } = changed ?? delivery;
  const request = { id, receivedAt, tunnel, method, target, base, headers, forwarded, upgrade };
  return { request, body: changed?.body ?? delivery.body.bytes };
}

/** @throws {DevhookError} `body-truncated`, `usage`, `not-found` */
function requireSendable(history: History, id: string): Delivery {
  const delivery = history.get(id);
  if (delivery === undefined) throw new DevhookError("not-found", { what: `delivery ${id} has been removed from the history meanwhile` });
  if (delivery.upgrade) {
    throw new DevhookError("usage", {
      what: `delivery ${id} asked for a WebSocket`,
      why: "what followed is not recorded, so it cannot be sent again",
    });
  }
  const { body, complete } = delivery;
  if (!body.truncated && complete) return delivery;
  throw new DevhookError("body-truncated", {
    what: `delivery ${id} cannot be sent again: its body is not whole`,
    why: body.truncated ? `${body.bytes.length} of ${body.total} bytes are recorded` : "the sender broke off, or is still sending",
    fix: "have the sender send it again",
  });
}

function targetOf(delivery: Delivery, to: URL | undefined, settings: Settings): AppTarget {
  const url = to ?? lastTarget(delivery);
  const { hostHeader, headers, insecure } = settings;
  return { url: new URL(url.origin), path: url.pathname.replace(/\/+$/, ""), hostHeader, headers, insecure };
}

/** Origin and path prefix that the last attempt went to: its URL without the request target at the end. */
function lastTarget({ id, target, attempts }: Delivery): URL {
  const called = attempts.at(-1)?.target;
  if (called === undefined) {
    throw new DevhookError("usage", {
      what: `delivery ${id} was never sent to an app`,
      fix: "say where it should go: --to http://localhost:8000",
    });
  }
  return new URL(called.endsWith(target) ? called.slice(0, called.length - target.length) : called);
}

function requireTarget(text: string): URL {
  const url = parseTarget(text);
  if (url !== undefined) return url;
  throw new DevhookError("usage", { what: `--to does not accept ${JSON.stringify(text)}`, why: `accepted: ${TARGET_RULE}` });
}

async function confirm(count: number, { yes }: ResendFlags, context: CommandContext): Promise<void> {
  if (count <= ASK_ABOVE || yes === true) return;
  if (!context.isTTY.stdin || !context.isTTY.stderr) {
    throw new DevhookError("usage", {
      what: `${count} deliveries are a lot to send at once`,
      why: "nobody is here to be asked",
      fix: "add --yes if you mean it",
    });
  }
  if (await askYes(context, `Send ${count} deliveries to your app? [y/N] `)) return;
  throw new DevhookError("interrupted", { what: "nothing has been sent" });
}

type LineParts = {
  readonly id: string;
  readonly at: number;
  readonly request: CapturedRequest;
  readonly isResigned: boolean;
  readonly target: AppTarget;
  readonly result: CallResult;
  readonly context: CommandContext;
};

/** `14:02:31 0193a1b2-c3d4 200 4ms POST /webhooks/x → http://localhost:8000` */
function lineOf({ id, at, request: sent, isResigned, target, result, context }: LineParts): string {
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  const { head, timings, error } = result;
  const paint = head === undefined || head.status >= 500 ? colours.bad : head.status >= 400 ? colours.warn : colours.ok;
  const request = `${sanitizeLine(sent.method, 20)} ${sanitizeLine(sent.target, 160)}`;
  const facts = `${clockTime(at)} ${id.slice(0, 18)} ${paint(String(head?.status ?? "ERR"))} ${Math.round(timings.total)}ms ${request} → ${target.url.origin}${target.path}${isResigned ? " (signed anew)" : ""}`;
  return error === undefined
    ? facts
    : `${facts} ${colours.bad(`${error.code}: ${sanitizeLine(error.message)}`)}; ${sanitizeLine(error.hint)}`;
}
