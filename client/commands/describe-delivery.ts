import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { headerPairs, type HeaderList } from "../../shared/http/headers.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import type { Attempt, Delivery } from "../ledger/records.ts";
import { clockTime } from "../output/clock-time.ts";
import type { Colours } from "../output/colours.ts";
import { recordedVerification } from "../verifying/recorded-verification.ts";
import { describeBody } from "./describe-body.ts";
import { describeVerification } from "./describe-verification.ts";

/** A header value that is longer is a token or a cookie, which nobody reads. */
const HEADER_LIMIT = 1000;

/** What is shown of a delivery, and how. */
export type DeliveryView = {
  readonly attempts: readonly Attempt[];
  readonly catalogue: Pick<Catalogue, "find">;
  readonly colours: Colours;
};

/** A delivery for a person: what came, what its signature says, then each attempt. Safe to print. */
export async function describeDelivery(delivery: Delivery, { attempts, catalogue, colours }: DeliveryView): Promise<readonly string[]> {
  const { id, method, target, receivedAt, tunnel, forwarded, headers, body } = delivery;
  const facts: readonly (readonly [string, string])[] = [
    ["received", `${dayOf(receivedAt)} ${clockTime(receivedAt)}, from ${sanitizeLine(forwarded.for, 100)}, ${forwarded.proto}`],
    ["tunnel", sanitizeLine(tunnel)],
    ["state", stateOf(delivery)],
    ...(delivery.verification === undefined ? [["signature", sanitizeLine(delivery.verdict ?? "not checked")] as const] : []),
    ...(delivery.provider === undefined ? [] : [["provider", sanitizeLine(`${delivery.provider} ${delivery.event ?? ""}`)] as const]),
    ...(delivery.duplicateOf === undefined ? [] : [["repeats", repeatText(delivery)] as const]),
  ];
  const described = await Promise.all(attempts.map((attempt) => describeAttempt(attempt, delivery, colours)));
  return [
    `${colours.bold(`${sanitizeLine(method, 40)} ${sanitizeLine(target, 4000)}`)}`,
    `  ${"id".padEnd(11)}${id}`,
    ...facts.map(([name, value]) => `  ${name.padEnd(11)}${value}`),
    ...signatureLines(delivery, catalogue, colours),
    "",
    colours.bold("Request headers"),
    ...headerLines(headers, colours),
    "",
    ...(await describeBody("Request body", { headers, body, complete: delivery.complete, all: "--raw body" }, colours)),
    ...described.flatMap((lines) => ["", ...lines]),
  ];
}

function repeatText(delivery: Delivery): string {
  const same = recordedVerification(delivery)?.duplicate?.sameBytes;
  const bytes = same === true ? ", the same bytes" : same === false ? ", with other bytes" : "";
  return `${sanitizeLine(delivery.duplicateOf ?? "")}${bytes}`;
}

function signatureLines(delivery: Delivery, catalogue: Pick<Catalogue, "find">, colours: Colours): readonly string[] {
  const verification = recordedVerification(delivery);
  if (verification === undefined) return [];
  const provider = verification.provider === null ? undefined : catalogue.find(verification.provider);
  const lines = describeVerification(verification, { provider, secrets: undefined, clock: "receipt", colours });
  return ["", colours.bold("Signature"), ...lines.map((line) => (line.startsWith("  ") ? line : `  ${line}`))];
}

function stateOf({ state, held, owed, attempts }: Delivery): string {
  const count = attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`;
  const held_ = held ? ", held by devhook" : "";
  return `${state}, ${count}${held_}${owed ? ", still owed to your app" : ""}`;
}

async function describeAttempt(attempt: Attempt, delivery: Delivery, colours: Colours): Promise<readonly string[]> {
  const { n, kind, at, target, head, body, timings, error } = attempt;
  const title = colours.bold(`Attempt ${n} (${kind}) ${clockTime(at)} → ${sanitizeLine(target, 4000)}`);
  const took = timings === undefined ? "not over" : `${Math.round(timings.total)} ms`;
  const fault =
    error === undefined
      ? []
      : [`  ${colours.bad("✗")} ${sanitizeLine(error.code)}: ${sanitizeLine(error.message)}`, `    ${sanitizeLine(error.hint)}`];
  const changes = await changeLines(attempt, delivery, colours);
  if (head === undefined) return [title, ...changes, `  no answer, ${took}`, ...fault];
  const status = sanitizeLine(`${head.status} ${head.reason}`.trim(), 200);
  const paint = head.status >= 500 ? colours.bad : head.status >= 400 ? colours.warn : colours.ok;
  return [
    title,
    ...changes,
    `  ${paint(status)} in ${took}`,
    ...fault,
    ...headerLines(head.headers, colours),
    ...(await describeBody(
      "Response body",
      { headers: head.headers, body, complete: true, all: `--raw response --attempt ${n}` },
      colours,
    )),
  ];
}

/** What an attempt sent otherwise than it was received; empty for one that sent it as it was. */
async function changeLines({ n, request }: Attempt, delivery: Delivery, colours: Colours): Promise<readonly string[]> {
  if (request === undefined) return [];
  const old = linesOf(delivery.headers);
  const fresh = linesOf(request.headers);
  const isOtherTarget = request.method !== delivery.method || request.target !== delivery.target;
  const recorded = { bytes: request.body, total: request.body.length, truncated: false };
  const body = { headers: request.headers, body: recorded, complete: true, all: `--raw body --attempt ${n}` };
  return [
    "  sent with changes:",
    ...(isOtherTarget ? [`  ${colours.warn("+")} ${sanitizeLine(request.method, 40)} ${sanitizeLine(request.target, 4000)}`] : []),
    ...old.filter((line) => !fresh.includes(line)).map((line) => `  ${colours.bad("-")} ${sanitizeLine(line, HEADER_LIMIT)}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `  ${colours.ok("+")} ${sanitizeLine(line, HEADER_LIMIT)}`),
    ...(request.body.equals(delivery.body.bytes) ? [] : await describeBody("Sent body", body, colours)),
  ];
}

function linesOf(headers: HeaderList): readonly string[] {
  return headerPairs(headers).map(([name, value]) => `${name}: ${value}`);
}

function headerLines(headers: HeaderList, colours: Colours): readonly string[] {
  const lines: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    lines.push(`  ${colours.dim(`${sanitizeLine(headers[i] ?? "", 200)}:`)} ${sanitizeLine(headers[i + 1] ?? "", HEADER_LIMIT)}`);
  }
  return lines.length === 0 ? ["  none"] : lines;
}

function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
