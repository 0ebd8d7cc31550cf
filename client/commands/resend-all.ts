import { setMaxListeners } from "node:events";
import { DevhookError } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { History } from "../ledger/history.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { createColours } from "../output/colours.ts";
import type { Settings } from "../settings/config.ts";
import { type Caller, createCaller } from "./call-app.ts";
import type { CommandContext } from "./context.ts";
import { inTurn } from "./in-turn.ts";
import { type Changes, outgoingOf, targetFor } from "./resend-changes.ts";
import { changeSince, endOf, type ResendCount, type ResendResult, resultJson, resultLine } from "./resend-result.ts";
import type { Signers } from "./resign.ts";
import { writeResult } from "./write-result.ts";

/** What is sent, and where. */
export type Job = { readonly id: string; readonly target: AppTarget; readonly edited?: SentRequest };

/** What all jobs have in common. */
export type Work = { readonly changes: Changes; readonly signers: Signers; readonly history: History; readonly settings: Settings };

type Sending = {
  readonly work: Work;
  /** calls at once */
  readonly concurrency: number;
  readonly json: boolean;
  readonly count: ResendCount;
  readonly context: CommandContext;
};

/** Sends them, and says of each what came of it, in their order. @returns whether a signal ended it */
export async function sendAll(jobs: readonly Job[], { work, concurrency, json, count, context }: Sending): Promise<boolean> {
  const call = createCaller(context.clock);
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  const stop = new AbortController();
  // each call listens while it is open, and more than ten may be
  setMaxListeners(0, stop.signal);
  let isInterrupted = false;
  let told = Promise.resolve();

  async function tell(sent: ResendResult): Promise<void> {
    await writeResult(context.stdout, `${json ? resultJson(sent) : resultLine(sent, colours)}\n`);
  }

  async function one(job: Job): Promise<void> {
    const sending = resendOne(job, { work, call, stop: stop.signal, context });
    // whoever is first, they are told in their order; one that could not be recorded has nothing to tell
    told = told.then(async () => {
      const sent = await sending.catch(() => undefined);
      if (sent !== undefined) await tell(sent);
    });
    // nobody reads the results any more
    told.catch(() => stop.abort());
    count.add(endOf((await sending).result));
    const progress = context.isTTY.stderr && !context.isTTY.stdout ? count.progress() : undefined;
    if (progress !== undefined) context.stderr.write(`${progress}\n`);
  }

  // while calls are open: the app may have the requests, so the attempts must be recorded; at any other time a signal may end the process
  const ignore = context.onSignal(() => {
    isInterrupted = true;
    stop.abort();
  });
  await inTurn(jobs, { most: concurrency, stop: stop.signal }, one).finally(ignore);
  await told;
  if (jobs.length > 1 && !json) context.stderr.write(`${count.summary()}\n`);
  return isInterrupted;
}

type OneResend = { readonly work: Work; readonly call: Caller; readonly stop: AbortSignal; readonly context: CommandContext };

async function resendOne({ id, target: app, edited }: Job, { work, call, stop, context }: OneResend): Promise<ResendResult> {
  const { changes, signers, history, settings } = work;
  const delivery = requireSendable(history, id);
  const at = context.clock.now();
  const outgoing = outgoingOf(delivery, { changes, signers, now: at, ...(edited !== undefined && { edited }) });
  const { request, isEdited, isResigned } = outgoing;
  const target = targetFor(app, outgoing);
  const attempt = (delivery.attempts.at(-1)?.n ?? 0) + 1;
  const result = await call(requestOf(delivery, request), request.body, { target, attempt, timeoutMs: settings.timeoutMs, stop });
  const called = target.url.origin + target.path + request.target;
  const { head, body, timings, error } = result;
  const n = history.recordAttempt(id, {
    kind: "resend",
    at,
    target: called,
    ...((isEdited || isResigned) && { request }),
    ...(head !== undefined && { head, body }),
    timings,
    ...(error !== undefined && { error }),
  });
  const change = changeSince(delivery.attempts, result);
  return { id, attempt: n, at, called, app: target.url.origin + target.path, request, isEdited, isResigned, result, change };
}

/** The delivery as if it had come like this. */
function requestOf(delivery: Delivery, { method, target, headers }: SentRequest): CapturedRequest {
  const { id, receivedAt, tunnel, base, forwarded, upgrade } = delivery;
  return { id, receivedAt, tunnel, method, target, base, headers, forwarded, upgrade };
}

/** The delivery, when it can be sent again at all. @throws {DevhookError} `body-truncated`, `usage`, `not-found` */
export function requireSendable(history: History, id: string): Delivery {
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
