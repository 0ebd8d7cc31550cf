import type { InputEvent, Key } from "./input-event.ts";
import { readSequence } from "./input-sequence.ts";
import type { StartTimer } from "./timer.ts";

/** Reads the bytes of a terminal; see {@link createInputParser}. */
export type InputParser = {
  readonly feed: (bytes: Buffer) => void;
  /** Forgets what has begun: the terminal was given to somebody else meanwhile. */
  readonly reset: () => void;
};

/** Characters of one paste that are kept. */
export const PASTE_LIMIT = 1024 * 1024;
/** An escape byte alone for so long was the key, milliseconds: over SSH the rest of an arrow key comes a little later. */
const ESCAPE_MS = 50;
/** What cannot be typed (`ESC [ <` …) is waited for longer, so that its rest does not come in as text. */
const SEQUENCE_MS = 500;
/** A paste whose end never comes must not keep the keyboard. */
const PASTE_MS = 1000;
/** More keys in one read, not all the same, were pasted: nobody types so fast. */
const MOST_TYPED = 3;

const PASTE_BEGIN = "\u001b[200~";
const PASTE_END = "\u001b[201~";
/** What typing, or a paste without brackets, consists of. */
const TYPED = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+/;
const CLUSTERS = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Turns the bytes of a terminal in raw mode into events, however they are split over reads. A held key gives one event a press. Text that comes in a burst
 * (a paste in a terminal that does not bracket it) counts as pasted, so that it presses no keys.
 * @param startTimer ends what stays incomplete; `emit` may be called by it
 */
export function createInputParser(emit: (event: InputEvent) => void, startTimer: StartTimer): InputParser {
  let decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** what has come and is no event yet */
  let pending = "";
  /** text since the begin of a bracketed paste */
  let paste: string | undefined;
  /** text of a burst, which may go on in the next read */
  let burst = "";
  let cancelTimer = (): void => undefined;

  function feed(bytes: Buffer): void {
    cancelTimer();
    pending += decoder.decode(bytes, { stream: true });
    // ends: every step takes something off `pending`, or says that it cannot
    while (pending !== "" && step());
    if (paste !== undefined) cancelTimer = startTimer(giveUp, PASTE_MS);
    else if (pending !== "") cancelTimer = startTimer(giveUp, pending.length > 2 ? SEQUENCE_MS : ESCAPE_MS);
    else if (burst !== "") cancelTimer = startTimer(giveUp, ESCAPE_MS);
  }

  /** @returns whether something was taken off `pending` */
  function step(): boolean {
    if (paste !== undefined) return readPaste(paste);
    const typed = TYPED.exec(pending)?.[0];
    if (typed !== undefined) {
      pending = pending.slice(typed.length);
      readTyped(typed);
      return true;
    }
    const found = readSequence(pending);
    if (found === undefined) return false;
    endBurst();
    if (pending.startsWith(PASTE_BEGIN)) paste = "";
    else if (found.event !== undefined) emit(found.event);
    pending = pending.slice(found.length);
    return true;
  }

  function readPaste(before: string): boolean {
    const end = pending.indexOf(PASTE_END);
    if (end !== -1) {
      endPaste(before + pending.slice(0, end));
      pending = pending.slice(end + PASTE_END.length);
      return true;
    }
    // the end of this read may be the beginning of the end
    let kept = Math.min(pending.length, PASTE_END.length - 1);
    while (!PASTE_END.startsWith(pending.slice(pending.length - kept))) kept -= 1;
    // one more than is kept, so that it shows that there was more
    paste = (before + pending.slice(0, pending.length - kept)).slice(0, 2 * PASTE_LIMIT + 1);
    pending = pending.slice(pending.length - kept);
    return false;
  }

  function endPaste(text: string): void {
    paste = undefined;
    const lines = text.replaceAll(/\r\n?/g, "\n");
    if (lines !== "") emit({ type: "paste", text: lines.slice(0, PASTE_LIMIT), cut: lines.length > PASTE_LIMIT });
  }

  function readTyped(text: string): void {
    if (burst !== "" || isBurst(text)) {
      burst = (burst + text).slice(0, 2 * PASTE_LIMIT + 1);
      return;
    }
    for (const { segment } of CLUSTERS.segment(text)) emit({ type: "key", key: keyOf(segment) });
  }

  /** A line that ends with the enter key came from a program, or from somebody quick; pasted lines are several, or end with none. */
  function endBurst(): void {
    const text = burst;
    burst = "";
    if (text === "") return;
    const isLine = /^[^\r\n]+\r$/.test(text);
    endPaste(isLine ? text.slice(0, -1) : text);
    if (isLine) emit({ type: "key", key: keyOf("\r") });
  }

  /** Nothing more came in time. */
  function giveUp(): void {
    if (paste !== undefined) {
      endPaste(paste + pending);
      pending = "";
    }
    endBurst();
    const rest = pending;
    pending = "";
    if (rest.length > 2) emit({ type: "reply", text: rest.slice(1) });
    else if (rest.length === 2 && rest !== "\u001b\u001b") emit({ type: "key", key: { ...keyOf(rest.slice(1)), meta: true, text: "" } });
    else
      for (let i = 0; i < rest.length; i++) emit({ type: "key", key: { name: "esc", ctrl: false, meta: false, shift: false, text: "" } });
  }

  return {
    feed,
    reset: () => {
      cancelTimer();
      decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      pending = "";
      paste = undefined;
      burst = "";
    },
  };
}

function isBurst(text: string): boolean {
  const clusters = Array.from(CLUSTERS.segment(text.slice(0, 64)), ({ segment }) => segment);
  return clusters.length > MOST_TYPED && new Set(clusters).size > 1;
}

/** The key that types `cluster`. */
function keyOf(cluster: string): Key {
  const plain = { ctrl: false, meta: false, shift: false };
  if (cluster === "\t") return { ...plain, name: "tab", text: "" };
  if (cluster.startsWith("\r") || cluster === "\n") return { ...plain, name: "enter", text: "" };
  return { ...plain, name: cluster === " " ? "space" : cluster, text: cluster };
}
