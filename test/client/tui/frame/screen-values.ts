import fc from "fast-check";
import { createKeymap } from "../../../../client/tui/keymap.ts";
import type { Look, Row, TunnelView } from "../../../../client/tui/model.ts";
import { createTheme, type ThemeOptions } from "../../../../client/tui/theme.ts";
import { CHARACTER } from "../../../rig/character.ts";

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

/** A styled line as it reads. */
export function plain(line: string): string {
  return line.replaceAll(/\u001b\[[\d;]*m/g, "");
}

/** Text of any kind: what people write, and what nobody should send. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: CHARACTER, maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        "漢字",
        "é",
        "e\u0301",
        "\u0301",
        "👨‍👩‍👧",
        "🇩🇪",
        "\u202e",
        "\u001b]52;c;x\u0007",
        "\u009b31m",
        "\t",
        "\n",
        "\0",
        "\ud800",
        "\u0d4e",
        "ﷺ",
        "a",
      ),
      {
        maxLength: 40,
      },
    )
    .map((parts) => parts.join("")),
);

/** Any look that a user may have. */
export const anyLook: fc.Arbitrary<Look> = fc.constantFrom(
  LOOKS.colour,
  LOOKS.mono,
  LOOKS.ascii,
  lookOf({ name: "high-contrast" }),
  lookOf({ name: "blue-orange" }),
  lookOf({}, { port: "", secrets: "", "copy-url": "", test: "", reconnect: "", log: "" }),
);

const anyMs = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined });

/** Any tunnel. */
export const anyTunnel: fc.Arbitrary<TunnelView> = fc.record({
  url: fc.option(
    fc.oneof(
      anyText,
      fc.webUrl({ withQueryParameters: true }),
      fc.integer({ min: 20, max: 400 }).map((length) => `https://${"a".repeat(length)}`),
    ),
    { nil: undefined },
  ),
  link: fc.record({
    state: fc.constantFrom("starting", "online", "reconnecting", "offline", "closing"),
    attempt: fc.nat(),
    retryMs: anyMs,
    reason: anyText,
    at: fc.nat(),
  }),
  app: fc.record({
    state: fc.constantFrom("unknown", "up", "down"),
    target: anyText,
    reason: anyText,
    others: fc.array(fc.nat({ max: 65_535 })),
  }),
  embedded: fc.boolean(),
  relay: anyText,
  whenOffline: anyText,
  secretless: fc.array(anyText, { maxLength: 3 }),
  banner: fc.constant(undefined),
  pace: fc.record({ slots: fc.array(fc.nat(), { maxLength: 60 }), perMinute: fc.nat() }),
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Any delivery. */
export const anyRow: fc.Arbitrary<Row> = fc.record({
  seq: fc.nat(),
  id: fc.constantFrom("a", "b"),
  receivedAt: fc.nat({ max: 4_000_000_000_000 }),
  tunnel: anyText,
  method: anyText,
  path: anyText,
  provider: maybe(anyText),
  event: maybe(anyText),
  eventId: maybe(anyText),
  verdict: maybe(fc.oneof(anyText, fc.constantFrom("valid", "invalid", "unsigned", "no-secret", "unknown-scheme"))),
  held: fc.boolean(),
  state: fc.constantFrom("pending", "answered", "failed", "interrupted"),
  attempts: fc.nat(),
  status: maybe(fc.oneof(fc.integer({ min: 100, max: 599 }), fc.integer())),
  ms: anyMs,
  bytes: fc.nat(),
  duplicateOf: maybe(anyText),
  pinned: fc.boolean(),
  marked: fc.boolean(),
  note: maybe(anyText),
  lastKind: maybe(fc.constantFrom("live", "held", "retry", "resend", "trigger")),
  lastError: maybe(fc.oneof(anyText, fc.constantFrom("app-refused", "app-timeout", "stopped", "constructor"))),
  edited: fc.boolean(),
  sameBytes: maybe(fc.boolean()),
  reason: maybe(fc.oneof(anyText, fc.constantFrom("stale", "future", "signature-missing", "toString"))),
  deadline: maybe(fc.integer({ min: 1, max: 60 })),
});
