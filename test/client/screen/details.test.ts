import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDetails, type Details } from "../../../client/screen/details.ts";
import type { Tab } from "../../../client/tui/model.ts";
import { changeRows, EMPTY_LIST } from "../../../client/tui/state/list-state.ts";
import type { ScreenState } from "../../../client/tui/state/state.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { until } from "../../rig/until.ts";
import { LOOKS, plain } from "../tui/frame/screen-values.ts";
import { stateOf } from "../tui/state/made-state.ts";
import { openTempHistory, type TempHistory, withBody } from "./temp-history.ts";

let temp: TempHistory;
let details: Details;
let reads: string[];
let loads: number;
let faults: string[];
let fault: Error | undefined;

beforeEach(() => {
  temp = openTempHistory();
  reads = [];
  loads = 0;
  faults = [];
  fault = undefined;
  const { history } = temp;
  const read =
    <Arguments extends readonly [string, ...unknown[]], Result>(name: string, call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      if (fault !== undefined) throw fault;
      reads.push(`${name} ${given[0]}`);
      return call(...given);
    };
  details = createDetails({
    history: {
      get: read("get", history.get),
      head: read("head", history.head),
      body: read("body", history.body),
      answerBody: read("answer", history.answerBody),
      sentBody: read("sent", history.sentBody),
    },
    catalogue: createCatalogue([]),
    secrets: { facts: () => [] },
    onLoaded: () => (loads += 1),
    onFault: (told) => faults.push(told),
  });
});
afterEach(() => temp.remove());

/** The screen with this delivery selected and this shown of it. */
function looking(id: string, tab: Tab = "summary", detail: Partial<ScreenState["detail"]> = {}): ScreenState {
  const rows = temp.history.rows({ limit: 1_000, order: "oldest" }).map((row) => ({ ...row, deadline: undefined }));
  const list = changeRows(EMPTY_LIST, { rows });
  const state = stateOf(0, { list: { ...list, selected: rows.find((row) => row.id === id)?.seq } });
  return { ...state, detail: { ...state.detail, tab, ...detail } };
}

function text(state: ScreenState, columns = 80): string | undefined {
  const document = details.document(state, LOOKS.mono, columns);
  return document === undefined ? undefined : plain(document.lines(0, document.count).join("\n"));
}

/** The body once it has been opened. */
async function opened(state: ScreenState): Promise<string | undefined> {
  const before = loads;
  text(state);
  await until(() => loads > before);
  return text(state);
}

