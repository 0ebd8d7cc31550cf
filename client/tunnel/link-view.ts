import type { SessionState } from "../session/states.ts";
import type { LinkView } from "../tui/model.ts";

/** What else there is to know about a link. */
export type LinkFacts = {
  /** until the next try, milliseconds; undefined: none is planned */
  readonly retryMs: number | undefined;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly wasOnline: boolean;
  /** whether devhook is about to end */
  readonly isClosing: boolean;
};

/** The state of a session, as the screen shows it. */
export function linkView(state: SessionState, { retryMs, at, wasOnline, isClosing }: LinkFacts): LinkView {
  const none = { attempt: 0, retryMs: undefined, reason: "", at };
  if (isClosing) return { ...none, state: "closing" };
  switch (state.kind) {
    case "online":
      return state.goaway === undefined ? { ...none, state: "online" } : { ...none, state: "reconnecting", reason: state.goaway.message };
    case "dialling":
    case "greeting":
      return wasOnline || state.attempt > 1 ? { ...none, state: "reconnecting", attempt: state.attempt } : { ...none, state: "starting" };
    case "waiting":
      return { state: "reconnecting", attempt: state.attempt, retryMs, reason: state.reason, at };
    case "ended":
      return { ...none, state: "offline", reason: state.end.kind };
  }
}
