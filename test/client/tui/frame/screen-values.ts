import { createKeymap } from "../../../../client/tui/keymap.ts";
import type { Look, Row, TunnelView } from "../../../../client/tui/model.ts";
import { createTheme, type ThemeOptions } from "../../../../client/tui/theme.ts";

/** Looks by name: what a user may have chosen, or the terminal asks for. */
export const LOOKS = {
  colour: lookOf({ colour: true }),
  mono: lookOf({ colour: false }),
  ascii: lookOf({ colour: false, ascii: true }),
} as const;

/** Sizes of terminals, from the least to large. */
export const SIZES = [
  [40, 8],
  [60, 15],
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

/** A look with keys of its own. */
export function lookOf(
  { name = "default", colour = true, ascii = false }: Partial<ThemeOptions> = {},
  keys: Readonly<Record<string, string>> = {},
): Look {
  return { theme: createTheme({ name, colour, ascii }), keymap: createKeymap(keys, { ascii }) };
}

/** 21 November 2026, in the time zone of this machine, so that clocks show the same everywhere. */
export function clock(hours: number, minutes: number, seconds: number): number {
  return new Date(2026, 10, 21, hours, minutes, seconds).getTime();
}

/** A delivery that went well. */
export function rowOf(changes: Partial<Row> = {}): Row {
  return {
    seq: 127,
    id: "id-127",
    receivedAt: clock(14, 2, 11),
    tunnel: "shop",
    method: "POST",
    path: "/webhooks/moltify",
    provider: "moltify",
    event: "task.submitted",
    eventId: "evt_1",
    verdict: "valid",
    held: false,
    state: "answered",
    attempts: 1,
    status: 200,
    ms: 38,
    bytes: 412,
    duplicateOf: undefined,
    pinned: false,
    marked: false,
    note: undefined,
    lastKind: "live",
    lastError: undefined,
    edited: false,
    sameBytes: undefined,
    reason: undefined,
    deadline: undefined,
    ...changes,
  };
}

/** Deliveries of all kinds. */
export const ROWS: readonly Row[] = [
  rowOf(),
  rowOf({ receivedAt: clock(14, 2, 15), event: "task.message", ms: 12.4, pinned: true }),
  rowOf({
    receivedAt: clock(14, 2, 31),
    provider: "upmoltwork",
    event: "task.bid_accepted",
    status: 401,
    ms: 4,
    verdict: "invalid",
    reason: "no-match",
  }),
  rowOf({ receivedAt: clock(14, 3, 2), provider: "moltjobs", event: "job.assigned", ms: 8204, deadline: 10, verdict: "unsigned" }),
  rowOf({
    receivedAt: clock(14, 3, 40),
    provider: "agentpost",
    event: "message.received",
    status: undefined,
    ms: undefined,
    state: "failed",
    lastError: "app-refused",
    marked: true,
  }),
  rowOf({
    receivedAt: clock(14, 4, 10),
    provider: "agentpost",
    event: "message.received",
    status: 500,
    ms: 91,
    attempts: 2,
    lastKind: "retry",
  }),
  rowOf({ receivedAt: clock(14, 6, 58), event: "task.approved", ms: 17, verdict: "invalid", reason: "stale" }),
  rowOf({ receivedAt: clock(14, 7, 3), provider: "stripe", event: "payment_intent.succeeded", ms: 31, verdict: "no-secret" }),
  rowOf({ receivedAt: clock(14, 7, 20), ms: 35, lastKind: "resend", attempts: 2, edited: true, note: "の見積り: ask Ada" }),
  rowOf({ receivedAt: clock(14, 7, 30), provider: undefined, event: undefined, path: "/hook", verdict: "unknown-scheme", ms: 1_234_567 }),
  rowOf({ receivedAt: clock(14, 7, 44), provider: "github", event: "push", status: undefined, ms: undefined, state: "pending" }),
].map((row, at) => ({ ...row, seq: 121 + at, id: `id-${121 + at}` }));

/** A tunnel that is online. */
export function tunnelOf(changes: Partial<TunnelView> = {}): TunnelView {
  return {
    url: "https://kq3v-x7da.devhook.example",
    link: { state: "online", attempt: 0, retryMs: undefined, reason: "", at: clock(14, 0, 0) },
    app: { state: "up", target: "http://localhost:8000", reason: "", others: [] },
    embedded: false,
    relay: "devhook.example",
    whenOffline: "503",
    secretless: [],
    banner: undefined,
    pace: { slots: [0, 0, 1, 4, 1, 0, 7, 3, 0, 0], perMinute: 4 },
    ...changes,
  };
}
