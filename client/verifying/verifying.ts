import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { firstHeader } from "../../shared/http/headers.ts";
import type { Message } from "../../shared/signatures/message.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { type DigestStream, startDigests } from "../../shared/signatures/stream.ts";
import type { Verification } from "../../shared/signatures/verification.ts";
import { type DeliveryFacts, NO_FACTS } from "./delivery-facts.ts";
import { type Duplicates, hashOfBody } from "./duplicates.ts";
import { type Jury, judgeDelivery, messageOf } from "./judge-delivery.ts";
import type { VerifierThread } from "./thread.ts";

/** A provider that the user named for the whole tunnel, or for the targets that begin with `path`. */
export type Assignment = { readonly provider: Provider; readonly path: string };

export type VerifyingOptions = {
  readonly catalogue: Catalogue;
  /** as the user copied them; empty when there are none */
  readonly secretsOf: (provider: Provider) => readonly string[];
  /** when there are any, nothing is recognised from headers */
  readonly assignments: readonly Assignment[];
  readonly thread: Pick<VerifierThread, "judge">;
  readonly duplicates: Duplicates;
  /** something more is known of a delivery than its inspection said at first; may come twice */
  readonly onFacts: (id: string, facts: DeliveryFacts) => void;
};

/** Looks at one delivery while it passes. */
export type Inspection = {
  /** what is known at once; the verdict of a small body is */
  readonly facts: DeliveryFacts;
  /** a piece of a body that streams; it is copied */
  readonly data: (bytes: Buffer) => void;
  /** the body is whole, or will never be */
  readonly end: (end: { readonly complete: boolean }) => void;
  /** the facts once the verdict is there; undefined when `facts` has it */
  readonly settled: Promise<DeliveryFacts> | undefined;
};

/** Larger bodies are judged in the thread: to read and hash this much takes about a millisecond. */
const AT_ONCE_BYTES = 65_536;
/** What is kept of a body that streams, bytes: as much as the history keeps. */
const KEPT_BYTES = 10_485_760;
/** Kept of all streaming bodies together, bytes. */
const KEPT_IN_ALL = 67_108_864;

/** Of a delivery that nobody looks at, or that no provider was recognised for. */
export const NO_INSPECTION: Inspection = { facts: NO_FACTS, data: () => {}, end: () => {}, settled: undefined };

/**
 * Judges deliveries on their way: which provider sent them, whether the signature holds, whether the event came before. Small bodies are judged in the call,
 * larger ones in the thread, those over 10 MiB by hashes that run while they stream.
 * @returns looks at one delivery; `body` is undefined when it follows in pieces
 */
