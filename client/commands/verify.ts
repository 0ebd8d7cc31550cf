import { type Command, Option } from "commander";
import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { Message } from "../../shared/signatures/message.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { reason } from "../../shared/signatures/reasons.ts";
import type { Verification } from "../../shared/signatures/verification.ts";
import { openHistory } from "../ledger/history.ts";
import type { Delivery } from "../ledger/records.ts";
import { createColours } from "../output/colours.ts";
import { resolvePaths } from "../settings/paths.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { parseSecrets, readSecrets, secretsOf } from "../settings/secrets.ts";
import { explainDelivery, judgeDelivery, type Jury, messageOf } from "../verifying/judge-delivery.ts";
import type { CommandContext } from "./context.ts";
import { describeVerification } from "./describe-verification.ts";
import { explain } from "./explain.ts";
import { openCatalogue } from "./open-catalogue.ts";
import { parseMethod, parseTime, parseUrl } from "./parse-option.ts";
import { messageOfBody, type MessageFlags, readBodyArgument, withFlags } from "./read-message.ts";
import { secretOfVariable, warnOfSecretFlag } from "./secret-flags.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook verify`. */
export function registerVerify(program: Command, context: CommandContext): void {
  explain(program.command("verify"), {
    summary: "say whether a signature holds, and why not",
    description:
      "Checks the signature of a recorded delivery, or of a raw body with the headers that came with it, and names the cause when it does not hold. Exit 0 when it is valid, else 1.",
    examples: ["devhook verify latest", "devhook verify @body.json --headers headers.txt --provider stripe --secret-env STRIPE_SECRET"],
  })
    .argument("<request>", "an id, the unique beginning of one, latest, latest~N; @file or - (stdin): a raw body")
    .option("--provider <id>", "who sends: an id of `devhook providers` (default: recognised from the headers)")
    .addOption(
      new Option("--secret <secret>", "the signing secret (better: --secret-env or devhook secrets set ID)").conflicts("secretEnv"),
    )
    .option("--secret-env <name>", "the variable that holds the signing secret (default: DEVHOOK_SECRET_ID, else the stored one)")
    .option("--url <url>", "the public URL that the sender called (default: as recorded)", parseUrl)
    .option("--at <time>", "check as at this time: ISO 8601 or milliseconds (default: of receipt; for a body: now)", parseTime)
    .option("--headers <file>", "a JSON object, a JSON array of pairs, or header lines (default: as recorded)")
    .option("--method <method>", "the request method (default: as recorded; for a body: POST)", parseMethod)
    .option("--json", "one JSON document: the verification")
    .action(async (argument: string, flags: VerifyFlags) => verifyRequest(argument, flags, context));
}

type VerifyFlags = MessageFlags & {
  readonly provider?: string;
  readonly secret?: string;
  readonly secretEnv?: string;
  /** milliseconds since 1970 */
  readonly at?: number;
  readonly json?: boolean;
};

async function verifyRequest(argument: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  const catalogue = await openCatalogue(context);
  const named = flags.provider === undefined ? undefined : requireProvider(catalogue, flags.provider);
  const given = givenSecrets(flags, context);
  const subject = await readSubject(argument, flags, context);
  const candidates = named === undefined ? candidatesOf(subject, catalogue) : [named];
  const stored = await readSecrets(resolvePaths(context).secretsFile);
  const jury: Jury = {
    catalogue,
    // a secret that is given belongs to whoever sent this
    secretsOf: (one) => (given !== undefined && candidates.includes(one) ? given : secretsOf(one, { flags: {}, env: context.env }, stored)),
  };
  const { verification, provider } = judgeSubject(subject, { candidates, jury });
  if (verification.verdict !== "valid") context.outcome.code = 1;

  if (flags.json === true) return writeResult(context.stdout, `${JSON.stringify(verification)}\n`);
  const lines = describeVerification(verification, {
    provider,
    secrets: provider === undefined ? undefined : jury.secretsOf(provider),
    clock: subject.clock,
    colours: createColours({ isTTY: context.isTTY.stdout, env: context.env }),
  });
  await writeResult(context.stdout, `${lines.join("\n")}\n`);
}

/** What is verified. */
type Subject = {
  readonly message: Message;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly clock: "now" | "receipt" | "given";
  /** undefined for a body that was given */
  readonly delivery: Delivery | undefined;
};

