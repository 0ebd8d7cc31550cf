import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../client/ledger/records.ts";
import {
  applyHeaderText,
  type Applied,
  applyRequestLine,
  applyText,
  changesOf,
  draftHeaderText,
  draftOf,
  draftRequestLine,
  draftText,
  type EditDraft,
  requestOf,
  switched,
} from "../../../client/resending/edit-draft.ts";
import { outgoingOf } from "../../../client/resending/outgoing.ts";
import { firstHeader } from "../../../shared/http/headers.ts";
import { checked, delivery, signers } from "./given.ts";

const NOW = 1_790_007_200_000;
const MINE = signers({ stripe: "whsec_made-up", github: "made-up", clerk: `whsec_${Buffer.from("made-up").toString("base64")}` });
const STRIPE = ["Stripe-Signature", "t=1790000000,v1=00"];
const BODY = '{"id":"evt_12345678","amount":142.50}';

function draft(one: Delivery, own = MINE): EditDraft {
  return draftOf(one, { signers: own, now: NOW, seed: "seed" });
}

function stripe(body: string | Buffer = BODY): Delivery {
  return delivery(body, { headers: STRIPE, ...checked("stripe", "v1") });
}

function applied(result: Applied): EditDraft {
  if (result.kind === "fault") throw new Error(`line ${result.line}: ${result.why}`);
  return result.draft;
}

/** The draft after somebody has replaced `from` by `to` in its text. */
function edit(before: EditDraft, from: string, to: string): EditDraft {
  const text = draftText(before).toString("latin1");
  expect(text).toContain(from);
  return applied(applyText(before, Buffer.from(text.replace(from, to), "latin1")));
}

/** What is sent in the end. */
function sent(done: EditDraft) {
  return outgoingOf(done.delivery, { ...requestOf(done), signers: MINE, now: NOW });
}

describe("an edit that is broken", () => {
  it("is explained with its line and what to do, and kept to the byte", () => {
    const before = draft(stripe());
    for (const [text, line] of [
      ["POST / HTTP/1.1\nno header\n\n\xff", 2],
      ["nothing", 1],
      ["@body base64\nPOST / HTTP/1.1\n\nYm9\n", 4],
    ] as const) {
      const bytes = Buffer.from(text, "latin1");
      const result = applyText(before, bytes);
      expect(result).toMatchObject({ kind: "fault", line, why: expect.stringMatching(/\S/) as string, text: bytes });
      expect(result.kind === "fault" && result.fix).toContain(`line ${line}`);
    }
  });

  it("is explained in header lines and in the request line too", () => {
    const before = draft(stripe());
    const headers = Buffer.from("Host: a\n\nBad Name: b\n");
    expect(applyHeaderText(before, headers)).toMatchObject({ kind: "fault", line: 3, text: headers });
    expect(applyHeaderText(before, Buffer.from("X: a\u0000"))).toMatchObject({ kind: "fault", line: 1 });
    for (const line of ["", "POST", "/hooks", "PO:ST /", "POST /a b", "POST /a\u0000", "POST /a HTTP/2"])
      expect(applyRequestLine(before, line)).toMatchObject({ kind: "fault", line: 1, text: Buffer.from(line) });
  });
});

describe("a draft that nobody has changed", () => {
  it("sends the delivery as it came but for its signature, and tells no change", () => {
    const before = draft(stripe());
    for (const same of [before, applied(applyText(before, draftText(before))), applied(applyHeaderText(before, draftHeaderText(before)))]) {
      expect(sent(same)).toMatchObject({ isEdited: false, isResigned: true });
      expect(changesOf(same, 5)).toEqual({
        headers: { changed: 0, all: 3 },
        body: { before: BODY.length, after: BODY.length },
        json: "ok",
        diff: [],
        more: 0,
        remark: undefined,
      });
    }
  });

  it("comes back from a text that was emptied as it was before", () => {
    const before = edit(draft(stripe()), "142.50", "1");
    expect(applyText(before, Buffer.from(" \n"))).toEqual({ kind: "draft", draft: before });
    expect(applyHeaderText(before, Buffer.alloc(0))).toEqual({ kind: "draft", draft: before });
  });
});

