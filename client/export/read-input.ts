import type { ImportedDelivery } from "../ledger/records.ts";
import { readLines } from "./read-lines.ts";

/** A delivery of a file; or what is wrong with the file, in words that name the line or entry and quote nothing of it. */
export type InputItem = { readonly delivery: ImportedDelivery } | { readonly problem: string };

/** Deliveries of JSON lines, as delivery-line.ts writes them; it ends with the first problem. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<InputItem> {
  const { lineSchema } = await import("./input-schemas.ts");
  const { deliveryOfLine } = await import("./read-line.ts");
  for await (const line of readLines(chunks)) {
    if ("problem" in line) {
      yield { problem: `line ${line.number}: ${line.problem}` };
      return;
    }
    const json = parsed(line.text);
    const read = lineSchema.safeParse(json);
    if (!read.success) {
      const why = json === undefined ? "it is not JSON" : firstIssue(read.error.issues);
      yield { problem: `line ${line.number}: ${why}` };
      return;
    }
    yield { delivery: deliveryOfLine(read.data) };
  }
}

/**
 * Deliveries of a HAR file, each with one attempt; it ends with the first problem.
 * @param newId makes ids for entries of other programs
 */
export async function* readHar(file: Buffer, newId: (receivedAt: number) => string): AsyncGenerator<InputItem> {
  const { entrySchema, harSchema } = await import("./input-schemas.ts");
  const { deliveryOfEntry } = await import("./read-entry.ts");
  const json = parsed(file.toString("utf8").replace(/^\ufeff/, ""));
  const har = harSchema.safeParse(json);
  if (!har.success) {
    yield { problem: json === undefined ? "it is not JSON" : firstIssue(har.error.issues) };
    return;
  }
  for (const [index, entry] of har.data.log.entries.entries()) {
    const read = entrySchema.safeParse(entry);
    const item = read.success ? deliveryOfEntry(read.data, newId) : { problem: firstIssue(read.error.issues) };
    if ("problem" in item) {
      yield { problem: `log.entries.${index}: ${item.problem}` };
      return;
    }
    yield { delivery: item };
  }
}

/** Without the words of JSON.parse, which quote what they do not understand. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `request.headers.3.0: no header name` */
function firstIssue(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [issue] = issues;
  if (issue === undefined) return "it is not what it should be";
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}
