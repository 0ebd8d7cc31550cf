import { cellsOf, fitLine } from "../../terminal/cut-line.ts";
import { keyed } from "../frame/keyed.ts";
import { safeText } from "../frame/safe-text.ts";
import type { Look, Row } from "../model.ts";
import { type SignatureSign, signatureSign } from "./signature-sign.ts";

/** What is known about the selected row beyond it: of its verdict, and of the error of its newest attempt. Untrusted. */
export type RowReasons = {
  readonly verdict?: { readonly message: string; readonly hint: string } | undefined;
  readonly error?: { readonly message: string; readonly hint: string } | undefined;
};

/** Something to say about a row, safe to show. */
type Fact = Pick<SignatureSign, "glyph" | "meaning"> & {
  readonly text: string;
  /** what to do about it; empty: nothing */
  readonly hint: string;
};

/** Which fact comes first. */
const RANKS: Readonly<Record<Fact["meaning"], number>> = { bad: 0, warn: 1, ok: 2, dim: 3 };

/** Errors of an attempt: in words, what helps, and whether the same request may well be answered after that. */
const ERRORS: Readonly<Record<string, { readonly text: string; readonly help: string; readonly again?: true }>> = {
  "app-refused": { text: "nothing listens where your app should be", help: "start your app", again: true },
  "app-unreachable": { text: "your app cannot be reached", help: "check its host and port", again: true },
  "app-timeout": { text: "your app did not answer in time", help: "answer first and work afterwards", again: true },
  "app-stalled": { text: "your app stopped in the middle of its answer", help: "look for what it waits for", again: true },
  "app-reset": { text: "your app broke off its answer", help: "look at its log", again: true },
  "app-malformed": { text: "your app's answer is not HTTP", help: "look at how it writes responses" },
  "app-busy": { text: "all connections to your app were in use", help: "answer first and work afterwards", again: true },
  "sender-gone": { text: "the sender closed its connection before the answer", help: "answer first and work afterwards" },
  "sender-aborted": { text: "the sender broke off in the middle of its request", help: "it may send it again" },
  "link-lost": { text: "the link to the relay broke before the answer", help: "", again: true },
  "body-not-kept": { text: "the body is too large for its signature to be checked first", help: "" },
  stopped: { text: "devhook was stopped before the answer", help: "", again: true },
};

/** Words of an invalid signature, where the reason is not at hand. */
const SIGNATURES: Readonly<Record<string, string>> = {
  old: "the signature holds, and is too old",
  new: "the signature holds, and is of a time to come",
  miss: "this sender signs, and there is no signature",
  form: "the signature is malformed",
};

/** Percent of the time that a sender waits: what is worth a number, and what is worth a warning. */
const LEAST_PERCENT = 1;
const NEAR_PERCENT = 50;
/** Cells of a text below which a hint behind it gives way. */
const LEAST_TEXT = 24;

/** The selected row in words: the worst of it and what to do, then whatever else there is room for. Exactly `columns` cells. */
export function explainLine(row: Row, look: Look, columns: number, reasons: RowReasons = {}): string {
  const { style, glyphs, ascii } = look.theme;
  const number = `#${row.seq}`;
  const dot = ` ${glyphs.dot} `;
  const [main, ...others] = factsOf(row, look, reasons).toSorted((a, b) => RANKS[a.meaning] - RANKS[b.meaning]);
  if (main === undefined) return fitLine(` ${style.bold(number)}`, columns);

  const room = columns - 1 - `${number} x `.length - 1;
  const hint = main.hint === "" ? "" : dot + main.hint;
  const withHint = room - cellsOf(hint);
  const hasHint = hint !== "" && (withHint >= LEAST_TEXT || withHint >= cellsOf(main.text));
  const text = safeText(main.text, { ascii }, Math.max(0, hasHint ? withHint : room));
  let free = room - cellsOf(text) - (hasHint ? cellsOf(hint) : 0);
  let line = ` ${style.bold(number)} ${style[main.meaning](glyphs[main.glyph])} ${text}${hasHint ? style.bold(hint) : ""}`;
  for (const { glyph, meaning, text: more } of others) {
    // the dot between any two facts is sign enough for a remark
    const sign = glyph === "dot" ? "" : `${style[meaning](glyphs[glyph])} `;
    const cells = cellsOf(dot + sign + more);
    if (cells > free) break;
    line += dot + sign + more;
    free -= cells;
  }
  return fitLine(line, columns);
}

