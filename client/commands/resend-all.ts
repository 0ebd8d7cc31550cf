import { setMaxListeners } from "node:events";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { SentRequest } from "../ledger/records.ts";
import { createColours } from "../output/colours.ts";
import { createCaller } from "../resending/call-app.ts";
import type { Changes } from "../resending/outgoing.ts";
import { type Resender, resendOne } from "../resending/resend-one.ts";
import { endOf, type ResendResult } from "../resending/resend-result.ts";
import type { Settings } from "../settings/config.ts";
import type { CommandContext } from "./context.ts";
import { inTurn } from "./in-turn.ts";
import { type ResendCount, resultJson, resultLine } from "./resend-result.ts";
import { writeResult } from "./write-result.ts";

/** What is sent, and where. */
export type Job = { readonly id: string; readonly target: AppTarget; readonly edited?: SentRequest };

/** What all jobs have in common. */
export type Work = Pick<Resender, "history" | "signers"> & { readonly changes: Changes; readonly settings: Settings };

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
  const { changes, settings, ...sender } = work;
  const resender = { ...sender, call: createCaller(context.clock), clock: context.clock, timeoutMs: settings.timeoutMs };
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
    const sending = resendOne(resender, { ...job, changes, stop: stop.signal });
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
