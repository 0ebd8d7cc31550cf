import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

function nameOf({ provider, scheme, package: from, request }: Oracle): string {
  const kind = oracles.filter((other) => other.provider === provider && other.scheme === scheme && other.package === from).length;
  return `${from} (${provider}${scheme === undefined ? "" : ` ${scheme}`}${kind > 1 ? `, ${request.body.length} bytes` : ""})`;
}

function providerOf({ provider }: Oracle): Provider {
  const found = providers.find(({ id }) => id === provider);
  if (found === undefined) throw new Error(`the catalogue has no ${provider}`);
  return found;
}

function signedBy(
  oracle: Oracle,
  key = oracle.keys.sign,
): { readonly request: SentRequest; readonly scheme: Scheme; readonly set: readonly string[] } {
  const provider = providerOf(oracle);
  const { scheme: wanted } = oracle;
  const made = sign({ provider, scheme: wanted, secret: key, message: createMessage(oracle.request), now: NOW });
  const scheme = provider.signing.schemes.find(({ id }) => id === made.scheme);
  if (scheme === undefined) throw new Error(`signed with ${made.scheme}, which ${provider.id} does not have`);
  const set = made.headers.filter((_, index) => index % 2 === 0);
  const kept: string[] = [];
  for (let i = 0; i + 1 < oracle.request.headers.length; i += 2) {
    const name = oracle.request.headers[i] ?? "";
    if (!set.some((one) => one.toLowerCase() === name.toLowerCase())) kept.push(name, oracle.request.headers[i + 1] ?? "");
  }
  const request = { ...oracle.request, headers: [...kept, ...made.headers], body: made.body, url: made.url ?? oracle.request.url };
  return { request, scheme, set };
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
    const request = await oracle.signs?.(oracle.request, oracle.keys.sign);
    if (request === undefined) throw new Error("signs nothing");
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
  it("takes what devhook signs, and not with another secret", async () => {
    const { request } = signedBy(oracle);
    expect(isValid(oracle, request)).toBe(true);
    expect(await isTaken(oracle, request)).toBe(true);
    expect(isValid(oracle, request, { key: oracle.otherKeys.verify })).toBe(false);
    expect(await isTaken(oracle, request, { key: oracle.otherKeys.verify })).toBe(false);
    expect(isValid(oracle, oracle.request)).toBe(false);
    expect(await isTaken(oracle, oracle.request)).toBe(false);
  });

  it("takes and refuses changed requests as devhook does", async () => {
    const { request, set, scheme } = signedBy(oracle);
    const other = signedBy(oracle, oracle.otherKeys.sign).request;
    const { takes, refuses } = await disagreement(oracle, [
      ...changedBodies(request),
      ...changedHeaders(request, set),
      ...changedTargets(request),
      ...severalSignatures(request, other, scheme),
    ]);
    expect({ takes: unexplained(takes, oracle.takes), refuses: unexplained(refuses, oracle.refuses) }).toEqual({ takes: [], refuses: [] });
  });

  it("judges the time as devhook does, or the catalogue says how it differs", async () => {
    const { request, scheme } = signedBy(oracle);
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
