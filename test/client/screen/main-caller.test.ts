import { expect, it } from "vitest";
import { createMainCaller } from "../../../client/screen/main-caller.ts";
import type { FromScreen } from "../../../client/screen/messages.ts";
import { DevhookError } from "../../../shared/errors.ts";

function begin() {
  const posted: FromScreen[] = [];
  return { posted, ...createMainCaller((message) => posted.push(message)) };
}

it("posts each call with a number of its own, and gives each its own answer, in any order", async () => {
  const { posted, call, answered } = begin();
  const first = call("retarget", 3000);
  const second = call("copy", "text");
  expect(posted).toEqual([
    { type: "call", call: 1, name: "retarget", argument: 3000 },
    { type: "call", call: 2, name: "copy", argument: "text" },
  ]);
  answered({ type: "result", call: 2, value: { kind: "tmux" } });
  answered({ type: "result", call: 1, value: undefined });
  expect([await first, await second]).toEqual([undefined, { kind: "tmux" }]);
});

it("throws what the main thread has thrown, with what to do", async () => {
  const { call, answered } = begin();
  const calls = [call("edit", "/tmp/x"), call("testChoices", undefined)];
  answered({ type: "fault", call: 1, fault: { code: "usage", message: "no editor", why: "none is set", fix: "set one" } });
  answered({ type: "fault", call: 2, fault: { code: "internal", message: "boom", why: undefined, fix: undefined } });
  const [first, second] = await Promise.all(calls.map((each) => each.catch((error: unknown) => error)));
  expect(first).toBeInstanceOf(DevhookError);
  expect(first).toMatchObject({ code: "usage", message: "no editor", why: "none is set", fix: "set one" });
  expect(second).toMatchObject({ code: "internal", message: "boom" });
});

it("passes over answers to what nobody has asked, and second answers", async () => {
  const { call, answered } = begin();
  const first = call("copy", "x");
  answered({ type: "result", call: 9, value: 1 });
  answered({ type: "fault", call: 10, fault: { code: "internal", message: "x", why: undefined, fix: undefined } });
  answered({ type: "result", call: 1, value: "one" });
  answered({ type: "result", call: 1, value: "two" });
  expect(await first).toBe("one");
});