async function readSubject(argument: string, flags: VerifyFlags, context: CommandContext): Promise<Subject> {
  const body = await readBodyArgument(argument, context);
  const delivery = body === undefined ? readDelivery(argument, context) : undefined;
  const received = delivery === undefined ? messageOfBody(body ?? Buffer.alloc(0)) : messageOf(delivery, delivery.body.bytes);
  const message = await withFlags(received, flags, context);
  if (flags.at !== undefined) return { message, at: flags.at, clock: "given", delivery };
  return delivery === undefined
    ? { message, at: context.clock.now(), clock: "now", delivery }
    : { message, at: delivery.receivedAt, clock: "receipt", delivery };
}

function readDelivery(argument: string, context: CommandContext): Delivery {
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    const delivery = history.get(history.resolve(argument));
    if (delivery !== undefined) return delivery;
    throw new DevhookError("not-found", { what: `delivery ${argument} has been removed from the history meanwhile` });
  } finally {
    history.close();
  }
}

/** @returns undefined when neither flag was given. @throws {DevhookError} `usage` */
function givenSecrets({ secret, secretEnv }: VerifyFlags, context: CommandContext): readonly string[] | undefined {
  if (secretEnv !== undefined) return secretOfVariable(secretEnv, context);
  if (secret === undefined) return undefined;
  warnOfSecretFlag(context);
  return parseSecrets(secret);
}

/** Who may have sent it: by the headers, unless the user had named somebody else when it came. */
function candidatesOf({ message, delivery }: Subject, catalogue: Catalogue): readonly Provider[] {
  const recognised = catalogue.recognise(message);
  const recorded = delivery?.provider === undefined ? undefined : catalogue.find(delivery.provider);
  return recorded === undefined || recognised.includes(recorded) ? recognised : [recorded];
}

function judgeSubject(
  { message, at, delivery }: Subject,
  { candidates, jury }: { readonly candidates: readonly Provider[]; readonly jury: Jury },
): { readonly verification: Verification; readonly provider: Provider | undefined } {
  const part = delivery !== undefined && (delivery.body.truncated || !delivery.complete) ? delivery : undefined;
  // hashes that ran while the body streamed are gone with it
  const judged = judgeDelivery({ message, candidates, at, ...(part !== undefined && { streamed: () => undefined }) }, jury);
  if (judged === undefined) return { verification: unrecognised(message), provider: undefined };
  const { verification, provider } = judged;
  return {
    verification:
      part === undefined ? explainDelivery({ message, at, otherUrls: calledUrls(delivery) }, judged, jury) : ofPart(verification, part),
    provider,
  };
}

/** Where the app was called for a recorded delivery: senders sign for that by mistake. */
function calledUrls(delivery: Delivery | undefined): readonly string[] {
  return [...new Set(delivery?.attempts.map(({ target }) => target) ?? [])];
}

/** Nobody was recognised. */
function unrecognised({ headers }: Message): Verification {
  return {
    verdict: "unknown-scheme",
    provider: null,
    scheme: null,
    signature: "absent",
    time: "not-covered",
    covers: null,
    ageSeconds: null,
    reason: reason(
      "no-scheme",
      headers.length === 0 ? "Without headers nothing says who sent this" : "Nothing in this request says who sent it",
      headers.length === 0
        ? "give the headers that came with it: --headers FILE"
        : "name the sender: --provider ID (devhook providers lists them), or describe it in devhook.config.json",
    ),
    secretIndex: null,
    eventType: null,
    eventId: null,
    handshake: null,
  };
}

/** What holds of a delivery whose body is recorded in part: its event is as recorded, and the reason says how much is missing. */
function ofPart(verification: Verification, { body, complete, event, eventId, verdict }: Delivery): Verification {
  const known = { ...verification, eventType: event ?? null, eventId: eventId ?? null };
  if (verification.reason?.code !== "body-not-kept") return known;
  const much = `${body.bytes.length} of ${complete ? body.total : "an unknown number of"} bytes are recorded`;
  const before = verdict === undefined ? "" : `; the verdict when it came was ${verdict}`;
  const hint = complete ? verification.reason.hint : "have the sender send it again";
  return { ...known, reason: reason("body-not-kept", `The body is not whole in the history: ${much}${before}`, hint) };
}
