import { type Command, Option } from "commander";
import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../shared/errors.ts";
import { headerPairs } from "../../shared/http/headers.ts";
import { headerBytes, messageBytes } from "../export/message-bytes.ts";
import { isPlainText } from "../inspect/plain-text.ts";
import { openHistory } from "../ledger/history.ts";
import type { Attempt, Delivery, SentRequest } from "../ledger/records.ts";
import { createColours } from "../output/colours.ts";
import { readConfigFiles } from "../settings/config.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { describeDelivery } from "./describe-delivery.ts";
import { explain } from "./explain.ts";
import { parseCount } from "./parse-option.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook show`. */
export function registerShow(program: Command, context: CommandContext): void {
  explain(program.command("show"), {
    summary: "show one delivery with its attempts",
    description: "Shows what was received, what your app answered at each attempt, and with --raw the exact bytes of it.",
    examples: ["devhook show latest", "devhook show latest --raw body | sha256sum"],
  })
    .argument("<id>", "an id, the unique beginning of one, latest, or latest~N")
    .option("--json", "one JSON document; bodies in base64")
    .addOption(new Option("--raw <part>", "only these bytes, exactly as they were").choices(PARTS))
    .option("--attempt <n>", "only this attempt, and what it sent (default with --raw response: the last one)", parseCount)
    .action(async (id: string, flags: ShowFlags) => show(id, flags, context));
}

const PARTS = ["request", "response", "body", "headers"] as const;
type Part = (typeof PARTS)[number];

type ShowFlags = { readonly json?: boolean; readonly raw?: Part; readonly attempt?: number };

async function show(argument: string, { json, raw, attempt }: ShowFlags, context: CommandContext): Promise<void> {
  if (json === true && raw !== undefined) {
    throw new DevhookError("usage", { what: "--json and --raw cannot go together", fix: "give one of them" });
  }
  const delivery = readDelivery(argument, context);
  const attempts = attempt === undefined ? delivery.attempts : [requireAttempt(delivery, attempt)];
  const sent = attempt === undefined ? undefined : attempts[0]?.request;
  if (raw !== undefined) return writeRaw(raw, { delivery, attempts, sent, context });
  if (json === true) return writeResult(context.stdout, `${JSON.stringify(deliveryJson(delivery, attempts))}\n`);
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  // a configuration that is not accepted as a whole must not hide what came
  const { project, user } = await readConfigFiles(context);
  // of two with one id the later is found
  const catalogue = createCatalogue([...user.ownProviders, ...project.ownProviders]);
  const lines = await describeDelivery(delivery, { attempts, catalogue, colours });
  await writeResult(context.stdout, `${lines.join("\n")}\n`);
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

function requireAttempt({ id, attempts }: Delivery, n: number): Attempt {
  const found = attempts.find((each) => each.n === n);
  if (found !== undefined) return found;
  const why = attempts.length === 0 ? "it has no attempts yet" : `it has ${attempts.map((each) => each.n).join(", ")}`;
  throw new DevhookError("not-found", { what: `delivery ${id} has no attempt ${n}`, why });
}

type RawSource = {
  readonly delivery: Delivery;
  readonly attempts: readonly Attempt[];
  /** what the chosen attempt sent in place of the delivery */
  readonly sent: SentRequest | undefined;
  readonly context: CommandContext;
};

async function writeRaw(part: Part, { delivery, attempts, sent, context }: RawSource): Promise<void> {
  const { bytes, recorded, total } = part === "response" ? rawResponse(delivery, attempts.at(-1)) : rawRequest(part, delivery, sent);
  if (context.isTTY.stdout && !isPlainText(bytes)) {
    throw new DevhookError("usage", {
      what: "these bytes hold control characters that your terminal would act on",
      why: "they come from the sender or the app as they are",
      fix: `send them elsewhere: devhook show ${delivery.id} --raw ${part} > file`,
    });
  }
  await writeResult(context.stdout, bytes);
  if (recorded === total || part === "headers") return;
  throw new DevhookError("body-truncated", {
    what: `the body is not whole: ${recorded} of ${total} bytes are recorded`,
    why: delivery.complete ? "larger bodies are recorded up to 10 MiB" : "the sender did not send all of it, or it is still on its way",
  });
}

type RawBytes = { readonly bytes: Buffer; readonly recorded: number; readonly total: number };

function rawRequest(part: Exclude<Part, "response">, delivery: Delivery, sent: SentRequest | undefined): RawBytes {
  const { method, target, headers } = sent ?? delivery;
  const { body, complete } = delivery;
  const bytes = sent?.body ?? body.bytes;
  // one byte more than recorded stands for "nobody knows how many"
  const received = { recorded: body.bytes.length, total: complete ? body.total : Math.max(body.total, body.bytes.length + 1) };
  const sizes = sent === undefined ? received : { recorded: bytes.length, total: bytes.length };
  if (part === "body") return { bytes, ...sizes };
  if (part === "headers") return { bytes: headerBytes(headers), ...sizes };
  return { bytes: messageBytes(`${method} ${target} HTTP/1.1`, headers, bytes), ...sizes };
}

function rawResponse({ id }: Delivery, attempt: Attempt | undefined): RawBytes {
  if (attempt?.head === undefined) {
    const what = attempt === undefined ? `delivery ${id} has no attempts yet` : `attempt ${attempt.n} has no answer`;
    throw new DevhookError("not-found", { what, ...(attempt?.error !== undefined && { why: attempt.error.message }) });
  }
  const { head, body } = attempt;
  const bytes = messageBytes(`HTTP/1.1 ${head.status} ${head.reason}`, head.headers, body.bytes);
  return { bytes, recorded: body.bytes.length, total: body.total };
}

/** The JSON contract of `show`; what is not known is null. */
function deliveryJson(delivery: Delivery, attempts: readonly Attempt[]): object {
  const { id, receivedAt, tunnel, method, target, headers, body, complete } = delivery;
  return {
    id,
    receivedAt: new Date(receivedAt).toISOString(),
    tunnel,
    provider: delivery.provider ?? null,
    event: delivery.event ?? null,
    eventId: delivery.eventId ?? null,
    held: delivery.held,
    state: delivery.state,
    duplicateOf: delivery.duplicateOf ?? null,
    request: {
      method,
      target,
      headers: headerPairs(headers),
      bodyBase64: body.bytes.toString("base64"),
      bytes: body.total,
      truncated: body.truncated || !complete,
    },
    verdict: delivery.verdict ?? null,
    verification: delivery.verification === undefined ? null : (JSON.parse(delivery.verification) as unknown),
    attempts: attempts.map(attemptJson),
  };
}

function attemptJson({ n, kind, at, target, request, head, body, timings, error }: Attempt): object {
  return {
    n,
    kind,
    at: new Date(at).toISOString(),
    target,
    ...(request !== undefined && {
      request: {
        method: request.method,
        target: request.target,
        headers: headerPairs(request.headers),
        bodyBase64: request.body.toString("base64"),
      },
    }),
    status: head?.status ?? null,
    headers: head === undefined ? null : headerPairs(head.headers),
    bodyBase64: head === undefined ? null : body.bytes.toString("base64"),
    truncated: body.truncated,
    ms: timings?.total ?? null,
    error: error ?? null,
  };
}
