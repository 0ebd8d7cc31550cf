import type { Clock } from "../../shared/clock.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { createIdSource } from "../../shared/ids.ts";
import type { Verification } from "../../shared/signatures/verification.ts";
import type { Refusal } from "../../shared/wire/frames.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { AttemptEnd } from "../ledger/records.ts";
import type { Output } from "../output/output.ts";
import type { SessionState } from "../session/states.ts";
import type { DeliveryFacts } from "../verifying/delivery-facts.ts";
import { watchApp } from "./watch-app.ts";

/** milliseconds that this machine's clock may differ from the relay's before timestamp checks suffer: a fifth of the usual 5 minutes */
const CLOCK_SKEW_MS = 60_000;
/** refusals that are named one by one; more are counted */
const NAMED_REFUSALS = 3;

/** What the words of a teller need of a provider, by its id; undefined where it is not known. */
export type ProviderFacts = {
  /** seconds that it waits for an answer */
  readonly deadlineOf: (provider: string) => number | undefined;
  /** id of the scheme that it documents first */
  readonly usualScheme: (provider: string) => string | undefined;
};

/** What happens in a running tunnel, put into the words of an {@link Output}. */
export type Teller = {
  readonly received: (request: CapturedRequest, facts: DeliveryFacts) => void;
  /** More has been found out about a delivery. */
  readonly verified: (id: string, facts: DeliveryFacts) => void;
  readonly answered: (request: CapturedRequest, end: AttemptEnd) => void;
  readonly link: (state: SessionState) => void;
  /** The tunnel is open for the first time. */
  readonly online: () => void;
  readonly refusals: (refusals: readonly Refusal[]) => void;
  /** Says so when the URL is another than the last time. @param port the embedded relay's port of then, when another process has it now */
  readonly url: (before: string, port: number | undefined) => void;
  /** Says what devhook still waits for after a signal, and how not to. */
  readonly draining: (inFlight: number) => void;
  /** Says so when this machine's clock is off. @param relayNow the relay's clock, milliseconds since 1970 */
  readonly clock: (relayNow: number) => void;
  /**
   * Says so when nothing listens where the app should be: the first delivery need not be the one to find out.
   * @returns gives up looking
   */
  readonly app: (target: AppTarget) => () => void;
};

/**
 * @returns a {@link Teller} on `output`
 */
