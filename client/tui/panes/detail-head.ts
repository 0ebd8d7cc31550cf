import { clockTime } from "../../output/clock-time.ts";
import { cellsOf, fitLine, fitText } from "../../terminal/cut-line.ts";
import { ruleLine } from "../frame/rule-line.ts";
import { signatureSign } from "../list/signature-sign.ts";
import { type Look, type Row, type Tab, TABS } from "../model.ts";

/** Lines above what a tab shows. */
export const HEAD_ROWS = 3;

/** From the longest to the shortest; the last has none but for the tab that is open. */
const NAMES: readonly Readonly<Record<Tab, string>>[] = [
  { summary: "Summary", headers: "Headers", body: "Body", response: "Response", signature: "Signature", tries: "Tries" },
  { summary: "Sum", headers: "Head", body: "Body", response: "Resp", signature: "Sign", tries: "Tries" },
  { summary: "", headers: "", body: "", response: "", signature: "", tries: "" },
];

/** Which delivery this is, and the tabs. */
export function detailHead(
  row: Row,
  tab: Tab,
  look: Look,
  { columns, focused }: { readonly columns: number; readonly focused: boolean },
): readonly string[] {
  return [titleLine(row, look, columns), tabsLine(row, tab, look, { columns, focused }), ruleLine(columns, look.theme.glyphs)];
}

/** Which two deliveries are compared; undefined stands for one that is not in the list any more. */
export function comparisonHead(
  { before, after }: { readonly before: Row | undefined; readonly after: Row | undefined },
  look: Look,
  columns: number,
): readonly string[] {
  const { theme, keymap } = look;
  const pair = [before, after];
  const numbers = ` ${pair.map((row) => (row === undefined ? "one that is gone" : `#${row.seq}`)).join(" and ")} `;
  const rows = pair.filter((row) => row !== undefined);
  const times = rows.map(({ receivedAt }) => ` ${clockTime(receivedAt)}`).join("");
  const requests = new Set(rows.map(({ method, path }) => `${method} ${path}`));
  const room = columns - numbers.length - times.length - 1;
  const text = fitText([...requests].join("  "), Math.max(0, room), { ascii: theme.ascii });
  const words = ` ${theme.style.bold("Two deliveries compared")}  ${theme.style.dim(`${keymap.keysOf("back")} back`)}`;
  return [
    fitLine(`${theme.style.bold(numbers)}${text}${theme.style.dim(`${times} `)}`, columns),
    fitLine(words, columns),
    ruleLine(columns, theme.glyphs),
  ];
}

function titleLine({ seq, method, path, event, receivedAt, pinned, note }: Row, { theme }: Look, columns: number): string {
  const number = ` #${seq} `;
  const time = ` ${clockTime(receivedAt)} `;
  const marks = `${pinned ? " *" : ""}${note === undefined ? "" : " ;"}`;
  const kind = event === undefined ? "" : `  ${event}`;
  const room = columns - number.length - time.length - marks.length;
  const text = fitText(`${method} ${path}${kind}`, Math.max(0, room), { ascii: theme.ascii });
  return fitLine(`${theme.style.bold(number)}${text}${marks}${theme.style.dim(time)}`, columns);
}

/** Names as long as there is room, else without what is not selected; the selected one in brackets. */
function tabsLine(row: Row, tab: Tab, look: Look, { columns, focused }: { readonly columns: number; readonly focused: boolean }): string {
  const { style } = look.theme;
  const painted = tabTexts(row, tab, look, columns).map(([each, text]) =>
    each !== tab ? style.dim(text) : focused ? style.selected(text) : style.bold(text),
  );
  return fitLine(` ${painted.join(" ")}`, columns);
}

/** The tab whose name stands at a column of the second line of {@link detailHead}. */
export function tabAt(
  row: Row,
  tab: Tab,
  look: Look,
  { columns, column }: { readonly columns: number; readonly column: number },
): Tab | undefined {
  let start = 1;
  for (const [each, text] of tabTexts(row, tab, look, columns)) {
    const end = start + cellsOf(text);
    if (column >= start && column < end) return each;
    start = end + 1;
  }
  return undefined;
}

function tabTexts(row: Row, tab: Tab, { theme, keymap }: Look, columns: number): readonly (readonly [tab: Tab, text: string])[] {
  const sign = signatureSign(row);
  const extras: Partial<Record<Tab, string>> = {
    signature: ` ${theme.style[sign.meaning](theme.glyphs[sign.glyph])}`,
    ...(row.attempts > 1 && { tries: ` ${row.attempts}` }),
  };
  const forms = NAMES.map((names) =>
    TABS.map((each) => {
      const name = names[each] === "" && each === tab ? (NAMES[1]?.[each] ?? "") : names[each];
      const text = `${keymap.keysOf(`tab-${each}`)}${name === "" ? "" : ` ${name}`}${extras[each] ?? ""}`;
      return [each, each === tab ? `[${text}]` : text] as const;
    }),
  );
  const widthOf = (texts: readonly (readonly [Tab, string])[]): number => texts.reduce((sum, [, text]) => sum + cellsOf(text) + 1, -1);
  return forms.find((texts) => widthOf(texts) < columns) ?? forms.at(-1) ?? [];
}
