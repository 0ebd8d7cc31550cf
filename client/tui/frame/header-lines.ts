import { durationText } from "../../../shared/signatures/time.ts";
import { cellsOf } from "../../terminal/cut-line.ts";
import type { AppView, Counts, LinkView, Look, TunnelView } from "../model.ts";
import type { Theme } from "../theme.ts";
import { fitUrl } from "./fit-url.ts";
import { keyed } from "./keyed.ts";
import { ruleLine } from "./rule-line.ts";
import { safeText } from "./safe-text.ts";
import { type Forms, PIECE_GAP, shrinkToFit } from "./shrink-to-fit.ts";
import { spreadLine } from "./spread-line.ts";

/** What the header tells. */
export type HeaderView = {
  readonly tunnel: TunnelView;
  readonly counts: Counts;
  /** whether the newest delivery stays selected */
  readonly following: boolean;
  /** deliveries that came since it was not followed any more */
  readonly newer: number;
  /** deliveries that pass the filter; undefined: there is none */
  readonly matching: number | undefined;
};

/** Where the header goes. */
export type HeaderPlace = {
  readonly columns: number;
  /** 1: the states; 3: the URL and a rule as well */
  readonly rows: 1 | 3;
  /** column of the line between the panes; undefined: none meets the rule */
  readonly divider: number | undefined;
};

/** Slots of the sparkline, where there is room and where there is less. */
const SLOTS = { most: 20, few: 8 };

/** The head of the screen: link, app, counts and what the list does; then the URL, alone and plain, so that a double-click selects it whole. */
export function headerLines(view: HeaderView, look: Look, { columns, rows, divider }: HeaderPlace): readonly string[] {
  const states = stateLine(view, look, columns);
  if (rows === 1) return [states];
  const rule = ruleLine(columns, look.theme.glyphs, divider === undefined ? undefined : { at: divider, sign: "teeDown" });
  return [states, urlLine(view.tunnel, look.theme, columns), rule];
}

function stateLine(view: HeaderView, { theme, keymap }: Look, columns: number): string {
  const { tunnel } = view;
  const brand: Forms = [theme.style.bold("devhook"), ""];
  const link = linkForms(tunnel.link, safeText(tunnel.relay, theme), { theme, keymap });
  const app = appForms(tunnel.app, theme);
  const counts = countForms(view.counts, theme);
  const pace = paceForms(tunnel.pace, theme);
  const list = listForms(view, theme);
  const order = [pace, pace, pace, app, link, counts, brand, list, counts, link, app, list, counts];
  const texts = shrinkToFit([brand, link, app, counts, pace, list], order, columns - 2);
  const left = texts.slice(0, -1).filter((text) => text !== "");
  return spreadLine(left.join(" ".repeat(PIECE_GAP)), texts.at(-1) ?? "", columns);
}

function linkForms({ state, attempt, retryMs }: LinkView, relay: string, { theme, keymap }: Look): Forms {
  const { style, glyphs } = theme;
  const away = style.warn(glyphs.offline);
  switch (state) {
    case "online":
      return [`${style.ok(glyphs.online)} online`];
    case "starting":
      return [`${away} connecting to ${relay}`, `${away} connecting`];
    case "reconnecting": {
      const when = retryMs === undefined ? "" : ` in ${durationText(retryMs)}`;
      const now = keyed({ keymap }, "reconnect", (key) => ` (${key} now)`);
      if (attempt === 0) return [`${away} reconnecting${when}${now}`, `${away} reconnecting${when}`, `${away} reconnecting`];
      const tried = `try ${attempt}${when}`;
      return [`${away} reconnecting, ${tried}${now}`, `${away} reconnecting, ${tried}`, `${away} reconnecting`];
    }
    case "offline":
      return [`${style.bad(glyphs.offline)} offline`];
    case "closing":
      return [`${away} closing`];
  }
}