export function createTeller(output: Output, clock: Clock, { deadlineOf, usualScheme }: ProviderFacts): Teller {
  const ids = createIdSource();
  /** providers of deliveries that are not answered yet, by delivery */
  const providers = new Map<string, string>();
  /** tries since the link was lost */
  let tries = 0;
  let everOnline = false;

  function link(state: SessionState): void {
    const at = clock.now();
    switch (state.kind) {
      case "online":
        if (state.goaway !== undefined) return output.link({ at, state: "reconnecting", attempt: 0, reason: state.goaway.message });
        output.link({ at, state: "connected", attempt: tries, reason: "" });
        tries = 0;
        return;
      case "waiting":
        if (!everOnline && tries === 0) unreachable(state.reason);
        tries = state.attempt;
        return output.link({ at, state: "reconnecting", attempt: state.attempt, reason: state.reason });
      case "ended":
        return output.link({ at, state: "offline", attempt: 0, reason: state.end.kind });
      case "dialling":
      case "greeting":
    }
  }

  /** Said once, at the first try that fails: from then on the tries speak for themselves. */
  function unreachable(reason: string): void {
    const certificate = /certificate|self-signed/i.test(reason)
      ? "For a self-signed certificate add --insecure"
      : "Check its address: devhook doctor";
    const message = `the relay cannot be reached (${reason}). devhook goes on trying. ${certificate}`;
    output.warning({ at: clock.now(), code: "relay-unreachable", severity: "error", message });
  }

  function refusals(all: readonly Refusal[]): void {
    const at = clock.now();
    for (const { at: when, method, path, status, reason } of all.slice(-NAMED_REFUSALS)) {
      const message = `the relay refused ${method} ${path} at ${new Date(when).toISOString()} with ${status} (${reason})`;
      output.warning({ at, code: "request-refused", severity: "error", message });
    }
    const more = all.length - NAMED_REFUSALS;
    if (more <= 0) return;
    output.warning({ at, code: "requests-refused", severity: "error", message: `and ${more} earlier ones: see them with devhook events` });
  }

  function url(before: string, port: number | undefined): void {
    const why = port === undefined ? "" : ` because another process listens on port ${port}`;
    const advice = `Senders that know ${before} do not reach you: ${port === undefined ? "" : "free the port and start again, or "}give them the new one`;
    output.warning({ at: clock.now(), code: "url-changed", message: `the URL has changed${why}. ${advice}` });
  }

  function draining(inFlight: number): void {
    const what = inFlight === 1 ? "1 request" : `${inFlight} requests`;
    output.warning({
      at: clock.now(),
      code: "stopping",
      message: `waiting for ${what} that your app still answers; ctrl-c again ends at once`,
    });
  }

  function skew(relayNow: number): void {
    const now = clock.now();
    const off = now - relayNow;
    if (Math.abs(off) < CLOCK_SKEW_MS) return;
    const side = off < 0 ? "behind" : "ahead of";
    const message = `your clock is ${Math.round(Math.abs(off) / 1_000)} s ${side} the relay's: timestamp checks will go wrong. Set the clock`;
    output.warning({ at: now, code: "clock-skew", message });
  }

  function app(target: AppTarget): () => void {
    const watch = watchApp({
      target,
      ownPorts: () => [],
      onNews: ({ state, reason }) => {
        watch.stop();
        if (state === "up") return;
        const advice = "Start your app there, or name its port: devhook start PORT. Until then senders get 502";
        output.warning({ at: clock.now(), code: "app-down", message: `${reason}. ${advice}` });
      },
    });
    return watch.stop;
  }

  function unusualScheme(verification: Verification | null): string | null {
    if (verification?.verdict !== "valid" || verification.provider === null) return null;
    return verification.scheme === usualScheme(verification.provider) ? null : verification.scheme;
  }

  /** The sender's limit, when half of it or more was used. */
  function deadlineFor(delivery: string, ms: number): number | undefined {
    const provider = providers.get(delivery);
    if (provider === undefined) return undefined;
    providers.delete(delivery);
    const seconds = deadlineOf(provider);
    return seconds !== undefined && ms >= (seconds * 1_000) / 2 ? seconds : undefined;
  }

  function verified(id: string, { provider, event, eventId, verification, duplicate, final }: DeliveryFacts): void {
    if (!final || verification === null) return;
    const { of = null, sameBytes = null } = duplicate ?? {};
    const { handshake } = verification;
    const about = { provider, event, eventId, duplicateOf: of, sameBytes, scheme: unusualScheme(verification), handshake };
    output.verification({ at: clock.now(), delivery: id, ...about, verification });
  }

  return {
    received: (request, facts) => {
      const { provider, event, verification, duplicate } = facts;
      if (provider !== null) providers.set(request.id, provider);
      output.delivery({
        at: request.receivedAt,
        id: request.id,
        method: request.method,
        path: request.target,
        provider,
        event,
        verdict: verification?.verdict ?? null,
        held: false,
        duplicateOf: duplicate?.of ?? null,
        sameBytes: duplicate?.sameBytes ?? null,
        scheme: unusualScheme(verification),
        handshake: verification?.handshake ?? null,
      });
      // a verdict that needs no reason has been told with the delivery
      if (facts.final && verification !== null && verification.reason !== null) verified(request.id, facts);
    },
    verified,
    answered: (request, end) => {
      const at = clock.now();
      const ms = Math.round(end.timings.total * 10) / 10;
      const deadline = deadlineFor(request.id, ms);
      output.attempt({
        at,
        id: ids.next(at),
        delivery: request.id,
        kind: end.kind,
        status: end.head?.status ?? null,
        ms,
        error: end.error ?? null,
        ...(deadline !== undefined && { deadline }),
      });
    },
    link,
    online: () => {
      everOnline = true;
    },
    refusals,
    url,
    draining,
    clock: skew,
    app,
  };
}
