import type { Command } from "commander";
import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError, ERROR_EXIT_CODES } from "../../shared/errors.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { type Outgoing, outgoingOf } from "../resending/outgoing.ts";
import { createResendNotes, type Remedies } from "../resending/resend-notes.ts";
import { lastTarget, requireSendable } from "../resending/resend-one.ts";
import type { Signers } from "../resending/resign.ts";
import { type ResolvedSettings, resolveSettings, type Settings } from "../settings/config.ts";
import { resolvePaths } from "../settings/paths.ts";
import { readSecrets, secretsOf } from "../settings/secrets.ts";
import { parseTarget, TARGET_RULE } from "../settings/target.ts";
import { askYes } from "./ask-yes.ts";
import type { CommandContext } from "./context.ts";
import { editRequest } from "./edit-request.ts";
import { explain } from "./explain.ts";
import { FILTER_HELP } from "./filter-help.ts";
import { parseCount, parseCallbackUrl } from "./parse-option.ts";
import { type Job, sendAll, type Work } from "./resend-all.ts";
import { type ChangeFlags, readChanges } from "./resend-changes.ts";
import { createResendCount } from "./resend-result.ts";

/** Adds `devhook resend`, also called `replay`. */
export function registerResend(program: Command, context: CommandContext): void {
  explain(program.command("resend"), {
    summary: "send recorded deliveries to the app again",
    description:
      "Sends the recorded bytes and headers unchanged to your app (not through the relay) and records the attempt. With --resign the signature is made anew, so that its time is the present; -H, --body, --edit and --callback-url send something else, and what was sent is recorded as well. Exit 0 when every answer was 2xx, 3 when the app cannot be reached, else 1.",
    examples: ["devhook resend latest --edit --resign", "devhook resend --filter 'is:failed age:<1h' --to http://localhost:9000"],
  })
    .alias("replay")
    .argument("[id...]", "ids, unique beginnings of ids, latest, or latest~N")
    .option("--filter <expression>", `${FILTER_HELP}, the oldest first`, createFilter)
    .option("--to <url>", `another app: ${TARGET_RULE} (default: the one of the last attempt)`)
    .option("--resign", "sign each anew as its provider would now, with the secret that you have stored")
    .option("--provider <id>", "with --resign or --callback-url: who sent those that nobody was recognised for")
    .option("--callback-url <url>", "put this URL in the place of the one that your app is to call, and sign anew", parseCallbackUrl)
    .option("-H, --header <header>", "'Name: value' in place of headers of that name; repeatable", collect)
    .option("--body <body>", "@file or - (stdin) in place of the body")
    .option("--edit", "change the request in your editor (VISUAL, EDITOR) first; one delivery only")
    .option("--concurrency <n>", `send so many at once; 1: one after the other (default: ${AT_ONCE})`, parseCount)
    .option("--insecure", "accept a self-signed certificate of the app")
    .option("--json", "one JSON object a line: {id, attempt, target, status, ms, error, change}, and edited, resigned where true")
    .option("--yes", `do not ask before more than ${ASK_ABOVE} deliveries`)
    .action(async (ids: readonly string[], flags: ResendFlags) => resend(ids, flags, context));
}

type ResendFlags = ChangeFlags & {
  readonly filter?: Filter;
  readonly to?: string;
  readonly provider?: string;
  readonly edit?: boolean;
  readonly concurrency?: number;
  readonly insecure?: boolean;
  readonly json?: boolean;
  readonly yes?: boolean;
};

/** More than this at once is rarely meant. */
const ASK_ABOVE = 20;
/** Calls at once: an app on this machine is quick with few, and a slow answer does not hold up the rest. */
const AT_ONCE = 4;
const REMEDIES: Remedies = {
  resign: "--resign makes a new one",
  callbackUrl: "--callback-url URL has it call another place",
};

