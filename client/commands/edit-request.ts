import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import type { SentRequest } from "../ledger/records.ts";
import { editableText, isEmptied, readEditedText } from "../resending/editable-text.ts";
import { framedHeaders } from "../resending/replace-headers.ts";
import type { CommandContext } from "./context.ts";
import { requireEditor, runEditor } from "./run-editor.ts";

/** How a request is edited. */
export type EditOptions = {
  /** lines above it, for the person */
  readonly remarks: readonly string[];
  /** what throws here keeps the file as well */
  readonly check: (edited: SentRequest) => void;
  readonly context: CommandContext;
};

/**
 * Has a person edit a request, in a file that nobody else can read. What has been written there is kept when it cannot be used.
 * @returns undefined when nothing was changed
 * @throws {DevhookError} `usage` naming line and file when it is no request any more; `interrupted` when everything was deleted
 */
export async function editRequest(request: SentRequest, { remarks, check, context }: EditOptions): Promise<SentRequest | undefined> {
  const editor = requireEditor(context);
  const path = join(await mkdtemp(join(tmpdir(), "devhook-edit-")), "request.http");
  const before = editableText(request, remarks);
  let isKept = false;
  try {
    await writeFile(path, before, { mode: 0o600, flag: "wx" });
    const failure = await runEditor(editor, path, context).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const after = await readFile(path).catch(() => undefined);
    if (failure !== undefined) {
      isKept = after !== undefined && !after.equals(before);
      throw failure.error;
    }
    if (after === undefined)
      throw new DevhookError("usage", { what: `the editor has left no file at ${path}`, why: "nothing has been sent" });
    if (after.equals(before)) return undefined;
    if (isEmptied(after)) throw new DevhookError("interrupted", { what: "nothing has been sent: the request is empty" });
    isKept = true;
    const edited = requireRequest(after);
    check(edited);
    isKept = false;
    return edited;
  } catch (error) {
    throw isKept ? withPath(error, path) : error;
  } finally {
    if (!isKept) await rm(dirname(path), { recursive: true, force: true });
  }
}

function requireRequest(file: Buffer): SentRequest {
  const edited = readEditedText(file);
  if (edited.kind === "fault") {
    throw new DevhookError("usage", { what: `the edited request cannot be sent: line ${edited.line} is not right`, why: edited.why });
  }
  const { request } = edited;
  return { ...request, headers: framedHeaders(request.headers, request.body.length) };
}

/** The error with the place where the edit is kept. */
function withPath(error: unknown, path: string): DevhookError {
  const kept = `your edit is kept: ${path}`;
  if (!(error instanceof DevhookError)) return new DevhookError("internal", { what: messageOf(error), fix: kept, cause: error });
  const { message, why, fix, code } = error;
  const reason = [why, fix].filter((line) => line !== undefined).join("; ");
  return new DevhookError(code, { what: message, ...(reason !== "" && { why: reason }), fix: kept, cause: error });
}
