import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { DeliveryFacts } from "../../../client/verifying/delivery-facts.ts";
import { createDuplicates } from "../../../client/verifying/duplicates.ts";
import { createVerifierThread, type VerifierThread } from "../../../client/verifying/thread.ts";
import { createVerifying, type Inspection, NO_INSPECTION, type VerifyingOptions } from "../../../client/verifying/verifying.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import { until } from "../../rig/until.ts";

const NOW = 1_795_269_751_000;
const SECRET = "made-up-secret";
const catalogue = createCatalogue();
const MIB = 1_048_576;

const threads: VerifierThread[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.close();
});

function openThread(): VerifierThread {
  const thread = createVerifierThread({ own: [], app: "http://localhost:18000" });
  threads.push(thread);
  return thread;
}

type Opened = {
  readonly inspect: (request: CapturedRequest, body: Buffer | undefined) => Inspection;
  /** the last facts that were told of a delivery */
  readonly told: Map<string, DeliveryFacts>;
};

function open(options: Partial<VerifyingOptions> = {}): Opened {
  const told = new Map<string, DeliveryFacts>();
  const inspect = createVerifying({
    catalogue,
    secretsOf: ({ id }) => (id === "moltify" ? [SECRET] : []),
    assignments: [],
    thread: options.thread ?? openThread(),
    duplicates: createDuplicates(),
    onFacts: (id, facts) => told.set(id, facts),
    ...options,
  });
  return { inspect, told };
}

let ids = 0;
function request(headers: readonly string[], changes: Partial<CapturedRequest> = {}): CapturedRequest {
  ids += 1;
  return {
    id: `0193a1b2-0000-7000-8000-${String(ids).padStart(12, "0")}`,
    receivedAt: NOW,
    tunnel: "t",
    method: "POST",
    target: "/hook",
    base: "/t",
    headers: ["Host", "relay.example.com", ...headers],
    forwarded: { for: "203.0.113.9", proto: "https", host: "relay.example.com" },
    upgrade: false,
    ...changes,
  };
}

function moltify(body: Buffer | string, secret = SECRET): readonly string[] {
  const at = String(NOW);
  return ["X-Moltify-Timestamp", at, "X-Moltify-Signature", createHmac("sha256", secret).update(`${at}.`).update(body).digest("hex")];
}

/** Lets a body pass in pieces of 64 KiB. */
function stream(inspection: Inspection, body: Buffer): void {
  for (let from = 0; from < body.length; from += 65_536) inspection.data(body.subarray(from, from + 65_536));
  inspection.end({ complete: true });
}

describe("a small body", () => {
  const body = Buffer.from('{"event":"task.submitted","timestamp":"x","data":{"taskId":"1"}}');

  it("of nobody known costs nothing more", () => {
    const { inspect } = open();
    expect(inspect(request(["Content-Type", "application/json"]), body)).toBe(NO_INSPECTION);
    expect(inspect(request(moltify(body), { upgrade: true }), body)).toBe(NO_INSPECTION);
  });

  it("is judged in the call", () => {
    const { facts, settled } = open().inspect(request(moltify(body)), body);
    expect(facts).toMatchObject({ provider: "moltify", event: "task.submitted", final: true, verification: { verdict: "valid" } });
    expect(settled).toBeUndefined();
  });

  it("that was signed for the app's own URL is told to be", async () => {
    const { inspect, told } = open({ secretsOf: ({ id }) => (id === "square" ? [SECRET] : []) });
    const signature = createHmac("sha256", SECRET).update("http://localhost:18000/hook").update(body).digest("base64");
    const asked = request(["x-square-hmacsha256-signature", signature]);
    inspect(asked, body);
    const found = await until(() => (told.get(asked.id)?.final === true ? told.get(asked.id) : undefined), "the cause");
    expect(found).toMatchObject({ verification: { reason: { code: "other-url" } } });
  });

  it("that does not match is told to be invalid at once, and why a little later", async () => {
    const { inspect, told } = open();
    const asked = request(moltify(body, `${SECRET}\n`));
    const { facts } = inspect(asked, body);
    expect(facts).toMatchObject({ final: false, verification: { verdict: "invalid" } });
    const found = await until(() => (told.get(asked.id)?.final === true ? told.get(asked.id) : undefined), "the cause");
    expect(found).toMatchObject({ verification: { verdict: "invalid" }, event: "task.submitted" });
  });

  it("belongs to the provider that was named for its path, the longest path first", () => {
    const assignments = [
      { provider: catalogue.find("stripe") ?? catalogue.providers[0], path: "" },
      { provider: catalogue.find("moltify") ?? catalogue.providers[0], path: "/hook" },
    ].flatMap(({ provider, path }) => (provider === undefined ? [] : [{ provider, path }]));
    const { inspect } = open({ assignments });
    const of = (target: string): unknown => inspect(request(moltify(body), { target }), body).facts.provider;
    expect(["/hook", "/hook?x=1", "/hook/a", "/hookx", "/"].map(of)).toEqual(["moltify", "moltify", "moltify", "stripe", "stripe"]);
    // a framework may read these as the other path, or as none of the two: nobody's secret opens them
    const twofold = ["/%68ook", "//hook", "/x/../hook", "/hook/../x", "/HOOK", "/./hook", "/hook%2f..%2fx", "http://a/hook", "\\hook"];
    expect(twofold.map(of)).toEqual(twofold.map(() => null));
  });

  it("of senders with the same headers belongs to the one whose secret matches", () => {
    const secrets: Record<string, string> = {
      clerk: `whsec_${Buffer.from("clerk's made-up secret").toString("base64")}`,
      resend: `whsec_${Buffer.from("resend's made-up one").toString("base64")}`,
    };
    const { inspect } = open({ secretsOf: ({ id }) => (secrets[id] === undefined ? [] : [secrets[id]]) });
    const at = String(NOW / 1_000);
    const signature = createHmac("sha256", "resend's made-up one").update(`msg_1.${at}.`).update(body).digest("base64");
    const { facts } = inspect(request(["svix-id", "msg_1", "svix-timestamp", at, "svix-signature", `v1,${signature}`]), body);
    expect(facts).toMatchObject({ provider: "resend", verification: { verdict: "valid" } });
  });

  it("is checked against the public URL, in both spellings of a tunnel's root", () => {
    const { inspect } = open({ secretsOf: ({ id }) => (id === "square" ? [SECRET] : []) });
    const verdictFor = (url: string, target: string): unknown => {
      const signature = createHmac("sha256", SECRET).update(url).update(body).digest("base64");
      return inspect(request(["x-square-hmacsha256-signature", signature], { target }), body).facts.verification?.verdict;
    };
    expect(verdictFor("https://relay.example.com/t/hook?a=b", "/hook?a=b")).toBe("valid");
    expect(verdictFor("https://relay.example.com/t", "/")).toBe("valid");
    expect(verdictFor("https://relay.example.com/t/", "/")).toBe("valid");
    expect(verdictFor("http://localhost:8000/hook", "/hook")).toBe("invalid");
  });
});

