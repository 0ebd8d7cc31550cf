import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery } from "../../../client/ledger/records.ts";
import { createKnownSecrets, type KnownSecrets } from "../../../client/screen/known-secrets.ts";
import { createSecretActions } from "../../../client/screen/secret-actions.ts";
import { sentenceOf } from "../../../client/screen/telling.ts";
import { changeRows, EMPTY_LIST, type ListState } from "../../../client/tui/state/list-state.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { systemClock } from "../../../shared/clock.ts";
import { openTempHistory, type TempHistory, withBody } from "./temp-history.ts";

const SECRET = "whsec_madeUpForThisTest";
const OTHER = "whsec_anotherMadeUpOne";
const BODY = '{"id":"evt_1","type":"invoice.paid"}';

let temp: TempHistory;
let file: string;
let changed: string[];
let faults: string[];
/** what was asked of the main thread */
let called: string[];

beforeEach(() => {
  temp = openTempHistory();
  file = join(temp.folder, "secrets.json");
  changed = [];
  faults = [];
  called = [];
});
afterEach(() => temp.remove());

function signed(secret: string, change: Partial<Delivery> = {}): Partial<Delivery> {
  const now = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`${now}.${BODY}`).digest("hex");
  const headers = ["Host", "x", "Content-Type", "application/json", "Stripe-Signature", `t=${now},v1=${signature}`];
  return withBody(BODY, { headers, provider: "stripe", verdict: "no-secret", ...change });
}

async function begin(env: Readonly<Record<string, string>> = {}, flags: Readonly<Record<string, readonly string[]>> = {}) {
  const secrets = createKnownSecrets(
    { secrets: flags, env, secretsFile: file },
    { clock: systemClock, onFault: (text) => faults.push(text), onRead: () => undefined },
  );
  await secrets.refresh();
  const list = (): ListState => {
    const rows = temp.history.rows({ limit: 10_000, order: "oldest" }).map((row) => ({ ...row, deadline: undefined }));
    return changeRows(EMPTY_LIST, { rows });
  };
  const actions = createSecretActions({
    data: { secretsFile: file },
    history: temp.history,
    catalogue: createCatalogue([]),
    secrets,
    clock: systemClock,
    main: {
      call: ((name: string) => {
        called.push(name);
        return Promise.resolve();
      }) as Parameters<typeof createSecretActions>[0]["main"]["call"],
    },
    list,
    onChanged: (ids) => changed.push(...ids),
  });
  return { secrets, actions };
}

const STRIPE = { id: "stripe" };

function verdicts(): readonly unknown[] {
  return temp.history.rows({ limit: 100, order: "oldest" }).map(({ verdict }) => verdict);
}

describe("a secret that is kept", () => {
  it("is in the file, and judges the deliveries of before; it is in nothing that is said", async () => {
    const ids = temp.add(signed(SECRET), signed(OTHER), withBody("{}"), signed(SECRET, { complete: false }));
    const { actions, secrets } = await begin();
    const said = await actions.store("stripe", ` ${SECRET} `);
    expect(verdicts()).toEqual(["valid", "invalid", undefined, "no-secret"]);
    expect(said.text).toBe("secret of Stripe kept; 2 judged again: 1 valid, 1 not. But white space around the secret has been left out");
    expect(changed.toSorted()).toEqual(ids.slice(0, 2).toSorted());
    // and whoever judges what arrives knows it, too
    expect([secrets.of(STRIPE), called]).toEqual([[SECRET], ["secretsChanged"]]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ secrets: { stripe: [SECRET] } });
    const record = temp.history.get(ids[1] ?? "")?.verification ?? "";
    expect(JSON.parse(record)).toMatchObject({ verdict: "invalid" });
    expect(said.text + record).not.toContain(SECRET);
  });

  it("may be several, as JSON", async () => {
    temp.add(signed(SECRET), signed(OTHER));
    const { actions, secrets } = await begin();
    expect(await actions.store("stripe", JSON.stringify([OTHER, SECRET]))).toEqual({
      kind: "ok",
      text: "secret of Stripe kept; 2 judged again: 2 valid, 0 not",
    });
    expect(secrets.of(STRIPE)).toEqual([OTHER, SECRET]);
    const [stripe] = await actions.list();
    expect(stripe).toEqual({ provider: "stripe", name: "Stripe", kept: "2 secrets" });
  });

  it("is doubted when it looks masked, or is hidden by another one", async () => {
    const { actions } = await begin();
    const masked = await actions.store("stripe", "whsec_abc***");
    expect([masked.kind, masked.text]).toEqual(["warning", expect.stringContaining("as if it had been masked")]);
    const hidden = await (await begin({ DEVHOOK_SECRET_STRIPE: OTHER })).actions.store("stripe", SECRET);
    expect([hidden.kind, hidden.text]).toEqual(["warning", expect.stringContaining("which counts for this run")]);
    expect(hidden.text).not.toContain(SECRET);
    expect(hidden.text).not.toContain(OTHER);
  });

  it("is not kept when there is none in what was typed, when nobody knows the sender, and when the file is damaged", async () => {
    const { actions } = await begin();
    const fault = async (provider: string, text: string): Promise<string> =>
      sentenceOf(await actions.store(provider, text).catch((error: unknown) => error));
    expect(await fault("stripe", "  ")).toContain("there is no secret in this");
    expect(await fault("nobody", SECRET)).toContain("nobody");
    writeFileSync(file, "{broken");
    expect(await fault("stripe", SECRET)).toContain("is damaged");
    expect(readFileSync(file, "utf8")).toBe("{broken");
  });

  it("says so when nothing has come of its sender", async () => {
    const { actions } = await begin();
    expect((await actions.store("stripe", SECRET)).text).toBe("secret of Stripe kept; none of its deliveries are here yet");
    expect(changed).toEqual([]);
  });
});