describe("an edit", () => {
  it("sends another body with its own length, and tells sizes, headers and the members that differ", () => {
    const after = edit(draft(stripe()), "142.50", "1");
    const { edited } = requestOf(after);
    expect([edited.body.toString(), firstHeader(edited.headers, "content-length")]).toEqual([
      BODY.replace("142.50", "1"),
      String(BODY.length - 5),
    ]);
    expect(changesOf(after, 5)).toEqual({
      headers: { changed: 1, all: 3 },
      body: { before: BODY.length, after: BODY.length - 5 },
      json: "ok",
      diff: [
        { sign: "-", text: "amount: 142.50" },
        { sign: "+", text: "amount: 1" },
      ],
      more: 0,
      remark: undefined,
    });
  });

  it("never sends the length that somebody has typed", () => {
    const before = draft(stripe());
    for (const after of [edit(before, "Content-Length: 37", "Content-Length: 5"), edit(before, "Content-Length: 37\n", "")])
      expect(firstHeader(requestOf(after).edited.headers, "content-length")).toBe("37");
    const headers = Buffer.from("content-length: 1\nContent-Length: 2\nX-New: é\n");
    expect(requestOf(applied(applyHeaderText(before, headers))).edited.headers).toEqual(["content-length", "37", "X-New", "\u00e9"]);
  });

  it("may change method and target, headers alone, or one after the other", () => {
    const before = draft(stripe());
    expect(draftRequestLine(before)).toBe("POST /hooks?x=1");
    const moved = applied(applyRequestLine(before, " PUT  /other HTTP/1.1 "));
    expect(draftHeaderText(moved).toString()).toBe("Host: relay.example\nContent-Length: 37\nStripe-Signature: t=1790000000,v1=00\n");
    const after = applied(applyHeaderText(moved, Buffer.from("Host: b\nX-New: 1\n")));
    expect(requestOf(after).edited).toMatchObject({
      method: "PUT",
      target: "/other",
      headers: ["Host", "b", "X-New", "1", "Content-Length", "37"],
    });
    expect(changesOf(after, 5).headers).toEqual({ changed: 3, all: 3 });
  });

  it("leaves bytes that are no text as they are", () => {
    const bytes = Buffer.from([0, 1, 0xff, 0x0d, 0x0a, 0x0a]);
    const after = edit(draft(delivery(bytes, { headers: ["X-A", "b"] })), "X-A: b", "X-A: c");
    expect(requestOf(after).edited.body).toEqual(bytes);
    expect(changesOf(after, 5)).toMatchObject({ json: "none", diff: [], headers: { changed: 1, all: 3 } });
  });
});

describe("the differences of a draft", () => {
  it("are those of lines once the body is JSON no more, which is said", () => {
    const after = edit(draft(stripe("{\n  1\n}".replace("1", '"a": 1'))), '"a": 1', '"a": ');
    expect(changesOf(after, 5)).toMatchObject({
      json: "broken",
      diff: [
        { sign: "-", text: '  "a": 1' },
        { sign: "+", text: '  "a": ' },
      ],
    });
  });

  it("are as many as asked for, cut, with the number of the others", () => {
    const after = edit(draft(delivery("a\nb\n")), "\n\na\nb\n", `\n\n${"x".repeat(2_000)}\ny\n`);
    const { diff, more } = changesOf(after, 3);
    expect([diff.map(({ sign, text }) => sign + text.slice(0, 1)), more]).toEqual([["-a", "-b", "+x"], 1]);
    expect(diff[2]?.text).toHaveLength(1_000);
    expect(changesOf(after, 4)).toMatchObject({ more: 0 });
  });

  it("say where bytes differ, and that values are only written otherwise", () => {
    const binary = draft(delivery(Buffer.from([0, 1, 0xff])));
    const other = Buffer.from([0, 2, 0xff]).toString("base64");
    expect(changesOf(edit(binary, Buffer.from([0, 1, 0xff]).toString("base64"), other), 5)).toMatchObject({
      diff: [],
      remark: "the bytes differ from byte 1 on",
    });
    expect(changesOf(edit(draft(stripe()), '{"id":', '{ "id":'), 5)).toMatchObject({
      json: "ok",
      diff: [],
      remark: "the same values, written otherwise",
    });
  });
});

