import { expect, it } from "vitest";
import type { SessionState } from "../../../client/session/states.ts";
import { type LinkFacts, linkView } from "../../../client/tunnel/link-view.ts";

const FACTS: LinkFacts = { retryMs: 4_000, at: 7, wasOnline: false, isClosing: false };
const WELCOME = {} as Extract<SessionState, { kind: "online" }>["welcome"];
const online: SessionState = { kind: "online", since: 0, welcome: WELCOME, goaway: undefined };

it.each<readonly [string, SessionState, Partial<LinkFacts>, object]>([
  ["the first dial", { kind: "dialling", attempt: 1 }, {}, { state: "starting", attempt: 0, retryMs: undefined }],
  ["the first answer", { kind: "greeting", attempt: 1, since: 0 }, {}, { state: "starting" }],
  ["a second dial", { kind: "dialling", attempt: 2 }, {}, { state: "reconnecting", attempt: 2, retryMs: undefined }],
  ["a dial after a link", { kind: "dialling", attempt: 1 }, { wasOnline: true }, { state: "reconnecting", attempt: 1 }],
  [
    "a wait",
    { kind: "waiting", attempt: 3, reason: "refused" },
    {},
    { state: "reconnecting", attempt: 3, retryMs: 4_000, reason: "refused" },
  ],
  ["a link", online, {}, { state: "online", attempt: 0, reason: "" }],
  [
    "a relay that goes away",
    { ...online, goaway: { reason: "restart", message: "restarting" } as unknown as NonNullable<typeof online.goaway> },
    {},
    { state: "reconnecting", reason: "restarting" },
  ],
  ["an end", { kind: "ended", end: { kind: "revoked", message: "x" } }, {}, { state: "offline", reason: "revoked" }],
  ["an end that was asked for", { kind: "ended", end: { kind: "stopped" } }, { isClosing: true }, { state: "closing", reason: "" }],
  ["a link that is about to end", online, { isClosing: true }, { state: "closing" }],
])("shows %s", (_, state, facts, view) => {
  expect(linkView(state, { ...FACTS, ...facts })).toMatchObject({ at: 7, ...view });
});