describe("a secret that is removed", () => {
  it("is gone from the file, and its deliveries are judged without it", async () => {
    temp.add(signed(SECRET));
    const { actions, secrets } = await begin();
    await actions.store("stripe", SECRET);
    expect((await actions.remove("stripe")).text).toBe("secret of Stripe removed; 1 judged again: 0 valid, 0 not");
    expect([secrets.of(STRIPE), verdicts()]).toEqual([[], ["no-secret"]]);
    expect(readFileSync(file, "utf8")).not.toContain(SECRET);
  });

  it("says what gives it when that is not the file", async () => {
    const { actions } = await begin({}, { stripe: [SECRET] });
    const told = sentenceOf(await actions.remove("stripe").catch((error: unknown) => error));
    expect(told).toMatch(/no stored secret of Stripe: --secret or the environment/);
  });
});

describe("the senders", () => {
  it("are those that deliveries came from first, then those with a secret, with what may be seen of it", async () => {
    temp.add(signed(SECRET));
    const { actions } = await begin({ DEVHOOK_SECRET_GITHUB: "madeUpForGithub" });
    const [first, second, third] = await actions.list();
    expect([first?.provider, first?.kept]).toEqual(["stripe", undefined]);
    expect(second?.provider).toBe("github");
    expect(second?.kept).not.toContain("madeUp");
    expect(third?.kept).toBeUndefined();
  });
});

describe("the secrets that are known", () => {
  it("are those of --secret before those of the environment before those of the file, each with where it is from", async () => {
    writeFileSync(file, JSON.stringify({ version: 1, secrets: { stripe: ["file1"], github: ["file2"], svix: ["file3"] } }));
    const { secrets } = await begin({ DEVHOOK_SECRET_STRIPE: "env1", DEVHOOK_SECRET_GITHUB: " env2 " }, { stripe: ["flag1"] });
    const origin = (id: string): unknown => secrets.facts({ id }).map((facts) => facts.origin);
    expect(["stripe", "github", "svix"].map((id) => secrets.of({ id }))).toEqual([["flag1"], ["env2"], ["file3"]]);
    expect(["stripe", "github", "svix"].map(origin)).toEqual([["--secret"], ["DEVHOOK_SECRET_GITHUB"], ["secrets.json"]]);
    expect(secrets.isAny()).toBe(true);
    expect(secrets.all().map(({ secret }) => secret)).toEqual(["flag1", "file1", "file2", "file3", "env1", "env2"]);
    expect(JSON.stringify(secrets.facts(STRIPE))).not.toContain("flag1");
  });

  it("are none where none is, be it an empty variable", async () => {
    const { secrets } = await begin({ DEVHOOK_SECRET_STRIPE: " " });
    expect([secrets.isAny(), secrets.all(), secrets.of(STRIPE), faults]).toEqual([false, [], [], []]);
  });

  it("are those of before when the file is damaged meanwhile, and that is told", async () => {
    const { secrets, actions }: { secrets: KnownSecrets; actions: Awaited<ReturnType<typeof begin>>["actions"] } = await begin();
    await actions.store("stripe", SECRET);
    writeFileSync(file, "{broken");
    await secrets.refresh();
    expect([secrets.of(STRIPE), faults.length > 0]).toEqual([[SECRET], true]);
  });
});
