import type { Command } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import { headerPairs } from "../../shared/http/headers.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { isPlainText } from "../inspect/plain-text.ts";
import { noSecret, signMessage } from "../resending/sign-message.ts";
import { resolvePaths } from "../settings/paths.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { readSecrets, secretsOf } from "../settings/secrets.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { openCatalogue } from "./open-catalogue.ts";
import { parseMethod, parseTime, parseUrl } from "./parse-option.ts";
import { messageOfBody, type MessageFlags, readBodyArgument, withFlags } from "./read-message.ts";
import { secretOfVariable } from "./secret-flags.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook sign`. */
export function registerSign(program: Command, context: CommandContext): void {
  explain(program.command("sign"), {
    summary: "sign a body as a provider would",
    description:
      "Prints the headers that the provider would send with this body. Where the scheme writes into the body, an empty line and the new body follow; where it writes into the URL, a request line comes first.",
    examples: [
      "devhook sign @body.json --provider stripe",
      "devhook sign - --provider moltify --secret-env MOLTIFY_SECRET --json < body.json",
    ],
  })
    .argument("<body>", "@file or - (stdin): the raw body")
    .requiredOption("--provider <id>", "as whom: an id of `devhook providers`")
    .option("--scheme <id>", "one of its schemes (default: the first that fits)")
    .option("--secret-env <name>", "the variable that holds the secret (default: DEVHOOK_SECRET_ID, else the stored one)")
    .option("--at <time>", "signed at this time: ISO 8601 or milliseconds (default: now)", parseTime)
    .option("--url <url>", "the public URL that is called, for schemes that sign it", parseUrl)
    .option("--method <method>", "the request method, for schemes that sign it (default: POST)", parseMethod)
    .option("--id <id>", "the message id, for schemes that have one (default: made of body and time)")
    .option("--headers <file>", "other headers of the request: a JSON object, a JSON array of pairs, or header lines")
    .option("--json", "one JSON document: {provider, scheme, headers, bodyBase64, url}")
    .action(async (argument: string, flags: SignFlags) => signBody(argument, flags, context));
}

type SignFlags = MessageFlags & {
  readonly provider: string;
  readonly scheme?: string;
  readonly secretEnv?: string;
  /** milliseconds since 1970 */
  readonly at?: number;
  readonly id?: string;
  readonly json?: boolean;
};

async function signBody(argument: string, flags: SignFlags, context: CommandContext): Promise<void> {
  const provider = requireProvider(await openCatalogue(context), flags.provider);
  const secret = await secretFor(provider, flags, context);
  const body = await readBodyArgument(argument, context);
  if (body === undefined) {
    throw new DevhookError("usage", {
      what: `${JSON.stringify(argument)} is no body`,
      why: "accepted: @file, or - for stdin",
      fix: "a recorded delivery is signed anew by: devhook resend ID --resign",
    });
  }
  const message = await withFlags(messageOfBody(body), flags, context);
  const { scheme, id, at: now = context.clock.now() } = flags;
  const signed = signMessage({ provider, secret, message, now, scheme, id });
  const changedBody = signed.body.equals(body) ? undefined : signed.body;
  const changedUrl = signed.url === message.url ? undefined : signed.url;
  const headers = headerPairs(signed.headers);

  if (flags.json === true) {
    const document = {
      provider: provider.id,
      scheme: signed.scheme,
      headers,
      ...(changedBody !== undefined && { bodyBase64: changedBody.toString("base64") }),
      ...(changedUrl !== undefined && { url: changedUrl }),
    };
    return writeResult(context.stdout, `${JSON.stringify(document)}\n`);
  }
  const lines = [
    ...(changedUrl === undefined ? [] : [`${message.method} ${changedUrl} HTTP/1.1`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
  const bytes = changedBody === undefined ? head : Buffer.concat([head, Buffer.from("\n"), changedBody]);
  if (context.isTTY.stdout && !isPlainText(bytes)) {
    throw new DevhookError("usage", {
      what: "the result holds control characters that your terminal would act on",
      fix: "take it as JSON (--json), or send it to a file",
    });
  }
  await writeResult(context.stdout, bytes);
}

/** The first of several: the one that a sender signs with. @throws {DevhookError} `usage` */
async function secretFor(provider: Provider, { secretEnv }: SignFlags, context: CommandContext): Promise<string> {
  const secrets =
    secretEnv === undefined
      ? secretsOf(provider, { flags: {}, env: context.env }, await readSecrets(resolvePaths(context).secretsFile))
      : secretOfVariable(secretEnv, context);
  const [first] = secrets;
  if (first !== undefined) return first;
  throw noSecret(provider);
}
