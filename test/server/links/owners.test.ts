import { expect, test } from "vitest";
import type { Link } from "../../../server/links/link.ts";
import { Owners } from "../../../server/links/owners.ts";

/** As much of a link as its owner looks at. */
function link(state: { readonly left: boolean; readonly tunnel?: string }): Link {
  const fake: Pick<Link, "identity" | "accepting" | "left"> = {
    identity: { tunnel: state.tunnel ?? "shop", epoch: 1, ownerKind: "anonymous", ownerId: "o", instance: "i", address: "127.0.0.1" },
    accepting: !state.left,
    left: state.left,
  };
  return fake as Link;
}

test("remembers when a tunnel lost its client, so that its return can be waited for", () => {
  const owners = new Owners();
  const lost = link({ left: false });
  owners.take(lost);
  expect(owners.leave(lost, 1_234)).toBe(true);
  expect(owners.leftAt("shop")).toBe(1_234);
});

test("does not wait for a client that has said that it leaves", () => {
  const owners = new Owners();
  const leaving = link({ left: true });
  owners.take(leaving);
  expect(owners.linkOf("shop")).toBeUndefined();
  expect(owners.leave(leaving, 1_234)).toBe(true);
  expect(owners.leftAt("shop")).toBeUndefined();
});

test("does not take a tunnel from its newer client when the older one goes", () => {
  const owners = new Owners();
  const [older, newer] = [link({ left: false }), link({ left: false })];
  owners.take(older);
  expect(owners.take(newer)).toBe(older);
  expect(owners.leave(older, 1_234)).toBe(false);
  expect(owners.linkOf("shop")).toBe(newer);
});

test("numbers the links of each tunnel by itself", () => {
  const owners = new Owners();
  expect([owners.nextEpoch("a"), owners.nextEpoch("a"), owners.nextEpoch("b")]).toEqual([1, 2, 1]);
});

test("tells an arrival once to each who waits, and not to those who gave up", () => {
  const owners = new Owners();
  const heard: string[] = [];
  owners.onArrival("shop", () => heard.push("one"));
  const giveUp = owners.onArrival("shop", () => heard.push("two"));
  giveUp();
  giveUp();
  owners.take(link({ left: false, tunnel: "other" }));
  expect(heard).toEqual([]);
  owners.take(link({ left: false }));
  owners.take(link({ left: false }));
  expect(heard).toEqual(["one"]);
});

test("forgets after a minute when a tunnel lost its client", () => {
  const owners = new Owners();
  for (let at = 0; at < 100; at++) {
    const one = link({ left: false, tunnel: `t${at}` });
    owners.take(one);
    owners.leave(one, at * 1_000);
  }
  expect(owners.leftAt("t39")).toBeUndefined();
  expect(owners.leftAt("t40")).toBe(40_000);
  expect(owners.leftAt("t99")).toBe(99_000);
});