export function createVerifying(options: VerifyingOptions): (request: CapturedRequest, body: Buffer | undefined) => Inspection {
  const { catalogue, secretsOf, assignments, thread, duplicates, onFacts } = options;
  const jury: Jury = { catalogue, secretsOf };
  const kept = { bytes: 0 };

  function candidatesOf(request: CapturedRequest, message: Message): readonly Provider[] {
    if (assignments.length === 0) return catalogue.recognise(message);
    // frameworks decode a path, resolve its dots and may not care for its case: one that leads elsewhere then is nobody's
    const decoded = decodedPath(request.target);
    const resolved = resolvedPath(decoded);
    const readings = [request.target, decoded, resolved, resolved.toLowerCase()].map(assignedTo);
    const [first] = readings;
    return first === undefined || readings.some((one) => one !== first) ? [] : [first];
  }

  function assignedTo(target: string): Provider | undefined {
    const under = assignments.filter(({ path }) => isUnder(target, path) || isUnder(target, path.toLowerCase()));
    return under.toSorted((a, b) => b.path.length - a.path.length)[0]?.provider;
  }

  function factsOf(
    id: string,
    verification: Verification,
    { bodyHash, final }: { readonly bodyHash: string | undefined; readonly final: boolean },
  ): DeliveryFacts {
    const { provider, eventType: event, eventId } = verification;
    const forged = verification.signature === "bad" || verification.signature === "absent";
    const duplicate = provider === null || eventId === null ? null : duplicates.note({ provider, eventId, delivery: id, bodyHash, forged });
    return { provider, event, eventId, verification, duplicate, final };
  }

  function knownSecrets(): Readonly<Record<string, readonly string[]>> {
    const known: Record<string, readonly string[]> = {};
    for (const provider of catalogue.providers) {
      const secrets = secretsOf(provider);
      if (secrets.length > 0) known[provider.id] = secrets;
    }
    return known;
  }

  function inThread(request: CapturedRequest, body: Buffer, candidates: readonly Provider[], facts: DeliveryFacts): Promise<DeliveryFacts> {
    const secrets = knownSecrets();
    return new Promise((resolve) => {
      let latest = facts;
      const { method, target, base, headers, forwarded } = request;
      const isTaken = thread.judge(
        {
          request: { method, target, base, headers, forwarded },
          body: Uint8Array.prototype.slice.call(body),
          candidates: candidates.map(({ id }) => id),
          at: request.receivedAt,
          secrets,
        },
        ({ verification, bodyHash, last }) => {
          // an event is noted once: the search for a cause changes nothing about it
          if (verification === undefined) latest = { ...latest, final: true };
          else if (latest.verification === null) latest = factsOf(request.id, verification, { bodyHash, final: last });
          else latest = { ...latest, verification, final: last };
          onFacts(request.id, latest);
          resolve(latest);
        },
      );
      if (isTaken) return;
      latest = { ...latest, final: true };
      onFacts(request.id, latest);
      resolve(latest);
    });
  }

  function whole(request: CapturedRequest, body: Buffer): Inspection {
    const message = messageOf(request, body);
    const candidates = candidatesOf(request, message);
    const [first] = candidates;
    if (first === undefined) return NO_INSPECTION;
    if (body.length > AT_ONCE_BYTES) {
      const facts = { ...NO_FACTS, provider: first.id, final: false };
      return { ...NO_INSPECTION, facts, settled: inThread(request, body, candidates, facts) };
    }
    const judged = judgeDelivery({ message, candidates, at: request.receivedAt }, jury);
    if (judged === undefined) return NO_INSPECTION;
    const { verification } = judged;
    const bodyHash = verification.eventId === null ? undefined : hashOfBody(body);
    const facts = factsOf(request.id, verification, { bodyHash, final: !judged.explainable });
    if (judged.explainable) void inThread(request, body, [judged.provider], facts);
    return { ...NO_INSPECTION, facts };
  }

  function streaming(request: CapturedRequest): Inspection {
    const head = messageOf(request, Buffer.alloc(0));
    const candidates = candidatesOf(request, head);
    const [first] = candidates;
    if (first === undefined) return NO_INSPECTION;
    const facts = { ...NO_FACTS, provider: first.id, final: false };
    let settle: (facts: DeliveryFacts) => void = () => {};
    const settled = new Promise<DeliveryFacts>((resolve) => {
      settle = resolve;
    });
    const body = new StreamingBody({
      head,
      candidates,
      secretsOf,
      kept,
      expected: Number(firstHeader(request.headers, "content-length") ?? 0),
    });
    return {
      facts,
      data: (bytes) => body.add(bytes),
      end: ({ complete }) => {
        const pieces = body.take();
        if (!complete) {
          onFacts(request.id, { ...facts, final: true });
          return settle(facts);
        }
        if (pieces !== undefined) {
          void inThread(request, Buffer.concat(pieces), candidates, facts).then(settle);
          return;
        }
        const judged = judgeDelivery({ message: head, candidates, at: request.receivedAt, streamed: body.digests() }, jury);
        const found = judged === undefined ? facts : factsOf(request.id, judged.verification, { bodyHash: undefined, final: true });
        onFacts(request.id, found);
        settle(found);
      },
      settled,
    };
  }

  return (request, body) => {
    // what follows an upgrade is no webhook
    if (request.upgrade) return NO_INSPECTION;
    return body === undefined ? streaming(request) : whole(request, body);
  };
}

type StreamingOptions = {
  readonly head: Message;
  readonly candidates: readonly Provider[];
  readonly secretsOf: (provider: Provider) => readonly string[];
  /** of all streaming bodies */
  readonly kept: { bytes: number };
  /** by Content-Length, 0 when unknown */
  readonly expected: number;
};

/** A body that streams: kept while it is small enough, hashed from its first byte in case that it is not. */
class StreamingBody {
  readonly #kept: { bytes: number };
  readonly #hashes: readonly { readonly provider: Provider; readonly stream: DigestStream }[];
  #pieces: Buffer[] | undefined;
  #bytes = 0;

  constructor({ head, candidates, secretsOf, kept, expected }: StreamingOptions) {
    this.#kept = kept;
    this.#pieces = expected > KEPT_BYTES ? undefined : [];
    // a body that is known to be kept is hashed at its end
    const mayBeLarge = expected === 0 || expected > KEPT_BYTES;
    this.#hashes = mayBeLarge
      ? candidates.map((provider) => ({ provider, stream: startDigests(head, { provider, secrets: secretsOf(provider) }) }))
      : [];
  }

  add(bytes: Buffer): void {
    for (const { stream } of this.#hashes) stream.update(bytes);
    if (this.#pieces === undefined) return;
    if (this.#bytes + bytes.length > KEPT_BYTES || this.#kept.bytes + bytes.length > KEPT_IN_ALL) {
      this.take();
      return;
    }
    this.#pieces.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
    this.#kept.bytes += bytes.length;
  }

  /** The pieces, which are kept no longer; undefined when the body was too large. */
  take(): readonly Buffer[] | undefined {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    this.#kept.bytes -= this.#bytes;
    this.#bytes = 0;
    return pieces;
  }

  digests(): ReturnType<DigestStream["finish"]> {
    const all = this.#hashes.map(({ stream }) => stream.finish());
    return (scheme, secret, url) => {
      for (const digest of all) {
        const found = digest(scheme, secret, url);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }
}

/** The path of a target without an origin, escapes decoded. */
function decodedPath(target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/?#]*/i, "").split("?", 1)[0] ?? "";
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}

/** A path with single slashes, its dots resolved. */
function resolvedPath(decoded: string): string {
  const segments: string[] = [];
  for (const segment of decoded.replaceAll("\\", "/").split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** Whether a target is `path` or below it; every target is below the empty path. */
function isUnder(target: string, path: string): boolean {
  if (!target.startsWith(path)) return false;
  const next = target[path.length];
  return path === "" || path.endsWith("/") || next === undefined || next === "/" || next === "?";
}
