import type { Row } from "../model.ts";

/** What is remarkable about a delivery. */
export type RowNote = {
  /** as much as fits; untrusted when the user wrote it or a code is not known */
  readonly text: string;
  readonly meaning: "bad" | "warn" | "dim" | "plain";
};

/** Part of the time that a sender waits, from which it is worth a word. */
const NEAR_DEADLINE = 0.5;

/** Errors of an attempt in a word; others stand for themselves, without the `app-` that most begin with. */
const ERRORS: Readonly<Record<string, string>> = {
  "app-refused": "refused",
  "app-unreachable": "no route",
  "app-timeout": "timeout",
  "app-stalled": "stalled",
  "app-malformed": "malformed",
  "app-reset": "reset",
  "app-busy": "busy",
  "sender-gone": "sender gone",
  "sender-aborted": "aborted",
  "link-lost": "link lost",
};

/**
 * The note of a row in at most `cells` cells of words that fit whole (the first may not): what the user wrote, or else what went wrong, how the sender's
 * time was used, and how the newest attempt came about.
 */
export function rowNote(row: Row, cells: number): RowNote {
  if (row.note !== undefined && row.note !== "") return { text: row.note, meaning: "plain" };
  const { lastError, deadline, ms } = row;
  const words: string[] = [];
  let meaning: RowNote["meaning"] = "dim";
  if (lastError !== undefined) {
    words.push((Object.hasOwn(ERRORS, lastError) ? ERRORS[lastError] : undefined) ?? lastError.replace(/^app-/, ""));
    meaning = "bad";
  } else if (row.state === "interrupted") {
    words.push("interrupted");
    meaning = "bad";
  }
  const used = deadline === undefined || ms === undefined ? 0 : ms / (deadline * 1_000);
  if (used >= 1) {
    words.push("too late");
    meaning = "bad";
  } else if (used >= NEAR_DEADLINE) {
    words.push(`${Math.floor(used * 100)}% of ${deadline}s`);
    if (meaning === "dim") meaning = "warn";
  }
  if (row.held) words.push("held");
  if (row.edited) words.push("edited");
  else if (row.lastKind === "resend") words.push("resend");
  if (row.lastKind === "trigger") words.push("test");
  if (row.duplicateOf !== undefined) {
    words.push(row.sameBytes === false ? "dup differs" : "dup");
    if (row.sameBytes === false && meaning === "dim") meaning = "warn";
  }
  if (row.attempts > 1) words.push(`try ${row.attempts}`);
  if (words.length === 0) return { text: row.state === "pending" ? "waiting" : "", meaning };

  let text = words[0] ?? "";
  for (const word of words.slice(1)) if (text.length + 2 + word.length <= cells) text += `, ${word}`;
  return { text, meaning };
}
