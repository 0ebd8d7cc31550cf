import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flatHeaders, type HeaderList, headerPairs } from "../../shared/http/headers.ts";
import { providers } from "../../shared/providers/index.ts";
import { createMessage, type MessageParts } from "../../shared/signatures/message.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { Scheme } from "../../shared/signatures/scheme.ts";
import { sign } from "../../shared/signatures/sign.ts";
import { judge, verify } from "../../shared/signatures/verify.ts";
import { changedBodies, changedHeaders, changedTargets, clocks, severalSignatures, type Tampered } from "./changes.ts";
import { type Exception, type Oracle, PackageFault, type SentRequest } from "./oracle.ts";
import { oracles } from "./packages/index.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const table = oracles.map((oracle) => ({ ...oracle, name: nameOf(oracle) }));

function nameOf({ provider, scheme, what, package: from }: Oracle): string {
  return `${from} (${[provider, scheme, what].filter((part) => part !== undefined).join(" ")})`;
}

function providerOf({ provider }: Oracle): Provider {
  const found = providers.find(({ id }) => id === provider);
  if (found === undefined) throw new Error(`the catalogue has no ${provider}`);
  return found;
}

type SignedRequest = {
  readonly request: SentRequest;
  readonly scheme: Scheme;
  /** names of the headers that signing set */
  readonly set: readonly string[];
};

/** The request as devhook signs it. */
function signedBy(oracle: Oracle, key = oracle.keys.sign): SignedRequest {
  const provider = providerOf(oracle);
  const made = sign({ provider, scheme: oracle.scheme, secret: key, message: createMessage(oracle.request), now: NOW });
  const scheme = provider.signing.schemes.find(({ id }) => id === made.scheme);
  if (scheme === undefined) throw new Error(`signed with ${made.scheme}, which ${provider.id} does not have`);
  const set = namesOf(made.headers);
  const kept = headerPairs(oracle.request.headers).filter(([name]) => !set.some((one) => one.toLowerCase() === name.toLowerCase()));
  const headers = [...flatHeaders(kept), ...made.headers];
  return { request: { ...oracle.request, headers, body: made.body, url: made.url ?? oracle.request.url }, scheme, set };
}

/** The request with a signature that both should take: devhook's, or the package's where it takes no other. */
async function signedFor(oracle: Oracle, key = oracle.keys.sign): Promise<SignedRequest> {
  const signed = signedBy(oracle, key);
  if (oracle.cannotSign === undefined) return signed;
  const request = await officiallySigned(oracle, key);
  return { ...signed, request, set: namesOf(request.headers.slice(oracle.request.headers.length)) };
}

async function officiallySigned({ signs, request }: Oracle, key: string): Promise<SentRequest> {
  const signed = await signs?.(request, key);
  if (signed === undefined) throw new Error("this package signs nothing");
  return signed;
}

function namesOf(headers: HeaderList): readonly string[] {
  return headerPairs(headers).map(([name]) => name);
}

/** Whether the package takes the request. */
async function isTaken(oracle: Oracle, request: SentRequest, { key = oracle.keys.verify, now = NOW } = {}): Promise<boolean> {
  vi.setSystemTime(now);
  try {
    return await oracle.accepts(request, key);
  } catch (error) {
    if (error instanceof PackageFault) throw error;
    return false;
  }
}

/** Whether devhook shows the request as good. */
function isValid(oracle: Oracle, request: MessageParts, { key = oracle.keys.verify, now = NOW } = {}): boolean {
  const { verification } = judge({ provider: providerOf(oracle), secrets: [key], message: createMessage(request), now });
  return verification.verdict === "valid";
}