async function resend(ids: readonly string[], flags: ResendFlags, context: CommandContext): Promise<void> {
  refuseContradictions(ids, flags);
  const resolved = await resolveSettings(context, { insecure: flags.insecure });
  const { settings } = resolved;
  const to = flags.to === undefined ? undefined : requireTarget(flags.to);
  const changes = await readChanges(flags, context);
  const signers = await openSigners(flags, resolved, context);
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    const work = { changes, signers, history, settings };
    // all are looked at before the first is sent: a wrong id must not leave half of the work done
    const { known, leftOut } = flags.filter === undefined ? byIds(history, ids) : byFilter(history, flags.filter);
    for (const reason of leftOut) context.stderr.write(`! left out: ${sanitizeLine(reason, 400)}\n`);
    if (flags.edit === true && known.length !== 1)
      throw new DevhookError("usage", { what: `--edit is for one delivery, and these are ${known.length}`, fix: "name the one to edit" });
    const notes = createResendNotes(signers, { remedies: REMEDIES, now: context.clock.now() });
    const jobs: Job[] = [];
    let redirected = 0;
    for (const id of known) {
      const delivery = requireSendable(history, id);
      const now = context.clock.now();
      const outgoing = outgoingOf(delivery, { changes, signers, now });
      if (outgoing.isRedirected) redirected += 1;
      const target = targetOf(delivery, to, settings);
      const edited = flags.edit === true ? await edit(delivery, { work, outgoing, target, context }) : undefined;
      jobs.push({ id, target, ...(edited !== undefined && { edited }) });
      notes.add(delivery, edited === undefined ? outgoing : outgoingOf(delivery, { changes, signers, now, edited }));
    }
    if (changes.callbackUrl !== undefined && redirected === 0) throw nothingToRedirect(known, signers);
    for (const note of notes.lines()) context.stderr.write(`! ${sanitizeLine(note)}\n`);
    await confirm(known.length, flags, context);

    const count = createResendCount(jobs.length, context.clock);
    const isInterrupted = await sendAll(jobs, {
      work,
      concurrency: flags.concurrency ?? AT_ONCE,
      json: flags.json === true,
      count,
      context,
    });
    if (isInterrupted) context.outcome.code = ERROR_EXIT_CODES.interrupted;
    else if (count.of("unreachable") > 0) context.outcome.code = ERROR_EXIT_CODES["app-unreachable"];
    else if (count.of("answered") + count.of("failed") + leftOut.length > 0) context.outcome.code = 1;
  } finally {
    history.close();
  }
}

/** @throws {DevhookError} `usage` */
function refuseContradictions(ids: readonly string[], { provider, resign, callbackUrl, filter, edit: isEdit, body }: ResendFlags): void {
  if (provider !== undefined && resign !== true && callbackUrl === undefined)
    throw new DevhookError("usage", { what: "--provider needs --resign or --callback-url", why: "nothing else depends on who sent it" });
  if (ids.length > 0 === (filter !== undefined))
    throw new DevhookError("usage", { what: "which deliveries?", fix: "give ids, or --filter with an expression, not both" });
  if (isEdit === true && body === "-")
    throw new DevhookError("usage", {
      what: "--edit and --body - cannot go together",
      why: "both need stdin",
      fix: "write it to a file: --body @file",
    });
}

function nothingToRedirect(ids: readonly string[], { catalogue }: Signers): DevhookError {
  const known = catalogue.providers.filter(({ event }) => event.callbackUrl !== undefined).map(({ id }) => id);
  return new DevhookError("usage", {
    what: `${ids.length === 1 ? `delivery ${ids[0]} names` : "these deliveries name"} no URL for your app to call`,
    why: `such a URL is known in deliveries of: ${known.join(", ")}`,
    fix: "leave --callback-url out",
  });
}

type Editing = { readonly work: Work; readonly outgoing: Outgoing; readonly target: AppTarget; readonly context: CommandContext };

/** What a person makes of a request; undefined when nothing. @throws {DevhookError} `usage`, `interrupted` */
async function edit(delivery: Delivery, { work, outgoing, target, context }: Editing): Promise<SentRequest | undefined> {
  const { changes, signers } = work;
  const now = context.clock.now();
  const edited = await editRequest(outgoing.request, {
    remarks: [
      `Sent to ${target.url.origin}${target.path} once you have saved this and closed the editor; an empty file sends nothing.`,
      "Lines that begin with # are left out above the request line, and nowhere else. Content-Length is set by itself.",
      outgoing.isResigned ? "The signature is made anew afterwards." : "The signature stays as it is here: --resign makes a new one.",
    ],
    check: (request) => void outgoingOf(delivery, { changes, signers, now, edited: request }),
    context,
  });
  if (edited === undefined) context.stderr.write("! nothing was changed in the editor\n");
  return edited;
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

/** Secrets are read where something is signed. */
async function openSigners(flags: ResendFlags, { ownProviders }: ResolvedSettings, context: CommandContext): Promise<Signers> {
  const isSigning = flags.resign === true || flags.callbackUrl !== undefined;
  const stored = isSigning ? await readSecrets(resolvePaths(context).secretsFile) : {};
  return {
    catalogue: createCatalogue(ownProviders),
    secretsOf: (one) => secretsOf(one, { flags: {}, env: context.env }, stored),
    provider: flags.provider,
  };
}

/** @throws {DevhookError} `usage` when nobody says where */
function targetOf(delivery: Delivery, to: URL | undefined, settings: Settings): AppTarget {
  const url = to ?? lastTarget(delivery);
  if (url === undefined) {
    throw new DevhookError("usage", {
      what: `delivery ${delivery.id} was never sent to an app`,
      fix: "say where it should go: --to http://localhost:8000",
    });
  }
  const { hostHeader, headers, insecure } = settings;
  return { url: new URL(url.origin), path: url.pathname.replace(/\/+$/, ""), hostHeader, headers, insecure };
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

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
