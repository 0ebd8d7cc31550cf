import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import { version } from "../../shared/version.ts";
import { copyTextOf } from "../export/copy-text.ts";
import { knownSecrets } from "../export/known-secrets.ts";
import { writeExport } from "../export/write-export.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { StoredHistory } from "../ledger/history.ts";
import type { Delivery } from "../ledger/records.ts";
import { createCaller } from "../resending/call-app.ts";
import type { EditDraft } from "../resending/edit-draft.ts";
import { requestOf } from "../resending/edit-draft.ts";
import { outgoingOf } from "../resending/outgoing.ts";
import { createResendNotes } from "../resending/resend-notes.ts";
import { requireSendable, resendOne } from "../resending/resend-one.ts";
import type { ResendResult } from "../resending/resend-result.ts";
import type { Signers } from "../resending/resign.ts";
import type { ListState } from "../tui/state/list-state.ts";
import type { DeliveryActions } from "./actions.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import type { ScreenTarget } from "./messages.ts";
import type { Said, Telling } from "./telling.ts";

export type DeliverySurroundings = {
  readonly telling: Telling;
  readonly history: StoredHistory;
  readonly catalogue: Catalogue;
  readonly secrets: KnownSecrets;
  readonly clock: Clock;
  /** where exports are written */
  readonly folder: string;
  /** where secrets stand that exports must not tell */
  readonly paths: Parameters<typeof knownSecrets>[0];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly target: () => ScreenTarget;
  readonly tunnel: () => string | undefined;
  readonly list: () => ListState;
  /** records of these deliveries have changed; undefined: of any */
  readonly onChanged: (ids: readonly string[] | undefined) => void;
};

/** What somebody should know of a resend: in few words, what to do, and all of it. */
type Note = { readonly text: string; readonly remedy: string | undefined; readonly whole: string };

/** Sends at once: as `devhook resend`. */
const AT_ONCE = 4;