describe("what is shown of a delivery", () => {
  it("is read when it is looked at, and not again for the next frame", () => {
    const [id = ""] = temp.addMany(1);
    expect(text(looking(id))).toContain("/hooks/stripe");
    const document = details.document(looking(id), LOOKS.mono, 80);
    expect(details.document(looking(id), LOOKS.mono, 80)).toBe(document);
    expect(reads).toEqual([`head ${id}`]);
    expect(details.document(looking(id), LOOKS.mono, 60)).not.toBe(document);
    details.restyle();
    expect(text(looking(id), 60)).toBeDefined();
    expect(reads).toEqual([`head ${id}`]);
  });

  it("has its body a little later, in the form that is asked for", async () => {
    const [id = ""] = temp.add(withBody('{"n":1}', { headers: ["Content-Type", "application/json"] }));
    expect(await opened(looking(id, "body"))).toMatch(/^\{\n {2}"n": 1\n\}$/);
    expect(await opened(looking(id, "body", { mode: "raw" }))).toBe('{"n":1}');
    expect(await opened(looking(id, "body", { mode: "bytes" }))).toMatch(/7b 22 6e/);
    expect(reads.filter((each) => each.startsWith("body"))).toHaveLength(3);
    expect(await opened(looking(id, "response"))).toContain("ok");
    // opened already
    expect(text(looking(id, "body"))).toContain('"n": 1');
    expect(reads.filter((each) => each.startsWith("body"))).toHaveLength(3);
  });

  it("folds, wraps, and finds text in what is shown", async () => {
    const [id = ""] = temp.add(withBody(`{"a":{"b":1},"long":"${"x".repeat(200)}"}`, { headers: ["Content-Type", "application/json"] }));
    const body = await opened(looking(id, "body"));
    expect(details.find("B")).toEqual([2]);
    expect([details.find(""), details.find("no such text")]).toEqual([[], []]);
    const place = details.document(looking(id, "body"), LOOKS.mono, 80)?.foldOf(1);
    expect(place).toBeDefined();
    const folded = text(looking(id, "body", { folded: new Set([place ?? -1]) }));
    expect(folded?.split("\n").length).toBeLessThan(body?.split("\n").length ?? 0);
    const wrapped = text(looking(id, "body", { wrap: true }));
    expect(wrapped?.split("\n").length).toBeGreaterThan(body?.split("\n").length ?? 0);
  });

  it("tells an edit that keeps the length from no edit at all, and shows each attempt with what it sent", async () => {
    const [id = ""] = temp.add(withBody('{"n":1}', { headers: ["Content-Type", "application/json"] }));
    const { method, target, headers } = temp.history.head(id) ?? { method: "", target: "", headers: [] };
    const resent = (body: string, answer: string): number =>
      temp.other.recordAttempt(id, {
        kind: "resend",
        at: 0,
        target: "http://localhost:8000/",
        request: { method, target, headers: [...headers, "X-More", "1"], body: Buffer.from(body) },
        head: { status: 200, reason: "OK", headers: [] },
        body: Buffer.from(answer),
        timings: { total: 1 },
      });
    const edited = resent('{"n":2}', "one answer");
    const unedited = resent('{"n":1}', "another answer");
    resent('{"n":33}', "the last answer");
    const tries = text(looking(id, "tries"));
    expect(tries?.split("\n").filter((line) => line.includes("~"))).toEqual([
      "      ~ sent with changes: headers +X-More; another body of the same size",
      "      ~ sent with changes: headers +X-More",
      "      ~ sent with changes: headers +X-More; body 7B to 8B",
    ]);
    // sizes that differ say enough
    expect(reads).toEqual([`head ${id}`, `body ${id}`, `sent ${id}`, `sent ${id}`]);
    const of = async (attempt: number): Promise<string> => {
      const state = looking(id, "response", { attempt });
      await until(() => /answer/.test(text(state) ?? "") && !/being read/.test(text(state) ?? ""));
      return text(state) ?? "";
    };
    expect(await of(edited)).toMatch(/one answer[^]*as it was sent[^]*\+ X-More: 1[^]*"n": 2\n/);
    expect(await of(unedited)).toMatch(/another answer[^]*its body is the one that was received/);
    expect(text(looking(id, "tries"))).toBe(tries);
    expect(reads.filter((each) => each.startsWith("body"))).toHaveLength(1);
  });

  it("keeps two large bodies that are shown together, until another one is", async () => {
    const [id = "", other = ""] = temp.add(withBody("received"), withBody("z".repeat(2 * 1024 * 1024)));
    const large = (letter: string): Buffer => Buffer.alloc(2 * 1024 * 1024, letter);
    const { method, target, headers } = temp.history.head(id) ?? { method: "", target: "", headers: [] };
    const n = temp.other.recordAttempt(id, {
      kind: "resend",
      at: 0,
      target: "http://localhost:8000/",
      request: { method, target, headers, body: large("s") },
      head: { status: 200, reason: "OK", headers: [] },
      body: large("a"),
      timings: { total: 1 },
    });
    const state = looking(id, "response", { attempt: n });
    const isWhole = (): boolean => /aaaa[^]*ssss/.test(text(state) ?? "");
    await until(isWhole);
    expect([isWhole(), loads, reads]).toEqual([true, 2, [`head ${id}`, `answer ${id}`, `sent ${id}`]]);
    await opened(looking(other, "body"));
    await until(isWhole);
    expect(reads.slice(-2)).toEqual([`answer ${id}`, `sent ${id}`]);
  });

  it("is read again after a change, and only then", async () => {
    const [id = "", another = ""] = temp.addMany(2);
    text(looking(id));
    details.forget([another]);
    text(looking(id));
    expect(reads).toHaveLength(1);
    temp.other.setNote(id, "ask Ada");
    details.forget([id]);
    expect(text(looking(id))).toContain("ask Ada");
    expect(reads).toHaveLength(2);
  });

  it("is kept for the last 20 that were looked at", () => {
    const ids = temp.addMany(22);
    for (const id of ids.slice(0, 20)) text(looking(id));
    // the first is looked at once more, so that the second is the oldest
    text(looking(ids[0] ?? ""));
    text(looking(ids[20] ?? ""));
    reads.length = 0;
    text(looking(ids[0] ?? ""));
    expect(reads).toEqual([]);
    text(looking(ids[1] ?? ""));
    expect(reads).toEqual([`head ${ids[1]}`]);
  });

  it("has one large body open at a time", async () => {
    const large = (letter: string): ReturnType<typeof withBody> =>
      withBody(letter.repeat(1_048_577), { headers: ["Content-Type", "text/plain"] });
    const [first = "", second = "", small = ""] = temp.add(
      large("a"),
      large("b"),
      withBody("c", { headers: ["Content-Type", "text/plain"] }),
    );
    await opened(looking(small, "body"));
    await opened(looking(first, "body"));
    await opened(looking(second, "body"));
    reads.length = 0;
    text(looking(small, "body"));
    text(looking(second, "body"));
    expect(reads).toEqual([]);
    await opened(looking(first, "body"));
    expect(reads).toEqual([`body ${first}`]);
  });

  it("is nothing when it has gone, or nothing is selected", () => {
    const [id = ""] = temp.addMany(1);
    const state = looking(id);
    temp.other.remove([id]);
    expect(text(state)).toBeUndefined();
    expect(text(stateOf(0))).toBeUndefined();
    expect(details.find("x")).toEqual([]);
    expect(details.reasons(id)).toEqual({});
    expect(details.reasons(undefined)).toEqual({});
  });
});

describe("a comparison", () => {
  it("shows how two differ, and again when one of them has changed", () => {
    const [before = "", after = ""] = temp.add(withBody('{"n":1}'), withBody('{"n":2}'));
    const state = looking(after, "summary", { diff: { before, after } });
    expect(text(state)).toMatch(/~ n: 1 → 2/);
    reads.length = 0;
    text(state);
    expect(reads).toEqual([]);
    details.forget([before]);
    text(state);
    expect(reads).toEqual([`get ${before}`, `get ${after}`]);
    temp.other.remove([before]);
    details.forget([before]);
    expect(text(state)).toBeUndefined();
  });
});

it("goes on without what cannot be read, tells of it once, and shows it when it can be read", () => {
  const [id = ""] = temp.addMany(1);
  fault = new Error("disk I/O error");
  for (let frame = 0; frame < 3; frame++) expect([text(looking(id)), details.reasons(id)]).toEqual([undefined, {}]);
  expect(faults).toEqual(["disk I/O error"]);
  fault = undefined;
  expect(text(looking(id))).toContain("/hooks/stripe");
});
