import { cellsOf, fitLine } from "../../terminal/cut-line.ts";
import { fitUrl } from "../frame/fit-url.ts";
import { keyed } from "../frame/keyed.ts";
import { safeText } from "../frame/safe-text.ts";
import { wrapWords } from "../frame/wrap-words.ts";
import type { Look, PaneSize, TunnelView } from "../model.ts";

/** What the screen knows before the first delivery. */
export type EmptyView = {
  readonly tunnel: TunnelView;
  /** what to put behind the URL, as an example: `/webhooks/moltify` */
  readonly path: string;
  /** senders whose test events can be sent */
  readonly tests: readonly string[];
  /** whether any secret is known */
  readonly hasSecrets: boolean;
};

/** Something that helps on. Safe texts. */
type Block = {
  /** those with the highest numbers are left out first where rows are few */
  readonly rank: number;
  /** one cell, styled */
  readonly sign: string;
  readonly text: string;
  /** the same for little room */
  readonly short: string;
  /** goes on a line of its own, plain, so that a double-click selects it whole */
  readonly url?: string;
};

/** How roomily the blocks are set. */
type Setting = { readonly short: boolean; readonly gaps: boolean };

const TIGHT: Setting = { short: true, gaps: false };
const SETTINGS: readonly Setting[] = [{ short: false, gaps: true }, { short: false, gaps: false }, TIGHT];
/** Highest {@link Block.rank}. */
const MOST_RANK = 4;
/** Columns from which there is a margin. */
const ROOMY_COLUMNS = 60;
/** Cells of a line of text: beyond it the eye loses the next one. */
const MOST_CELLS = 76;
/** Ports that are named as perhaps those of the app. */
const MOST_PORTS = 3;

/** What stands where no delivery does yet: the next step, and what is in its way. */
export function emptyLines(view: EmptyView, look: Look, { columns, rows }: PaneSize): readonly string[] {
  const blocks = blocksOf(view, look, columns);
  const fits = (lines: readonly string[]): boolean => lines.length <= rows;
  let lines = SETTINGS.map((setting) => setBlocks(blocks, setting, columns, look)).find(fits);
  for (let rank = MOST_RANK; lines === undefined; rank--) {
    const few = setBlocks(
      blocks.filter((block) => block.rank <= rank),
      TIGHT,
      columns,
      look,
    );
    if (fits(few) || rank === 0) lines = few;
  }
  return Array.from({ length: rows }, (_, at) => fitLine(lines[at] ?? "", columns));
}

function setBlocks(blocks: readonly Block[], { short, gaps }: Setting, columns: number, { theme }: Look): readonly string[] {
  const space = columns >= ROOMY_COLUMNS ? "   " : " ";
  const indent = `${space} ${space}`;
  const cells = Math.min(columns - indent.length - 1, MOST_CELLS);
  return blocks.flatMap((block) => {
    const words = wrapWords(short ? block.short : block.text, cells, theme);
    const lines = words.map((line, at) => (at === 0 ? `${space}${block.sign}${space}${line}` : indent + line));
    if (block.url !== undefined) {
      const url = fitUrl(block.url, columns, theme);
      // the indentation gives way before the URL does
      lines.push(...(gaps ? [""] : []), " ".repeat(Math.min(indent.length, columns - cellsOf(url))) + url);
    }
    return gaps ? ["", ...lines] : lines;
  });
}

function blocksOf(view: EmptyView, look: Look, columns: number): readonly Block[] {
  const { style, glyphs } = look.theme;
  const { tunnel, hasSecrets } = view;
  const steps = [...urlStep(view, look, columns), ...testStep(view, look)];
  const blocks: Block[] = steps.map((step, at) => ({ ...step, sign: style.bold(String(at + 1)) }));
  blocks.push(...linkBlock(tunnel, look), ...appBlock(tunnel, look));
  const secrets = look.keymap.keysOf("secrets");
  if (!hasSecrets && secrets !== "") {
    const text = `Signatures are not checked yet: press ${secrets} to add a secret.`;
    blocks.push({ rank: 3, sign: style.warn(glyphs.unknown), text, short: `${secrets} adds a secret for signatures` });
  }
  if (tunnel.embedded) {
    const text =
      "Only this machine can reach this URL. For a public one, run `devhook relay` on a server, and start again with `--server URL`.";
    blocks.push({ rank: 4, sign: style.warn(glyphs.warn), text, short: "Only this machine can reach this URL." });
  }
  return blocks;
}

type Step = Omit<Block, "sign">;

function urlStep({ tunnel, path }: EmptyView, look: Look, columns: number): readonly Step[] {
  if (tunnel.url === undefined) return [];
  const base = tunnel.url.replace(/\/$/, "");
  // an example that nobody can copy whole is none
  const url = cellsOf(base + path) <= columns ? base + path : base;
  const copies = keyed(look, "copy-url", (key) => ` (${key} copies it)`);
  const text = `Paste this URL where the sender asks for a webhook URL${copies}:`;
  return [{ rank: 0, text, short: `Your webhook URL${copies}:`, url }];
}

function testStep({ tests, tunnel }: EmptyView, { theme, keymap }: Look): readonly Step[] {
  const key = keymap.keysOf("test");
  if (key === "") return [];
  const senders = tests.length === 0 ? "" : ` (${tests.map((name) => safeText(name, theme)).join(", ")})`;
  const press = tunnel.url === undefined ? "Press" : "or press";
  return [
    { rank: 2, text: `${press} ${key} to send yourself a signed test event${senders}`, short: `${press} ${key} for a signed test event` },
  ];
}

function linkBlock({ link, relay, whenOffline }: TunnelView, look: Look): readonly Block[] {
  const { theme } = look;
  const where = safeText(relay, theme);
  const why = link.reason === "" ? "" : ` (${safeText(link.reason, theme)})`;
  const senders = `senders get ${safeText(whenOffline, theme)}`;
  const sign = theme.style.warn(theme.glyphs.offline);
  switch (link.state) {
    case "online":
    case "closing":
      return [];
    case "starting": {
      const text = `Connecting to ${where}${why}. Everything here works meanwhile.`;
      return [{ rank: 1, sign, text, short: `Connecting to ${where}.` }];
    }
    case "reconnecting": {
      const text = `No connection to ${where}${why}. Until it is back, ${senders}${keyed(look, "reconnect", (key) => `; ${key} tries now`)}.`;
      return [{ rank: 1, sign, text, short: `No connection: ${senders}.` }];
    }
    case "offline": {
      const text = `Offline${why}: ${senders}${keyed(look, "reconnect", (key) => `; ${key} connects again`)}.`;
      return [{ rank: 1, sign: theme.style.bad(theme.glyphs.offline), text, short: `Offline: ${senders}.` }];
    }
  }
}

function appBlock({ app }: TunnelView, look: Look): readonly Block[] {
  if (app.state !== "down") return [];
  const { theme } = look;
  const reason = app.reason === "" ? `nothing answers at ${safeText(app.target, theme)}` : safeText(app.reason, theme);
  const ports = app.others.slice(0, MOST_PORTS).join(", ");
  const found = ports === "" ? "" : `I can see ${ports}`;
  const other = ports === "" ? "for another port" : `to switch: ${found}`;
  const press = keyed(look, "port", (key) => `, or press ${key} ${other}`);
  return [
    {
      rank: 1,
      sign: theme.style.bad(theme.glyphs.bad),
      text: `Your app: ${reason}. Start it${press}. Until then, senders get 502.`,
      short: `Your app: ${reason}${keyed(look, "port", (key) => (found === "" ? "" : `. ${found}: ${key}`))}`,
    },
  ];
}