/** The work of the screen on recorded deliveries, and one resend of an edited one. */
export function createDeliveryActions(surroundings: DeliverySurroundings): DeliveryActions & {
  readonly sendDraft: (draft: EditDraft) => Promise<Said>;
} {
  const { history, catalogue, secrets, clock, onChanged, telling } = surroundings;
  const signers: Signers = { catalogue, provider: undefined, secretsOf: secrets.of };
  const call = createCaller(clock);
  const stop = new AbortController();
  /** what a person can do about a note, here */
  const remedies = {
    resign: telling.key("re-sign", "signs it anew") ?? "sign it anew",
    callbackUrl: telling.key("edit", "puts another URL in") ?? "put another URL in",
    doubt: telling.key("tab-signature", "shows its check"),
  };
  const answerKey = telling.key("tab-response", "shows the answer");

  function send(id: string, what: Pick<Parameters<typeof resendOne>[1], "changes" | "edited">): Promise<ResendResult> {
    const target = surroundings.target();
    return resendOne(
      { history, call, clock, signers, timeoutMs: target.timeoutMs },
      { id, target: appTarget(target), stop: stop.signal, ...what },
    ).finally(() => onChanged([id]));
  }

  async function resend(ids: readonly string[], { resign }: { readonly resign: boolean }): Promise<Said> {
    const changes = { resign };
    const [only] = ids;
    if (only !== undefined && ids.length === 1) {
      const note = noteOf(only, resign);
      return resentOne(await send(only, { changes }), note);
    }
    const ends = { ok: 0, otherwise: 0, failed: 0 };
    const waiting = [...ids];
    /** of the first that has not reached the app: most often, it is that of all */
    let first: Said | undefined;
    async function work(): Promise<void> {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          const { result } = await send(id, { changes });
          if (result.error !== undefined) {
            ends.failed += 1;
            const { text, remedy } = telling.attempt(result.error);
            first ??= { kind: "error", text, ...(remedy !== undefined && { remedy }) };
          } else if (isOk(result.head?.status)) ends.ok += 1;
          else ends.otherwise += 1;
        } catch (error) {
          if (!(error instanceof DevhookError)) throw error;
          first ??= telling.fault(error);
          ends.failed += 1;
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const counts = `${ends.ok} answered 2xx, ${ends.otherwise} otherwise`;
    const kind = ends.ok === ids.length ? "ok" : "warning";
    if (first === undefined) return { kind, text: `${ids.length} sent again: ${counts}, 0 failed` };
    // what went wrong comes first: a narrow row loses the rest
    const text = `${ids.length} sent again: ${ends.failed} failed, ${counts} (${first.text})`;
    return { ...first, kind, text, ...(first.whole !== undefined && { whole: `${text} ${first.whole}` }) };
  }

  /** What a person should know of a delivery that goes out again. */
  function noteOf(id: string, resign: boolean): Note | undefined {
    const delivery = requireSendable(history, id);
    const now = clock.now();
    const notes = createResendNotes(signers, { remedies, now });
    notes.add(delivery, outgoingOf(delivery, { changes: { resign }, signers, now }));
    const [line] = notes.lines();
    if (line === undefined) return undefined;
    const remedy = [remedies.resign, remedies.callbackUrl].find((each) => line.endsWith(`; ${each}`)) ?? remedies.doubt;
    const whole = telling.named(line.replace(`${id}: `, ""));
    return { whole, remedy, text: whole.split(/; |, too old/, 1).join("") };
  }

  function resentOne({ result, change: become, isEdited, isResigned }: ResendResult, note: Note | undefined): Said {
    const { head, error, timings } = result;
    const how = [...(isEdited ? ["edited"] : []), ...(isResigned ? ["signed anew"] : [])].join(", ");
    const fault = error === undefined ? undefined : telling.attempt(error);
    const words = { fixed: "fixed", "still-failing": "still failing", regressed: "regressed", same: "" };
    const verdict = become === undefined || words[become] === "" ? "" : `${words[become]}, `;
    const well = error === undefined && isOk(head?.status);
    const began = `sent again${how === "" ? "" : ` (${how})`}: `;
    const end = fault?.text ?? `${head?.status ?? "no status"} in ${Math.round(timings.total)} ms`;
    const isNoted = note !== undefined && fault === undefined;
    const text = `${began}${verdict}${end}${isNoted ? ` · ${note.text}` : ""}`;
    const remedy = isNoted ? note.remedy : (fault?.remedy ?? (well ? undefined : answerKey));
    const hint = error === undefined ? "" : `. ${error.hint}`;
    const whole = `${began}${verdict}${end}${hint}${note === undefined ? "" : ` · ${note.whole}`}`;
    return {
      kind: well ? (note === undefined ? "ok" : "warning") : "error",
      text,
      ...(remedy !== undefined && { remedy }),
      ...(whole !== text && { whole }),
    };
  }

  function change(ids: readonly string[], work: () => void): undefined {
    work();
    onChanged(ids);
  }

  function requireDelivery(id: string): Delivery {
    const delivery = history.get(id);
    if (delivery !== undefined) return delivery;
    throw new DevhookError("not-found", { what: "this delivery has been removed from the history meanwhile" });
  }

  return {
    resend,
    sendDraft: async (draft) => resentOne(await send(draft.delivery.id, requestOf(draft)), undefined),
    mark: (ids, { on }) => change(ids, () => history.setMarked(ids, on)),
    pin: (ids, { on }) => {
      change(ids, () => history.setPinned(ids, on));
      return { kind: "ok", text: on ? "pinned: it stays in the history whatever its age" : "no longer pinned" };
    },
    note: (id, text) => change([id], () => history.setNote(id, text.trim())),
    remove: (ids) => {
      const { removed, kept } = history.remove(ids);
      onChanged(ids);
      const owed = kept.length === 0 ? "" : `; ${kept.length} stay: your app is still owed ${kept.length === 1 ? "it" : "them"}`;
      return { kind: kept.length === 0 ? "ok" : "warning", text: `${counted(removed.length)} deleted${owed}` };
    },
    clear: async () => {
      const tunnel = surroundings.tunnel();
      const newest = surroundings.list().rows.at(-1)?.seq ?? 0;
      const clearing = history.clear({ ...(tunnel !== undefined && { tunnel }), upToSeq: newest });
      let removed = 0;
      for (let step = clearing.step(); step > 0; step = clearing.step()) {
        removed += step;
        // keys and deliveries come in between
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      onChanged(undefined);
      return { kind: "ok", text: `${counted(removed)} deleted` };
    },
    exportAs: async (form, ids) => {
      const known = [...(await knownSecrets(surroundings.paths, surroundings.env)), ...secrets.all()];
      const { path, notes } = await writeExport({ history, ids, form, folder: surroundings.folder, secrets: known, version });
      const [note] = notes;
      return { kind: note === undefined ? "ok" : "info", text: `written to ${path}${note === undefined ? "" : ` · ${note}`}` };
    },
    copyText: (what, id) => copyTextOf(requireDelivery(id), what),
  };
}

/** The app, for a forwarder. */
function appTarget({ origin, path, headers, hostHeader, insecure }: ScreenTarget): AppTarget {
  return { url: new URL(origin), path, headers, hostHeader, insecure };
}

function isOk(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function counted(count: number): string {
  return count === 1 ? "1 delivery" : `${count} deliveries`;
}
