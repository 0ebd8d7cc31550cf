import type { Command } from "commander";
import { DevhookError, ERROR_EXIT_CODES } from "../../shared/errors.ts";
import type { AttemptError, CapturedRequest } from "../../shared/http/exchange.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { Delivery } from "../ledger/records.ts";
import { clockTime } from "../output/clock-time.ts";
import { createColours } from "../output/colours.ts";
import { resolveSettings, type Settings } from "../settings/config.ts";
import { resolvePaths } from "../settings/paths.ts";
import { parseTarget, TARGET_RULE } from "../settings/target.ts";
import { askYes } from "./ask-yes.ts";
import { type Caller, type CallResult, createCaller } from "./call-app.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook resend`, also called `replay`. */
export function registerResend(program: Command, context: CommandContext): void {
  explain(program.command("resend"), {
    summary: "send recorded deliveries to the app again",
    description:
      "Sends the recorded bytes and headers unchanged to your app (not through the relay) and records the attempt. Exit 0 when every answer was 2xx, 3 when the app cannot be reached, else 1.",
    examples: ["devhook resend latest", "devhook resend 0193a1b2-c3d4 latest~1 --to http://localhost:9000"],
  })
    .alias("replay")
    .argument("<id...>", "ids, unique beginnings of ids, latest, or latest~N")
    .option("--to <url>", `another app: ${TARGET_RULE} (default: the one of the last attempt)`)
    .option("--insecure", "accept a self-signed certificate of the app")
    .option("--json", "one JSON object a line: {id, attempt, target, status, ms, error}")
    .option("--yes", `do not ask before more than ${ASK_ABOVE} deliveries`)
    .action(async (ids: readonly string[], flags: ResendFlags) => resend(ids, flags, { context, call: createCaller(context.clock) }));
}

type ResendFlags = { readonly to?: string; readonly insecure?: boolean; readonly json?: boolean; readonly yes?: boolean };

/** More than this at once is rarely meant. */
const ASK_ABOVE = 20;
/** Errors that say that there is no app, rather than that it answered badly. */
const UNREACHABLE = new Set(["app-refused", "app-unreachable"]);

async function resend(
  ids: readonly string[],
  flags: ResendFlags,
  { context, call }: { readonly context: CommandContext; readonly call: Caller },
): Promise<void> {
  const { settings } = await resolveSettings(context, { insecure: flags.insecure });
  const to = flags.to === undefined ? undefined : requireTarget(flags.to);
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    // all are looked at before the first is sent: a wrong id must not leave half of the work done
    const known = [...new Set(ids.map((id) => history.resolve(id)))];
    const targets = new Map(known.map((id) => [id, targetOf(requireSendable(history, id), to, settings)]));
    await confirm(known.length, flags, context);

    let unreachable = 0;
    let bad = 0;
    for (const [id, target] of targets) {
      const result = await resendOne(id, { target, history, call, context, timeoutMs: settings.timeoutMs });
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

type OneResend = {
  readonly target: AppTarget;
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

async function resendOne(id: string, { target, history, call, context, timeoutMs }: OneResend): Promise<OneResult> {
  const delivery = requireSendable(history, id);
  const at = context.clock.now();
  const attempt = (delivery.attempts.at(-1)?.n ?? 0) + 1;
  const stop = new AbortController();
  // during the call only: the app may have the request, so its attempt must be recorded; at any other time a signal may end the process
  const ignore = context.onSignal(() => stop.abort());
  const result = await call(requestOf(delivery), delivery.body.bytes, { target, attempt, timeoutMs, stop: stop.signal }).finally(ignore);
  const called = target.url.origin + target.path + delivery.target;
  const { head, body, timings, error } = result;
  const n = history.recordAttempt(id, {
    kind: "resend",
    at,
    target: called,
    ...(head !== undefined && { head, body }),
    timings,
    ...(error !== undefined && { error }),
  });
  const status = head?.status ?? null;
  return {
    line: lineOf({ id, at, delivery, target, result, context }),
    json: JSON.stringify({ id, attempt: n, target: called, status, ms: timings.total, error: error ?? null }),
    is2xx: error === undefined && status !== null && status >= 200 && status < 300,
    error,
    interrupted: stop.signal.aborted,
  };
}

function requestOf({ id, receivedAt, tunnel, method, target, base, headers, forwarded, upgrade }: Delivery): CapturedRequest {
  return { id, receivedAt, tunnel, method, target, base, headers, forwarded, upgrade };
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
  readonly delivery: Delivery;
  readonly target: AppTarget;
  readonly result: CallResult;
  readonly context: CommandContext;
};

/** `14:02:31 0193a1b2-c3d4 200 4ms POST /webhooks/x → http://localhost:8000` */
function lineOf({ id, at, delivery, target, result, context }: LineParts): string {
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  const { head, timings, error } = result;
  const paint = head === undefined || head.status >= 500 ? colours.bad : head.status >= 400 ? colours.warn : colours.ok;
  const request = `${sanitizeLine(delivery.method, 20)} ${sanitizeLine(delivery.target, 160)}`;
  const facts = `${clockTime(at)} ${id.slice(0, 18)} ${paint(String(head?.status ?? "ERR"))} ${Math.round(timings.total)}ms ${request} → ${target.url.origin}${target.path}`;
  return error === undefined
    ? facts
    : `${facts} ${colours.bad(`${error.code}: ${sanitizeLine(error.message)}`)}; ${sanitizeLine(error.hint)}`;
}