function factsOf(row: Row, look: Look, reasons: RowReasons): readonly Fact[] {
  return [answerFact(row, look, reasons), ...signatureFacts(row, look, reasons), ...otherFacts(row)];
}

function answerFact(row: Row, look: Look, { error }: RowReasons): Fact {
  const { theme } = look;
  const { state, status, lastError, ms, deadline } = row;
  if (lastError !== undefined) {
    const known = Object.hasOwn(ERRORS, lastError) ? ERRORS[lastError] : undefined;
    const help = safeText(known?.help ?? error?.hint ?? "", theme);
    const again = known?.again !== true ? "" : keyed(look, "resend", (key) => (help === "" ? `${key} sends it again` : `, then ${key}`));
    return { glyph: "bad", meaning: "bad", text: safeText(error?.message ?? known?.text ?? lastError, theme), hint: help + again };
  }
  if (state === "interrupted") {
    const hint = keyed(look, "resend", (key) => `${key} sends it again`);
    return { glyph: "bad", meaning: "bad", text: "devhook ended before your app had answered", hint };
  }
  const sender = row.provider === undefined ? "the sender" : safeText(row.provider, theme);
  const waits = deadline === undefined ? "" : `${sender} waits ${deadline} s`;
  if (status === undefined) {
    if (row.held) return { glyph: "waiting", meaning: "warn", text: "held: your app gets it later", hint: "" };
    return { glyph: "waiting", meaning: "warn", text: `your app has not answered yet${waits === "" ? "" : `; ${waits}`}`, hint: "" };
  }

  const took = ms === undefined ? "" : ` in ${Math.round(ms)} ms`;
  const percent = deadline === undefined || ms === undefined ? 0 : Math.floor(ms / (deadline * 10));
  if (percent >= 100) {
    const hint = "answer first and work afterwards";
    return { glyph: "bad", meaning: "bad", text: `${status}${took}: too late, ${waits}`, hint };
  }
  if (status >= 400) {
    const meaning = status >= 500 ? "bad" : "warn";
    return {
      glyph: meaning,
      meaning,
      text: `your app answered ${status}${took}`,
      hint: keyed(look, "tab-response", (key) => `${key} shows its answer`),
    };
  }
  const isNear = percent >= NEAR_PERCENT;
  const part = percent >= LEAST_PERCENT ? `, ${percent} % of the ${deadline} s that ${sender} waits` : waits === "" ? "" : `; ${waits}`;
  return { glyph: isNear ? "warn" : "ok", meaning: isNear ? "warn" : "ok", text: `${status}${took}${part}`, hint: "" };
}

function signatureFacts(row: Row, look: Look, { verdict }: RowReasons): readonly Fact[] {
  const { theme } = look;
  const { glyph, meaning, word } = signatureSign(row);
  switch (row.verdict) {
    case "valid":
      return [{ glyph, meaning, text: "signature ok", hint: "" }];
    case "invalid": {
      const text =
        verdict === undefined ? (SIGNATURES[word] ?? "the signature does not match") : `signature: ${safeText(verdict.message, theme)}`;
      return [{ glyph, meaning, text, hint: keyed(look, "tab-signature", (key) => `${key} shows why`) }];
    }
    case "no-secret": {
      const whose = row.provider === undefined ? "" : ` of ${safeText(row.provider, theme)}`;
      return [
        { glyph, meaning, text: `signature not checked: no secret${whose}`, hint: keyed(look, "secrets", (key) => `${key} adds one`) },
      ];
    }
    case "unsigned":
      return [{ glyph, meaning, text: "it carries no signature", hint: "" }];
    case "unknown-scheme":
      return [{ glyph, meaning, text: "nobody knows how it is signed", hint: "" }];
    default:
      return [];
  }
}

function otherFacts({ duplicateOf, sameBytes, edited, attempts }: Row): readonly Fact[] {
  const facts: Fact[] = [];
  if (duplicateOf !== undefined) {
    const differs = sameBytes === false;
    const text = `repeats an earlier event${differs ? ", with other bytes" : sameBytes === true ? ", the same bytes" : ""}`;
    facts.push({ glyph: differs ? "warn" : "dot", meaning: differs ? "warn" : "dim", text, hint: "" });
  }
  if (edited) facts.push({ glyph: "dot", meaning: "dim", text: "last sent with changes", hint: "" });
  if (attempts > 1) facts.push({ glyph: "dot", meaning: "dim", text: `${attempts} tries`, hint: "" });
  return facts;
}
