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
import type { DeliveryActions, Said } from "./actions.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import type { ScreenTarget } from "./messages.ts";

export type DeliverySurroundings = {
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

/** Sends at once: as `devhook resend`. */
const AT_ONCE = 4;
/** What a person can do about a note, here. */
const REMEDIES = { resign: "R signs it anew", callbackUrl: "devhook resend ID --callback-url URL puts your own in its place" };

/** The work of the screen on recorded deliveries, and one resend of an edited one. */
export function createDeliveryActions(surroundings: DeliverySurroundings): DeliveryActions & {
  readonly sendDraft: (draft: EditDraft) => Promise<Said>;
} {
  const { history, catalogue, secrets, clock, onChanged } = surroundings;
  const signers: Signers = { catalogue, provider: undefined, secretsOf: secrets.of };
  const call = createCaller(clock);
  const stop = new AbortController();

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
    let refusal: string | undefined;
    async function work(): Promise<void> {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          const { result } = await send(id, { changes });
          if (result.error !== undefined) ends.failed += 1;
          else if (isOk(result.head?.status)) ends.ok += 1;
          else ends.otherwise += 1;
        } catch (error) {
          if (!(error instanceof DevhookError)) throw error;
          refusal ??= error.message;
          ends.failed += 1;
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const text = `${ids.length} sent again: ${ends.ok} answered 2xx, ${ends.otherwise} otherwise, ${ends.failed} failed`;
    return { kind: ends.ok === ids.length ? "ok" : "warning", text: refusal === undefined ? text : `${text} (${refusal})` };
  }

  /** What a person should know of a delivery that goes out again. */
  function noteOf(id: string, resign: boolean): string | undefined {
    const delivery = requireSendable(history, id);
    const now = clock.now();
    const notes = createResendNotes(signers, { remedies: REMEDIES, now });
    notes.add(delivery, outgoingOf(delivery, { changes: { resign }, signers, now }));
    return notes.lines()[0]?.replace(`${id}: `, "");
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

function resentOne({ result, change, isEdited, isResigned }: ResendResult, note: string | undefined): Said {
  const { head, error, timings } = result;
  const how = [...(isEdited ? ["edited"] : []), ...(isResigned ? ["signed anew"] : [])].join(", ");
  const end = error === undefined ? `${head?.status ?? "no status"} in ${Math.round(timings.total)} ms` : `${error.message}. ${error.hint}`;
  const words = { fixed: "fixed", "still-failing": "still failing", regressed: "regressed: it was well before", same: "" };
  const verdict = change === undefined || words[change] === "" ? "" : `${words[change]}, `;
  const well = error === undefined && isOk(head?.status);
  const text = `sent again${how === "" ? "" : ` (${how})`}: ${verdict}${end}${note === undefined ? "" : ` · ${note}`}`;
  return { kind: well ? (note === undefined ? "ok" : "warning") : "error", text };
}

function isOk(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function counted(count: number): string {
  return count === 1 ? "1 delivery" : `${count} deliveries`;
}
