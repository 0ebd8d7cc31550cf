import { describe, expect, it } from "vitest";
import type { AppTarget } from "../../../client/forwarder/app-target.ts";
import { createForwarder } from "../../../client/forwarder/forward.ts";
import { createSwitchTarget } from "../../../client/tunnel/switch-target.ts";
import { systemClock } from "../../../shared/clock.ts";

const START: AppTarget = {
  url: new URL("http://localhost:8000"),
  path: "/api",
  hostHeader: "rewrite",
  headers: ["X-Mine", "1"],
  insecure: true,
};

function running(relay: string | undefined): { readonly switchTo: (text: string) => AppTarget; readonly target: () => AppTarget } {
  const forwarder = createForwarder({ target: START, clock: systemClock, maxConnections: 1, graceMs: 0, timeoutMs: 1_000 });
  const address = relay === undefined ? undefined : new URL(relay);
  return { switchTo: createSwitchTarget(forwarder, { relay: () => address }), target: forwarder.target };
}

describe("switching to another app", () => {
  it.each([
    ["8081", "http://localhost:8081", "127.0.0.1 in another spelling", "http://127.0.0.1:8081"],
    ["[::1]:8081", "http://[::1]:8081", "the same on IPv6", "http://127.0.0.1:8081"],
    ["https://hooks.example", "https://hooks.example", "the port of its scheme", "https://hooks.example:443"],
  ])("refuses %s (%s) where the relay is: %s", (text, origin, _why, relay) => {
    const { switchTo, target } = running(relay);
    expect(() => switchTo(text)).toThrow(`${origin} is the relay itself`);
    expect(target()).toBe(START);
  });

  it.each(["", "0", "65536", "app", "localhost", "ftp://localhost:21", "http://u:p@localhost:80", "http://a.example/?x=1"])(
    "refuses %j, and says what it takes",
    (text) => {
      const { switchTo, target } = running(undefined);
      expect(() => switchTo(text)).toThrow(
        expect.objectContaining({ code: "usage", why: expect.stringContaining("a port (8000)") as unknown }),
      );
      expect(target()).toBe(START);
    },
  );

  it.each([
    ["3000", "http://localhost:3000", "/api"],
    [" :65535 ", "http://localhost:65535", "/api"],
    ["127.0.0.1:8080", "http://127.0.0.1:8080", "/api"],
    ["https://other.example/hooks/", "https://other.example", "/hooks"],
  ])("takes %j: calls go to %s behind %s, dressed as before", (text, origin, path) => {
    const { switchTo, target } = running("http://localhost:8081");
    const now = switchTo(text);
    expect(now).toEqual({ ...START, url: new URL(origin), path });
    expect(target()).toBe(now);
  });
});
