import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { compareDeliveries } from "../compare/compare-deliveries.ts";
import { openRecordedBody, type RecordedContent } from "../inspect/recorded-body.ts";
import type { History } from "../ledger/history.ts";
import type { AttemptHead, DeliveryHead, RecordedBody } from "../ledger/records.ts";
import { changesBetween } from "../resending/resend-result.ts";
import { attemptOf } from "../tui/detail/answer-line.ts";
import type { AttemptChange, DetailContent, OpenedBody } from "../tui/detail/content.ts";
import { bodyForm, openDetail } from "../tui/detail/open-detail.ts";
import { openDiff } from "../tui/detail/open-diff.ts";
import type { RowReasons } from "../tui/list/explain-line.ts";
import type { BodyMode, Look, PaneDocument } from "../tui/model.ts";
import { selectedRow } from "../tui/state/list-state.ts";
import type { DetailState, ScreenState } from "../tui/state/state.ts";
import { recordedVerification } from "../verifying/recorded-verification.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import { sentenceOf } from "./telling.ts";

export type DetailsOptions = {
  readonly history: Pick<History, "get" | "head" | "body" | "answerBody" | "sentBody">;
  readonly catalogue: Catalogue;
  readonly secrets: Pick<KnownSecrets, "facts">;
  /** something has been opened that is to be shown */
  readonly onLoaded: () => void;
  /** The history cannot be read. Told once until it can be read again. */
  readonly onFault: (text: string) => void;
};

/** What the panes look up about single deliveries. */
export type Details = {
  /** The selected tab of the selected delivery, or the comparison; undefined when it is not there any more. */
  readonly document: (state: ScreenState, look: Look, columns: number) => PaneDocument | undefined;
  readonly reasons: (id: string | undefined) => RowReasons;
  /** Lines of the document that was shown last which hold a text. */
  readonly find: (needle: string) => readonly number[];
  /** These deliveries have changed. */
  readonly forget: (ids: readonly string[]) => void;
  /** Everything is drawn anew. */
  readonly restyle: () => void;
};

/** Deliveries that are kept open: as many as one goes back and forth between. */
const KEPT = 20;
/** Of bodies that are larger, only the one looked at last stays open: what is made of one takes several times as much memory. Bytes. */
const LARGE = 1_048_576;
/** Larger bodies are compared by their bytes alone, so that no key waits for members and lines. Bytes. */
const MOST_COMPARED = 262_144;
/** Lines that a search finds at most: nobody goes through more. */
const MOST_FOUND = 10_000;

/** What is known of one delivery. */
type Opened = {
  readonly head: DeliveryHead;
  /** by what is opened, and how */
  readonly bodies: Map<string, OpenedBody>;
  /** keys of those among them that are large */
  readonly large: Set<string>;
  /** by number of an attempt: whether its body is the received one; undefined: what is recorded does not say */
  readonly same: Map<number, boolean | undefined>;
};

/** A body of a delivery. */
type BodyName = { readonly what: "request" } | { readonly what: "answer" | "sent"; readonly attempt: AttemptHead };

