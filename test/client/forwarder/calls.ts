import type { AppTarget } from "../../../client/forwarder/app-target.ts";
import { createForwarder, type AppCall, type Forwarder, type ForwarderOptions } from "../../../client/forwarder/forward.ts";
import { systemClock } from "../../../shared/clock.ts";
import type { AttemptError, CapturedRequest, ResponseHead } from "../../../shared/http/exchange.ts";
import type { AppProbe } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";

/** What a test says of a request; the rest is ordinary. */
export type Said = Partial<Omit<CapturedRequest, "headers">> & { readonly headers?: readonly string[] };

/** A request as the relay would hand it over. */
export function captured(said: Said = {}): CapturedRequest {
  return {
    id: "01990000-0000-7000-8000-000000000001",
    receivedAt: 1_700_000_000_000,
    tunnel: "shop",
    method: "POST",
    target: "/hook",
    base: "",
    headers: ["Host", "shop.example"],
    forwarded: { for: "203.0.113.9", proto: "https", host: "shop.example" },
    upgrade: false,
    ...said,
  };
}

/** A forwarder's options for a probe; grace 0, so that faults show at once. */
export function optionsFor(
  where: AppProbe | URL,
  options: Partial<Omit<ForwarderOptions, "target">> & { readonly target?: Partial<AppTarget> } = {},
): ForwarderOptions {
  const url = where instanceof URL ? where : new URL(`http://127.0.0.1:${where.port}`);
  return {
    clock: systemClock,
    maxConnections: 16,
    graceMs: 0,
    timeoutMs: 10_000,
    ...options,
    target: { url, path: "", hostHeader: "keep", headers: [], insecure: false, ...options.target },
  };
}

/** A forwarder for a probe. */
export function forwarderFor(...args: Parameters<typeof optionsFor>): Forwarder {
  return createForwarder(optionsFor(...args));
}

/** A call and everything that its listener heard. */
export type HeardCall = {
  readonly call: AppCall;
  readonly heard: {
    interim: ResponseHead[];
    head: ResponseHead | undefined;
    chunks: Buffer[];
    ended: number;
    failures: { readonly error: AttemptError; readonly begun: boolean; readonly sent: boolean }[];
    handedOn: number;
    /** what `data` answers */
    goOn: boolean;
  };
  readonly body: () => string;
  /** the answer is whole, or has failed */
  readonly over: () => boolean;
};

/** Begins a call. */
export function begin(forwarder: Forwarder, request: CapturedRequest, body?: Buffer): HeardCall {
  const heard: HeardCall["heard"] = { interim: [], head: undefined, chunks: [], ended: 0, failures: [], handedOn: 0, goOn: true };
  const call = forwarder.call(request, body, 1, {
    information: (head) => heard.interim.push(head),
    head: (head) => (heard.head = head),
    // the bytes are ours during the call only
    data: (bytes) => {
      heard.chunks.push(Buffer.from(bytes));
      return heard.goOn;
    },
    end: () => (heard.ended += 1),
    failed: (error, state) => heard.failures.push({ error, ...state }),
    handedOn: (bytes) => (heard.handedOn += bytes),
  });
  return {
    call,
    heard,
    body: () => Buffer.concat(heard.chunks).toString("latin1"),
    over: () => heard.ended + heard.failures.length > 0,
  };
}

/** Calls with a whole body and waits for the end of the answer. */
export async function callWhole(forwarder: Forwarder, said: Said = {}, body = ""): Promise<HeardCall> {
  const heard = begin(forwarder, captured(said), Buffer.from(body, "latin1"));
  await until(heard.over, "the end of the call");
  return heard;
}