/** The changes on which the two disagree: those that only the package takes, and those that it refuses and devhook shows as good. */
async function disagreement(
  oracle: Oracle,
  changes: readonly Tampered[],
): Promise<{ readonly takes: string[]; readonly refuses: string[] }> {
  const takes: string[] = [];
  const refuses: string[] = [];
  for (const { what, request } of changes) {
    const official = await isTaken(oracle, request);
    if (official !== isValid(oracle, request)) (official ? takes : refuses).push(what);
  }
  return { takes, refuses };
}

/** The changes that no exception explains, and the exceptions that explain none. */
function unexplained(changes: readonly string[], exceptions: readonly Exception[] = []): readonly (string | Exception)[] {
  const isExplained = (change: string): boolean => exceptions.some(({ what }) => what.test(change));
  return [
    ...changes.filter((change) => !isExplained(change)),
    ...exceptions.filter(({ what }) => !changes.some((change) => what.test(change))),
  ];
}

it("compares with the packages of the lockfile, at least twenty-five", () => {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8")) as { dependencies: object };
  const used = new Set(oracles.map((oracle) => oracle.package));
  expect([...used].sort()).toEqual(Object.keys(dependencies).sort());
  expect(new Set(oracles.filter(({ by }) => by === undefined).map((oracle) => oracle.package)).size).toBeGreaterThanOrEqual(25);
});

describe("what the package signs", () => {
  it.each(table.filter(({ signs }) => signs !== undefined))("is valid: $name", async (oracle) => {
    const request = await officiallySigned(oracle, oracle.keys.sign);
    expect(await isTaken(oracle, request)).toBe(true);
    const { verdict, reason } = verify({
      provider: providerOf(oracle),
      secrets: [oracle.otherKeys.verify, oracle.keys.verify],
      message: createMessage(request),
      now: NOW,
    });
    expect({ verdict, reason }).toEqual({ verdict: "valid", reason: null });
  });
});

describe.each(table)("$name", (oracle) => {
  it("takes what devhook signs, unless the adapter says why not", async () => {
    const { request } = signedBy(oracle);
    expect(isValid(oracle, request)).toBe(true);
    expect(await isTaken(oracle, request)).toBe(oracle.cannotSign === undefined);
  });

  it("refuses another secret and no signature, as devhook does", async () => {
    const { request } = await signedFor(oracle);
    const key = oracle.otherKeys.verify;
    expect({ official: await isTaken(oracle, request, { key }), ours: isValid(oracle, request, { key }) }).toEqual({
      official: false,
      ours: false,
    });
    expect({ official: await isTaken(oracle, oracle.request), ours: isValid(oracle, oracle.request) }).toEqual({
      official: false,
      ours: false,
    });
  });

  it("takes and refuses changed requests as devhook does", async () => {
    const { request, set, scheme } = await signedFor(oracle);
    const other = await signedFor(oracle, oracle.otherKeys.sign);
    const { takes, refuses } = await disagreement(oracle, [
      ...changedBodies(request),
      ...changedHeaders(request, set),
      ...changedTargets(request),
      ...severalSignatures(request, other.request, scheme),
    ]);
    expect({ takes: unexplained(takes, oracle.takes), refuses: unexplained(refuses, oracle.refuses) }).toEqual({ takes: [], refuses: [] });
  });

  it("judges the time as devhook does, or the catalogue says how it differs", async () => {
    const { request, scheme } = await signedFor(oracle);
    const differences: string[] = [];
    for (const { what, ageMs } of clocks(scheme)) {
      const now = NOW + ageMs;
      const official = await isTaken(oracle, request, { now });
      if (official !== isValid(oracle, request, { now })) differences.push(`${what}: ${official ? "taken" : "refused"}`);
    }
    const { officialVerifier, tolerance } = scheme.time ?? {};
    const isSaid = officialVerifier !== undefined;
    // a scheme without a tolerance may say that its verifier has none either
    const isUntrue = isSaid && tolerance !== undefined && differences.length === 0;
    expect({ unsaid: isSaid ? [] : differences, untrue: isUntrue }).toEqual({ unsaid: [], untrue: false });
  });
});