describe("a body that streams", () => {
  it.each([
    ["of 300 KiB", 300_000],
    ["of exactly 10 MiB", 10 * MIB],
    ["of 10 MiB and a byte", 10 * MIB + 1],
  ])("%s is judged when it is whole, whether its length was told or not", async (_name, bytes) => {
    const { inspect, told } = open();
    const body = Buffer.alloc(bytes, "x");
    for (const length of [
      ["Content-Length", String(bytes)],
      ["Transfer-Encoding", "chunked"],
    ]) {
      for (const [secret, verdict] of [
        [SECRET, "valid"],
        ["wrong", "invalid"],
      ] as const) {
        const asked = request([...moltify(body, secret), ...length]);
        const inspection = inspect(asked, undefined);
        expect(inspection.facts).toMatchObject({ provider: "moltify", verification: null, final: false });
        stream(inspection, body);
        expect(await inspection.settled).toMatchObject({ verification: { verdict } });
        await until(() => told.get(asked.id)?.final, "the last word");
      }
    }
  });

  it("is forgotten when the sender breaks off", async () => {
    const { inspect, told } = open();
    const asked = request(moltify("x"));
    const inspection = inspect(asked, undefined);
    inspection.data(Buffer.from("x"));
    inspection.end({ complete: false });
    expect(await inspection.settled).toMatchObject({ verification: null });
    expect(told.get(asked.id)).toMatchObject({ provider: "moltify", verification: null, final: true });
  });

  it("is hashed instead of kept when too many are on their way", async () => {
    const { inspect } = open();
    const body = Buffer.alloc(9 * MIB, "y");
    const all = Array.from({ length: 9 }, () => inspect(request(moltify(body)), undefined));
    // all of them are open at the same time: 81 MiB, of which 64 may be kept
    for (let from = 0; from < body.length; from += MIB) for (const one of all) one.data(body.subarray(from, from + MIB));
    for (const one of all) one.end({ complete: true });
    const verdicts = await Promise.all(all.map(async ({ settled }) => (await settled)?.verification?.verdict));
    expect(verdicts).toEqual(Array.from({ length: 9 }, () => "valid"));
  });
});

describe("the thread", () => {
  it("that has too much to do leaves the verdict as it is", () => {
    const { inspect, told } = open({ thread: { judge: () => false } });
    const body = Buffer.from("{}");
    const asked = request(moltify(body, "wrong"));
    inspect(asked, body);
    expect(told.get(asked.id)).toMatchObject({ final: true, verification: { verdict: "invalid" } });
  });

  it("takes one job however large, and no second one beyond 64 MiB", () => {
    const thread = openThread();
    const job = (bytes: number): boolean =>
      thread.judge({ request: request([]), body: new Uint8Array(bytes), candidates: [], at: NOW, secrets: {} }, () => {});
    expect([job(65 * MIB), job(1)]).toEqual([true, false]);
  });
});
