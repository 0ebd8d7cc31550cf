import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { jsonHeaders, sampleRequest, type SampleRequest, type Unsigned, withLength } from "../../shared/catalogue/sample-request.ts";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { AttemptError, CapturedRequest } from "../../shared/http/exchange.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { EventKind, Provider } from "../../shared/signatures/provider.ts";
import { version } from "../../shared/version.ts";
import type { Inject } from "../session/inject.ts";

/** One event that can be sent as a test; plain data, so that it may cross to another thread. */
export type TestChoice = {
  /** id of the provider; undefined: plain JSON that nobody signs */
  readonly provider: string | undefined;
  readonly type: string;
  readonly variant: string | undefined;
  /** how it stands in a menu */
  readonly label: string;
};

/** What became of a test event. */
export type TestResult = {
  /** of the delivery that it is now */
  readonly id: string;
  /** of the answer, devhook's own included; null: there was none */
  readonly status: number | null;
  readonly ms: number;
  readonly error: AttemptError | undefined;
  /** why it was sent without a signature; undefined: it has one, or nobody expects one */
  readonly unsigned: Unsigned | undefined;
};

export type TestEvents = {
  /** Plain JSON comes last. */
  readonly choices: () => readonly TestChoice[];
  /**
   * Sends one, as its provider would send it now.
   * @param path other than the usual one: begins with `/`, may have a query
   * @throws DevhookError `usage` when there is no such event, or the path is none
   */
  readonly send: (choice: Pick<TestChoice, "provider" | "type" | "variant">, path?: string) => Promise<TestResult>;
};

export type TestEventOptions = {
  readonly catalogue: Catalogue;
  readonly secretsOf: (provider: Provider) => readonly string[];
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly inject: Inject;
  /** base URL of the tunnel, without a slash at its end; undefined while the relay has not said it */
  readonly publicUrl: () => string | undefined;
  /** name of the tunnel */
  readonly tunnel: string;
  /** where this provider's webhooks arrive; undefined: not known */
  readonly pathOf: (provider: string) => string | undefined;
};

const PLAIN: TestChoice = { provider: undefined, type: "plain", variant: undefined, label: "plain JSON" };
const PLAIN_BODY = '{"hello":"world"}';
/** What a relay would be called by if it were there. */
const NO_RELAY = "http://localhost";
const AGENT = `devhook/${version}`;

/** Sends a developer sample events of the catalogue, through the tunnel's own trunk: the relay need not be there. */
export function createTestEvents(options: TestEventOptions): TestEvents {
  const { catalogue, secretsOf, clock, ids, inject, publicUrl, tunnel, pathOf } = options;

  function choices(): readonly TestChoice[] {
    const sampled = catalogue.providers.flatMap(({ id, events = [] }) =>
      events.map(({ type, variant }): TestChoice => {
        const label = `${id} ${type}${variant === undefined ? "" : ` (${variant})`}`;
        return { provider: id, type, variant, label };
      }),
    );
    return [...sampled, PLAIN];
  }

  function kindOf({ provider: id, type, variant }: Parameters<TestEvents["send"]>[0]): readonly [Provider, EventKind] {
    const provider = id === undefined ? undefined : catalogue.find(id);
    const kind = provider?.events?.find((one) => one.type === type && one.variant === variant);
    if (provider !== undefined && kind !== undefined) return [provider, kind];
    throw new DevhookError("usage", {
      what: `there is no sample of ${[id, type, variant].filter((text) => text !== undefined).join(" ")}`,
      fix: "see those that there are: devhook providers ID --json",
    });
  }

  async function send(choice: Parameters<TestEvents["send"]>[0], path?: string): Promise<TestResult> {
    const sampled = choice.provider === undefined ? undefined : kindOf(choice);
    const target = path ?? (sampled === undefined ? "/" : (pathOf(sampled[0].id) ?? `/webhooks/${sampled[0].id}`));
    if (!/^\/[\x21-\xff]*$/.test(target))
      throw new DevhookError("usage", { what: `${JSON.stringify(target)} is no path`, why: "a path begins with / and has no spaces" });

    const now = clock.now();
    const id = ids.next(now);
    const called = new URL(publicUrl() ?? NO_RELAY);
    const request: CapturedRequest = {
      id,
      receivedAt: now,
      tunnel,
      method: "POST",
      target,
      base: called.pathname.replace(/\/$/, ""),
      headers: [],
      forwarded: { for: "127.0.0.1", proto: called.protocol === "https:" ? "https" : "http", host: called.host },
      upgrade: false,
    };
    const before = called.origin + request.base;
    const url = before + target;
    const sample = sampled === undefined ? plainRequest(url) : sampleOf(sampled, { url, now, id });
    const sent = { ...request, target: sample.url.slice(before.length), headers: sample.headers };
    const { head, timings, error } = await inject(sent, sample.body);
    return { id, status: head?.status ?? null, ms: timings.total, error, unsigned: sample.unsigned };
  }

  function sampleOf(
    [provider, kind]: readonly [Provider, EventKind],
    call: { readonly url: string; readonly now: number; readonly id: string },
  ): SampleRequest {
    return sampleRequest({ provider, kind, secret: secretsOf(provider)[0], agent: AGENT, ...call });
  }

  return { choices, send };
}

function plainRequest(url: string): SampleRequest {
  const body = Buffer.from(PLAIN_BODY);
  return { url, headers: withLength(jsonHeaders(url, AGENT), body), body, unsigned: undefined };
}