function appForms({ state, reason }: AppView, theme: Theme): Forms {
  const { style, glyphs } = theme;
  const up = `target ${style.ok(glyphs.online)} up`;
  if (state === "up") return [up, up, ""];
  if (state === "unknown") return [`target ${glyphs.unknown} not known yet`, `target ${glyphs.unknown}`, ""];
  const bad = style.bad(glyphs.bad);
  const short = [`target ${bad} down`, `${bad} app down`];
  return [reason === "" ? `target ${bad} down` : `target ${bad} ${safeText(reason, theme)}`, ...short];
}

function countForms({ all, failed, badSignature }: Counts, { style }: Theme): Forms {
  if (all === 0) return ["no events yet", "no events", "no events", ""];
  const join = (events: string, failures: string, signatures: string, gap: string): string =>
    [
      `${all} ${events}`,
      ...(failed > 0 ? [style.bad(`${failed} ${failures}`)] : []),
      ...(badSignature > 0 ? [style.bad(`${badSignature} ${signatures}`)] : []),
    ].join(gap);
  return [
    join(all === 1 ? "event" : "events", "failed", "bad sig", "  "),
    join("ev", "fail", "bad sig", " "),
    join("ev", "fail", "bad", " "),
  ];
}

function paceForms({ slots, perMinute }: TunnelView["pace"], theme: Theme): Forms {
  if (perMinute === 0 && slots.every((count) => count === 0)) return [""];
  const rate = `${perMinute}/min`;
  return [`${sparkline(slots.slice(-SLOTS.most), theme)} ${rate}`, `${sparkline(slots.slice(-SLOTS.few), theme)} ${rate}`, rate, ""];
}

/** A bar for each slot; the highest stands for the most. */
function sparkline(slots: readonly number[], { bars }: Theme): string {
  const most = Math.max(1, ...slots);
  return slots.map((count) => bars[Math.round((Math.max(0, count) / most) * (bars.length - 1))] ?? "").join("");
}

function listForms({ following, newer, matching, counts }: HeaderView, { style }: Theme): Forms {
  const filter = matching === undefined ? [] : [`${matching} of ${counts.all}`];
  const mode = following ? style.bold("FOLLOW") : style.warn("PAUSED");
  const more = following || newer === 0 ? "" : ` +${newer}`;
  return [[...filter, more === "" ? mode : `${mode}${more} new`].join("  "), [...filter, `${mode}${more}`].join(" "), filter[0] ?? mode];
}

function urlLine(tunnel: TunnelView, theme: Theme, columns: number): string {
  const { style } = theme;
  if (tunnel.url === undefined) return spreadLine(style.dim(`no URL yet: ${safeText(tunnel.relay, theme)} gives it`), "", columns);
  const url = fitUrl(tunnel.url, columns, theme);
  const margin = cellsOf(url) < columns ? " " : "";
  let line = `${margin}${url}`;
  for (const forms of remarksOf(tunnel, theme)) {
    const room = columns - 1 - cellsOf(line);
    const remark = forms.find((text) => cellsOf(text) + PIECE_GAP <= room);
    if (remark !== undefined) line += " ".repeat(PIECE_GAP) + style.dim(remark);
  }
  return line + " ".repeat(columns - cellsOf(line));
}

/** What stands behind the URL while there is room: each with shorter forms. */
function remarksOf({ link, app, embedded, whenOffline }: TunnelView, theme: Theme): readonly Forms[] {
  if (link.state !== "online") {
    const meanwhile = safeText(whenOffline, theme);
    return [
      // nobody here knows whether the relay is up
      [`the relay answers senders ${meanwhile}, if it is up`, `senders get ${meanwhile} or nothing`],
      ...(link.reason === "" ? [] : [[safeText(link.reason, theme)]]),
    ];
  }
  const target = [`${theme.glyphs.to}  ${safeText(app.target, theme)}`];
  return embedded ? [target, ["only this machine can reach this URL", "this machine only"]] : [target];
}