describe("the signature of a draft", () => {
  it("stays where it cannot be made anew, with the reason", () => {
    const secretless = draft(stripe(), signers());
    expect(secretless.recomputeSignature).toEqual({ on: false, fixed: expect.stringContaining("devhook secrets set stripe") as string });
    expect(draft(delivery("{}")).recomputeSignature).toEqual({
      on: false,
      fixed: expect.stringContaining("nobody knows who sent it") as string,
    });
    expect(secretless.newTimestamp.on).toBe(false);
    expect(switched(secretless, "recomputeSignature")).toBe(secretless);
    expect(requestOf(secretless).changes).toEqual({ resign: false });
  });

  it("is made anew at the present time unless somebody chooses otherwise", () => {
    const before = draft(stripe());
    expect([before.recomputeSignature, before.newTimestamp]).toEqual([
      { on: true, fixed: undefined },
      { on: true, fixed: undefined },
    ]);
    const stamp = (done: EditDraft): string => firstHeader(sent(done).request.headers, "stripe-signature") ?? "";
    expect(stamp(before)).toMatch(/^t=1790007200,v1=[0-9a-f]{64}$/);
    expect(stamp(switched(before, "newTimestamp"))).toMatch(/^t=1790000000,v1=[0-9a-f]{64}$/);
    expect(stamp(switched(before, "recomputeSignature"))).toBe("t=1790000000,v1=00");
  });

  it("keeps the time that somebody has typed", () => {
    const typed = edit(switched(draft(stripe()), "newTimestamp"), "t=1790000000", "t=1790000001");
    expect(requestOf(typed).changes).toEqual({ resign: true, signedAt: 1_790_000_001_000 });
    expect(requestOf(edit(typed, "t=1790000001", "t=soon")).changes).toEqual({ resign: true });
  });

  it("has no time to choose where the scheme knows none, or none can be read", () => {
    const github = draft(delivery("{}", { headers: ["X-Hub-Signature-256", "sha256=00"], ...checked("github", "sha256") }));
    expect(github.newTimestamp).toEqual({ on: false, fixed: "its signature knows no time" });
    const timeless = draft(delivery("{}", checked("stripe", "v1")));
    expect(timeless.newTimestamp).toEqual({ on: true, fixed: "it holds no time that could be kept" });
    expect(switched(timeless, "newTimestamp")).toBe(timeless);
  });
});

describe("a new event id", () => {
  it("stands where the provider has it in the body, everything else as it was", () => {
    const after = switched(draft(stripe()), "newEventId");
    const { edited } = requestOf(after);
    expect(edited.body.toString()).toMatch(/^\{"id":"evt_\d{8}","amount":142\.50\}$/);
    expect(edited.body.toString()).not.toBe(BODY);
    expect(changesOf(after, 5).diff).toHaveLength(2);
    expect(requestOf(switched(after, "newEventId")).edited.body.toString()).toBe(BODY);
  });

  it("stands in the header, and is signed with it", () => {
    const headers = ["svix-id", "msg_abc", "svix-timestamp", "1790000000", "svix-signature", "v1,00"];
    const after = switched(draft(delivery("{}", { headers, provider: "clerk" })), "newEventId");
    const { request } = sent(after);
    const [id = "", at = ""] = [firstHeader(request.headers, "svix-id"), firstHeader(request.headers, "svix-timestamp")];
    expect(id).toMatch(/^msg_[0-9a-f]{3}$/);
    expect(id).not.toBe("msg_abc");
    expect(request.headers.filter((name) => name === "svix-id")).toHaveLength(1);
    const signature = createHmac("sha256", "made-up").update(`${id}.${at}.{}`).digest("base64");
    expect(firstHeader(request.headers, "svix-signature")).toBe(`v1,${signature}`);
  });

  it("stays a number where it is one", () => {
    const after = switched(draft(delivery('{"update_id":12}', { provider: "telegram" })), "newEventId");
    expect(requestOf(after).edited.body.toString()).toMatch(/^\{"update_id":\d+\}$/);
    expect(firstHeader(requestOf(after).edited.headers, "content-length")).toBe(String(requestOf(after).edited.body.length));
  });

  it.each([
    ["nobody knows", delivery("{}")],
    ["no event id is known in deliveries of Calendly", delivery("{}", { provider: "calendly" })],
    ["may hold several events", delivery('[{"sg_event_id":"a"}]', { provider: "sendgrid" })],
    ["it holds no event id", delivery("{}", { provider: "stripe" })],
  ])("cannot be chosen when %s", (why, one) => {
    const before = draft(one);
    expect(before.newEventId).toEqual({ on: false, fixed: expect.stringContaining(why) as string });
    expect(switched(before, "newEventId")).toBe(before);
  });

  it("is left out once somebody has taken the old one out", () => {
    const after = edit(switched(draft(stripe()), "newEventId"), '"id":"evt_12345678",', "");
    expect(requestOf(after).edited.body.toString()).toBe('{"amount":142.50}');
  });
});