/** Reads what is looked at, when it is looked at, and keeps it for a while. */
export function createDetails({ history, catalogue, secrets, onLoaded, onFault }: DetailsOptions): Details {
  const kept = new Map<string, Opened>();
  /** the document that was shown last, and what it was made for */
  let last: { readonly key: string; readonly ids: readonly string[]; readonly document: PaneDocument | undefined } | undefined;
  /** counts whatever makes a document another one without a change of what is asked for */
  let version = 0;
  let isFaulty = false;

  /** What is drawn goes on without what cannot be read. */
  function within<T>(work: () => T): T | undefined {
    try {
      const result = work();
      isFaulty = false;
      return result;
    } catch (error) {
      if (!isFaulty) onFault(sentenceOf(error));
      isFaulty = true;
      return undefined;
    }
  }

  function opened(id: string): Opened | undefined {
    const known = kept.get(id);
    if (known !== undefined) {
      kept.delete(id);
      kept.set(id, known);
      return known;
    }
    const head = history.head(id);
    if (head === undefined) return undefined;
    const fresh: Opened = { head, bodies: new Map(), large: new Set(), same: new Map() };
    kept.set(id, fresh);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return fresh;
  }

  /** @param except what begins the keys of those that stay: they are shown together */
  function closeLarge(shown: Opened, except: string): void {
    for (const delivery of kept.values()) {
      for (const key of delivery.large) {
        if (delivery === shown && key.startsWith(except)) continue;
        delivery.bodies.delete(key);
        delivery.large.delete(key);
      }
    }
  }

  /** A body is decoded beside what is drawn: it comes with a later frame. */
  function bodyOf(delivery: Opened, name: BodyName, mode: BodyMode): OpenedBody {
    const pane = `${mode} ${name.what === "request" ? "" : name.attempt.n} `;
    const key = `${pane}${name.what}`;
    const known = delivery.bodies.get(key);
    if (known !== undefined) return known;
    const { head } = delivery;
    const { headers, body } = recorded(head, name);
    if ((body?.bytes.length ?? 0) > LARGE) {
      closeLarge(delivery, pane);
      delivery.large.add(key);
    }
    delivery.bodies.set(key, { state: "loading" });
    const put = (opening: OpenedBody): void => {
      delivery.bodies.set(key, opening);
      version += 1;
      onLoaded();
    };
    const complete = name.what !== "request" || head.complete;
    openRecordedBody({ headers, body: body ?? NO_BODY, complete, ...bodyForm(mode) }).then(
      (view) => put({ state: "open", view }),
      (error: unknown) => put({ state: "fault", text: sentenceOf(error) }),
    );
    return { state: "loading" };
  }

  function recorded(head: DeliveryHead, name: BodyName): Pick<RecordedContent, "headers"> & { readonly body: RecordedBody | undefined } {
    switch (name.what) {
      case "request":
        return { headers: head.headers, body: history.body(head.id) };
      case "answer":
        return { headers: name.attempt.head?.headers ?? [], body: history.answerBody(head.id, name.attempt.n) };
      case "sent":
        return { headers: name.attempt.request?.headers ?? [], body: history.sentBody(head.id, name.attempt.n) };
    }
  }

  /** Whether the attempts that did not send what was received sent its body all the same. Bodies are read once, and only where their sizes do not tell. */
  function sameBodies({ head, same }: Opened, attempts: readonly AttemptHead[]): ReadonlyMap<number, boolean> {
    let received: RecordedBody | undefined;
    for (const { n, request } of attempts) {
      if (request === undefined || same.has(n)) continue;
      if (request.body.total !== head.body.total) {
        same.set(n, false);
        continue;
      }
      received ??= history.body(head.id);
      const sent = history.sentBody(head.id, n);
      same.set(n, received === undefined || sent === undefined ? undefined : isSame(received, sent));
    }
    return new Map([...same].flatMap(([n, is]) => (is === undefined ? [] : [[n, is] as const])));
  }

  function contentOf(id: string, { tab, mode, attempt }: DetailState, note: string | undefined): DetailContent | undefined {
    const delivery = opened(id);
    if (delivery === undefined) return undefined;
    const { head } = delivery;
    const provider = head.provider === undefined ? undefined : catalogue.find(head.provider);
    const untouched: OpenedBody = { state: "loading" };
    const shown = tab === "response" ? attemptOf(head, attempt) : undefined;
    const same = sameBodies(delivery, tab === "tries" ? head.attempts : shown === undefined ? [] : [shown]);
    return {
      head,
      note,
      verification: recordedVerification(head),
      request: tab === "body" ? bodyOf(delivery, { what: "request" }, mode) : untouched,
      answer: shown === undefined ? untouched : bodyOf(delivery, { what: "answer", attempt: shown }, mode),
      sent:
        shown?.request === undefined || same.get(shown.n) === true ? undefined : bodyOf(delivery, { what: "sent", attempt: shown }, mode),
      sameBodies: same,
      provider,
      secrets: provider === undefined ? undefined : secrets.facts(provider),
      changes: new Map<number, AttemptChange>(changesBetween(head.attempts)),
    };
  }

  function make(state: ScreenState, look: Look, columns: number): PaneDocument | undefined {
    const { detail } = state;
    if (detail.diff !== undefined) {
      const [before, after] = [history.get(detail.diff.before), history.get(detail.diff.after)];
      if (before === undefined || after === undefined) return undefined;
      const labels = { before: labelOf(before.seq, before.id), after: labelOf(after.seq, after.id) };
      return openDiff(compareDeliveries(before, after, { mostBytes: MOST_COMPARED }), labels, { columns, look });
    }
    const row = selectedRow(state.list);
    const content = row === undefined ? undefined : contentOf(row.id, detail, row.note);
    if (content === undefined) return undefined;
    const { wrap, mode, folded, attempt } = detail;
    return openDetail(detail.tab, content, { columns, look, wrap, mode, folded, attempt });
  }

  return {
    document: (state, look, columns) => {
      const { tab, wrap, mode, folded, attempt, diff } = state.detail;
      const id = selectedRow(state.list)?.id ?? "";
      const key = JSON.stringify([version, id, tab, wrap, mode, [...folded], attempt, diff, columns]);
      if (last?.key === key) return last.document;
      const document = within(() => make(state, look, columns));
      last = isFaulty ? undefined : { key, ids: diff === undefined ? [id] : [diff.before, diff.after], document };
      return document;
    },
    reasons: (id) => {
      const head = id === undefined ? undefined : within(() => opened(id)?.head);
      if (head === undefined) return {};
      return { verdict: recordedVerification(head)?.reason ?? undefined, error: head.attempts.at(-1)?.error };
    },
    find: (needle) => (needle === "" ? [] : (last?.document?.find(needle, MOST_FOUND) ?? [])),
    forget: (ids) => {
      let isKnown = false;
      for (const id of ids) isKnown = kept.delete(id) || last?.ids.includes(id) === true || isKnown;
      if (isKnown) version += 1;
    },
    restyle: () => {
      version += 1;
    },
  };
}

const NO_BODY: RecordedBody = { bytes: Buffer.alloc(0), total: 0, truncated: false };

/** Of two bodies of one size. @returns undefined when they differ in nothing that is recorded, but not all is */
function isSame(some: RecordedBody, other: RecordedBody): boolean | undefined {
  const kept = Math.min(some.bytes.length, other.bytes.length);
  if (!some.bytes.subarray(0, kept).equals(other.bytes.subarray(0, kept))) return false;
  return some.truncated || other.truncated ? undefined : true;
}

function labelOf(seq: number, id: string): string {
  return `#${seq} ${id.slice(0, 18)}`;
}
