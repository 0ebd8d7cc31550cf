import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import { curlCommand } from "../export/curl.ts";
import type { History } from "../ledger/history.ts";
import {
  applyHeaderText,
  applyText,
  changesOf,
  draftHeaderText,
  draftOf,
  draftText,
  type EditDraft,
  requestOf,
  switched,
} from "../resending/edit-draft.ts";
import { outgoingOf } from "../resending/outgoing.ts";
import { requireSendable } from "../resending/resend-one.ts";
import type { ScreenEvent } from "../tui/state/reduce.ts";
import type { FormView } from "../tui/state/state.ts";
import type { FormActions } from "./actions.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import type { MainCaller } from "./main-caller.ts";
import type { ScreenTarget } from "./messages.ts";
import type { Said } from "./telling.ts";

export type FormSurroundings = {
  readonly history: Pick<History, "get">;
  readonly catalogue: Catalogue;
  readonly secrets: Pick<KnownSecrets, "of">;
  readonly clock: Clock;
  readonly main: Pick<MainCaller, "call">;
  readonly target: () => ScreenTarget;
  readonly deliveries: { readonly sendDraft: (draft: EditDraft) => Promise<Said> };
};

/** Lines of the difference that the form has room for. */
const DIFF_LINES = 6;
const TICKS = [
  ["recomputeSignature", "recompute signature"],
  ["newTimestamp", "new timestamp"],
  ["newEventId", "new event id"],
] as const;

/** What is edited at the moment: the draft, and texts that could not be taken over, so that the next edit of them goes on from there. */
type Editing = {
  readonly draft: EditDraft;
  readonly broken: Partial<Record<Part, { readonly text: Buffer; readonly fault: string }>>;
};
type Part = "headers" | "body";

/** The form for an edited resend: one at a time. */
export function createFormActions({ history, catalogue, secrets, clock, main, target, deliveries }: FormSurroundings): FormActions {
  const signers = { catalogue, provider: undefined, secretsOf: secrets.of };
  let editing: Editing | undefined;
  /** the editor that has the terminal: a key that was held opens no second one */
  let opened: Promise<ScreenEvent> | undefined;

  function begin(id: string): Editing {
    const delivery = requireSendable(history, id);
    return { draft: draftOf(delivery, { signers, now: clock.now(), seed: randomBytes(16).toString("hex") }), broken: {} };
  }

  function current(): Editing {
    if (editing === undefined) throw new DevhookError("usage", { what: "nothing is being edited" });
    return editing;
  }

  function shown(next: Editing): ScreenEvent {
    editing = next;
    return { type: "form", form: viewOf(next, target()) };
  }

  async function edit(what: Part): Promise<ScreenEvent> {
    const { draft, broken } = current();
    const text = broken[what]?.text ?? (what === "headers" ? draftHeaderText(draft) : draftText(draft));
    const edited = await inEditor(text, what, (path) => main.call("edit", path));
    const applied = what === "headers" ? applyHeaderText(draft, edited) : applyText(draft, edited);
    const { [what]: _before, ...others } = broken;
    if (applied.kind === "draft") return shown({ draft: applied.draft, broken: others });
    const fault = `line ${applied.line}: ${applied.why}. ${applied.fix}`;
    return shown({ draft, broken: { ...others, [what]: { text: applied.text, fault } } });
  }

  return {
    open: (id) => {
      editing = begin(id);
      return { type: "open", overlay: { kind: "form", form: viewOf(editing, target()), index: 0 } };
    },
    tick: (tick) => {
      const { draft, ...rest } = current();
      const [choice] = TICKS.find(([name]) => name === tick) ?? [];
      return shown({ ...rest, draft: choice === undefined ? draft : switched(draft, choice) });
    },
    defaults: () => shown(begin(current().draft.delivery.id)),
    edit: (what) => {
      opened ??= edit(what).finally(() => {
        opened = undefined;
      });
      return opened;
    },
    curl: () => {
      const { draft } = current();
      const { delivery } = draft;
      const { request } = outgoingOf(delivery, { ...requestOf(draft), signers, now: clock.now() });
      return curlCommand({ ...delivery, ...request, body: { bytes: request.body, total: request.body.length, truncated: false } });
    },
    send: () => {
      const { draft, broken } = current();
      const fault = faultOf(broken);
      if (fault !== undefined) {
        throw new DevhookError("usage", {
          what: "the last edit cannot be sent",
          why: fault,
          fix: "edit it again, or d for what was there before",
        });
      }
      return deliveries.sendDraft(draft);
    },
  };
}

function viewOf({ draft, broken }: Editing, { origin, path }: ScreenTarget): FormView {
  const { delivery, request } = draft;
  const { headers, body, json, diff, more, remark } = changesOf(draft, DIFF_LINES);
  return {
    title: `Edit & resend #${delivery.seq}`,
    request: `${request.method} ${origin}${path}${request.target}`,
    ticks: TICKS.filter(([choice]) => draft[choice].fixed === undefined).map(([id, label]) => ({ id, label, on: draft[id].on })),
    fixed: TICKS.flatMap(([choice, label]) => {
      const { on, fixed } = draft[choice];
      return fixed === undefined ? [] : [{ label, on, why: inFewWords(fixed, delivery) }];
    }),
    headers,
    body,
    json,
    remark,
    diff: more > 0 ? [...diff, { sign: "+", text: `and ${more} more lines` }] : diff,
    fault: faultOf(broken),
  };
}

/** Why something cannot be chosen: without what to do at a command line, the delivery as its title has it. */
function inFewWords(why: string, { id, seq }: EditDraft["delivery"]): string {
  const [first = why] = why.split("; ", 1);
  return first.replace(`delivery ${id}`, `#${seq}`);
}

function faultOf({ headers, body }: Editing["broken"]): string | undefined {
  return (headers ?? body)?.fault;
}

/**
 * A text in the user's editor, in a file that nobody else can read and that is gone afterwards.
 * @throws {DevhookError} when the editor fails; what was written is kept then, and the error says where
 */
async function inEditor(text: Buffer, what: Part, open: (path: string) => Promise<void>): Promise<Buffer> {
  const path = join(await mkdtemp(join(tmpdir(), "devhook-edit-")), what === "headers" ? "headers.http" : "request.http");
  let isKept = false;
  try {
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
    await open(path);
    return await readFile(path);
  } catch (error) {
    const written = await readFile(path).catch(() => undefined);
    isKept = written?.equals(text) === false;
    if (!isKept || !(error instanceof DevhookError)) throw error;
    throw new DevhookError(error.code, {
      what: error.message,
      ...(error.why !== undefined && { why: error.why }),
      fix: `your edit is kept: ${path}`,
    });
  } finally {
    if (!isKept) await rm(dirname(path), { recursive: true, force: true });
  }
}
