import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Exchange } from "../../../client/session/exchange.ts";
import { runSession, type Session, type SessionOptions } from "../../../client/session/run.ts";
import type { SessionState } from "../../../client/session/states.ts";
import { systemClock } from "../../../shared/clock.ts";
import {
  encodeCredit,
  encodeDataHead,
  encodeEnd,
  encodeGoAway,
  encodeRefusals,
  encodeReset,
  encodeResponse,
} from "../../../shared/wire/encode.ts";
import { okAnswer, startAppProbe } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { httpAnswer, refusalAnswer, requestFrame, startScriptedRelay, welcome, type Script, type ScriptedRelay } from "./scripted-relay.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function relay(...args: Parameters<typeof startScriptedRelay>): Promise<ScriptedRelay> {
  const started = await startScriptedRelay(...args);
  closers.push(started.close);
  return started;
}

type Watched = {
  readonly session: Session;
  readonly states: readonly SessionState[];
  readonly times: (kind: SessionState["kind"]) => number;
  readonly exchanges: readonly Exchange[];
  /** what the exchanges' listeners heard, in order, each behind the number of its exchange */
  readonly heard: readonly string[];
};

/** A session without waits (random 0) unless a test says otherwise. */
function watch(url: URL, options: Partial<SessionOptions> = {}): Watched {
  const states: SessionState[] = [];
  const exchanges: Exchange[] = [];
  const heard: string[] = [];
  const session = runSession({
    relay: url,
    tunnel: "shop",
    token: "dh_made-up",
    instance: "instance-1",
    client: "devhook/test",
    insecure: false,
    clock: systemClock,
    random: () => 0,
    onExchange: (exchange) => {
      const name = exchanges.push(exchange);
      exchange.listen({
        data: (bytes) => heard.push(`${name} data ${bytes.length}`),
        end: () => heard.push(`${name} end`),
        drain: () => heard.push(`${name} drain`),
        abandoned: (why) => heard.push(`${name} ${why}`),
      });
    },
    deadBuffers: () => {},
    onState: (state) => states.push(state),
    onRefusals: () => {},
    ...options,
  });
  closers.push(session.stop);
  return { session, states, times: (kind) => states.filter((state) => state.kind === kind).length, exchanges, heard };
}

const WHOLE = Buffer.alloc(0);
const DONE = { status: 200, reason: "OK", headers: [] };

function online({ session }: Watched): Promise<unknown> {
  return until(() => session.state().kind === "online", "the session to be online");
}

/** A session that is online, and its relay. */
async function linked(script?: Script): Promise<{ readonly there: ScriptedRelay; readonly watched: Watched }> {
  const there = await relay(script);
  const watched = watch(there.url);
  await online(watched);
  return { there, watched };
}

function reasonToWait({ states }: Watched): string {
  const state = states.find(({ kind }) => kind === "waiting");
  return state?.kind === "waiting" ? state.reason : "";
}

describe("a session", () => {
  test("dials with its name, token and instance, and is online with WELCOME only", async () => {
    const there = await relay(() => "silent-link");
    const watched = watch(there.url);
    await until(() => there.links[0]);
    expect(there.links[0]?.request.url).toBe("/_devhook/link");
    expect(there.links[0]?.request.headers).toMatchObject({
      authorization: "Bearer dh_made-up",
      "devhook-tunnel": "shop",
      "devhook-instance": "instance-1",
      "devhook-client": "devhook/test",
      "sec-websocket-protocol": "devhook.1",
    });
    expect(there.links[0]?.request.headers).not.toHaveProperty("sec-websocket-extensions");
    await until(() => watched.session.state().kind === "greeting");
    there.links[0]?.send(welcome({ epoch: 7 }));
    await online(watched);
    expect(watched.states.map(({ kind }) => kind)).toEqual(["dialling", "greeting", "online"]);
    expect(watched.states.at(-1)).toMatchObject({ welcome: { epoch: 7, tunnel: "shop" } });
  });

  test("comes back when nothing listens, again and again, and when the relay is there again", async () => {
    const first = await relay();
    await first.close();
    const watched = watch(first.url);
    await until(() => watched.times("waiting") > 12);
    expect(reasonToWait(watched)).toContain("ECONNREFUSED");
    await relay(undefined, { port: Number(first.url.port) });
    await online(watched);
  });

  test.each<readonly [string, "reset" | Buffer]>([
    ["a reset", "reset"],
    ["a proxy's 502 page", httpAnswer("502 Bad Gateway", "<html>nginx</html>")],
    ["a web server's 404 page", httpAnswer("404 Not Found", "<html>nginx</html>")],
    ["a page with 200", httpAnswer("200 OK", "<html>nginx</html>")],
    ["a 401 that is not a relay's", httpAnswer("401 No", '{"error":"no"}')],
    ["garbage", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
    [
      "a wrong handshake",
      Buffer.from("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n"),
    ],
  ])("comes back after %s", async (_what, answer) => {
    const { there, watched } = await linked((dial) => (dial < 3 ? answer : "link"));
    expect(watched.times("waiting")).toBe(3);
    expect(there.upgrades).toHaveLength(4);
  });

  test("never follows a redirect: the token stays with the one origin", async () => {
    const elsewhere = await startAppProbe({ answer: () => okAnswer() });
    closers.push(elsewhere.close);
    const redirect = httpAnswer("307 Temporary Redirect", "", [`Location: http://127.0.0.1:${elsewhere.port}/_devhook/link`]);
    await linked((dial) => (dial < 2 ? redirect : "link"));
    expect(elsewhere.connections).toEqual([]);
  });

  test("gives up on an answer that trickles for ever", async () => {
    const server = createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 1000000\r\n\r\n");
      const trickle = setInterval(() => socket.write("x"), 5);
      socket.on("close", () => clearInterval(trickle));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const watched = watch(new URL(`http://127.0.0.1:${port}`), { handshakeWithinMs: 100 });
    await until(() => watched.times("waiting") >= 2);
    expect(reasonToWait(watched)).toContain("no answer within");
  });

  test.each([400, 401, 403, 409, 426])("ends for good when the relay refuses it with %i", async (status) => {
    const there = await relay(() => refusalAnswer(status));
    expect(await watch(there.url).session.ended).toEqual({
      kind: "refused",
      failure: { kind: "refused", status, code: "some-code", message: "in words", retryAfterMs: undefined },
    });
    expect(there.upgrades).toHaveLength(1);
  });

  test.each([429, 503])("waits as long as a %i asks, and dials again", async (status) => {
    const there = await relay((dial) => (dial === 0 ? refusalAnswer(status, ["Retry-After: 1"]) : "link"));
    const watched = watch(there.url);
    await until(() => watched.session.state().kind === "waiting");
    const since = performance.now();
    await online(watched);
    expect(performance.now() - since).toBeGreaterThan(900);
  });

  test("dials at once when it is told to, instead of after the wait", async () => {
    const there = await relay((dial) => (dial === 0 ? refusalAnswer(503, ["Retry-After: 3000"]) : "link"));
    const watched = watch(there.url);
    await until(() => watched.session.state().kind === "waiting");
    watched.session.dialNow();
    watched.session.dialNow();
    await online(watched);
    expect(there.upgrades).toHaveLength(2);
  });

  test("that is told to dial while it dials, greets, is online or has ended goes on as it was", async () => {
    const there = await relay(() => "silent-link");
    const watched = watch(there.url);
    watched.session.dialNow();
    await until(() => there.links[0] !== undefined && watched.session.state().kind === "greeting");
    watched.session.dialNow();
    there.links[0]?.send(welcome());
    await online(watched);
    watched.session.dialNow();
    there.links[0]?.send(requestFrame(1, WHOLE));
    await until(() => watched.exchanges[0]);
    watched.session.stop();
    watched.session.dialNow();
    expect(watched.states.map(({ kind }) => kind)).toEqual(["dialling", "greeting", "online", "ended"]);
    expect(there.upgrades).toHaveLength(1);
  });

  test("says with the wait, and only then, how long it is", async () => {
    const there = await relay((dial) => (dial === 0 ? refusalAnswer(503, ["Retry-After: 3000"]) : "link"));
    const told: (readonly [string, number | undefined])[] = [];
    const watched = watch(there.url, {
      random: () => 0.5,
      onState: ({ kind }, retryMs) => told.push([kind, retryMs]),
    });
    await until(() => watched.session.state().kind === "waiting");
    watched.session.dialNow();
    await online(watched);
    expect(told).toEqual([
      ["dialling", undefined],
      ["waiting", 4_500_000],
      ["dialling", undefined],
      ["greeting", undefined],
      ["online", undefined],
    ]);
  });

  test("may be told to dial by whoever hears of the wait", async () => {
    const there = await relay((dial) => (dial === 0 ? refusalAnswer(503, ["Retry-After: 3000"]) : "link"));
    const watched = watch(there.url, {
      onState: ({ kind }) => {
        if (kind === "waiting") watched.session.dialNow();
      },
    });
    await online(watched);
    expect(there.upgrades).toHaveLength(2);
  });

  test("comes back after closes and resets, sixty times, and leaves no socket behind", async () => {
    const there = await relay();
    const watched = watch(there.url);
    for (let i = 1; i <= 60; i++) {
      await until(() => watched.session.state().kind === "online" && there.links.length === i, `link ${i}`);
      if (i % 2 === 0) there.links[i - 1]?.raw.resetAndDestroy();
      else there.links[i - 1]?.socket.close(1012, "again");
      await until(() => watched.times("waiting") === i);
    }
    await until(() => watched.session.state().kind === "online" && there.links.length === 61);
    await until(() => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length < 10);
    expect(watched.times("online")).toBe(61);
  });
});

describe("a relay that is silent", () => {
  /** Time runs a hundred times as fast, and so do the looks. */
  const fast = { clock: { now: systemClock.now, monotonic: () => systemClock.monotonic() * 100 }, lookEveryMs: 10 };

  test("before WELCOME is given up", async () => {
    const there = await relay((dial) => (dial === 0 ? "silent-link" : "link"));
    const watched = watch(there.url, fast);
    await online(watched);
    expect(reasonToWait(watched)).toContain("the relay did not greet");
  });

  test("and half open is found within 15 s, and its late close does not end the newer link", async () => {
    const there = await relay();
    const watched = watch(there.url, fast);
    await online(watched);
    there.links[0]?.send(requestFrame(1, WHOLE));
    await until(() => watched.exchanges[0]);
    const since = fast.clock.monotonic();
    // neither pongs nor anything else, as behind a cable that was pulled
    there.links[0]?.raw.pause();
    await until(() => watched.times("waiting") > 0);
    // 5 s more: on a shared machine a look can be late by 50 ms, which is 5 s here
    expect(fast.clock.monotonic() - since).toBeLessThan(20_000);
    expect(watched.heard).toEqual(["1 link-lost"]);
    await until(() => there.links.length === 2 && watched.session.state().kind === "online");
    there.links[0]?.raw.resume();
    there.links[0]?.socket.terminate();
    await until(() => there.links[0]?.closed());
    there.links[1]?.send(requestFrame(1, WHOLE));
    await until(() => watched.exchanges[1]);
    expect(watched.session.state().kind).toBe("online");
    expect(watched.heard).toEqual(["1 link-lost"]);
  });

  test("but answers pings is kept", async () => {
    const there = await relay();
    const watched = watch(there.url, fast);
    await online(watched);
    const since = fast.clock.monotonic();
    let pings = 0;
    there.links[0]?.socket.on("ping", () => (pings += 1));
    await until(() => fast.clock.monotonic() - since > 60_000);
    expect(pings).toBeGreaterThan(5);
    expect(watched.times("waiting")).toBe(0);
  });

  test("but whose message comes slowly is kept, until nothing more of it comes", async () => {
    const there = await relay();
    const watched = watch(there.url, fast);
    await online(watched);
    const since = fast.clock.monotonic();
    // the head of a message of 1 MB (RFC 6455 section 5.2): not even a pong can come before its end
    there.links[0]?.raw.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40]));
    await until(() => {
      there.links[0]?.raw.write("part");
      return fast.clock.monotonic() - since > 60_000;
    });
    expect(watched.times("waiting")).toBe(0);
    there.links[0]?.raw.pause();
    await until(() => watched.times("waiting") > 0);
    expect(reasonToWait(watched)).toContain("nothing was heard");
  });
});

describe("a relay that breaks the protocol", () => {
  function frame(type: number, stream: number, payload: Buffer): Buffer {
    const bytes = Buffer.alloc(9 + payload.length);
    bytes[0] = type;
    bytes.writeUInt32BE(stream, 1);
    bytes.writeUInt32BE(payload.length, 5);
    payload.copy(bytes, 9);
    return bytes;
  }

  function data(stream: number, bytes: number): Buffer {
    return Buffer.concat([encodeDataHead(stream, bytes), Buffer.alloc(bytes)]);
  }

  test.each<readonly [string, Buffer | string, number, string]>([
    ["a text message", "hello", 1003, "text messages are not part of the protocol"],
    ["an empty message", Buffer.alloc(0), 1002, "message-empty"],
    ["half a frame", Buffer.from([0x10, 0, 0]), 1002, "frame-truncated"],
    ["an unknown type", frame(0x77, 1, Buffer.alloc(0)), 1002, "frame-unknown"],
    ["a frame for relays", encodeResponse(1, DONE, WHOLE, { madeByClient: false }), 1002, "frame-direction"],
    ["DATA on the link", data(0, 1), 1002, "frame-stream"],
    ["END with bytes", frame(0x14, 1, Buffer.from("x")), 1002, "frame-payload"],
    ["too large DATA", data(1, 65_537), 1009, "frame-oversized"],
    ["a second WELCOME", welcome(), 1002, "stream-unexpected"],
    ["a stream that was left out", requestFrame(2, WHOLE), 1002, "stream-unexpected"],
    ["DATA for no stream", data(1, 1), 1002, "stream-unexpected"],
    ["DATA behind a whole body", Buffer.concat([requestFrame(1, WHOLE), data(1, 1)]), 1002, "stream-unexpected"],
    ["a 257th exchange", Buffer.concat(Array.from({ length: 257 }, (_, at) => requestFrame(at + 1, WHOLE))), 1002, "stream-limit"],
    ["too much credit", Buffer.concat([requestFrame(1, WHOLE), encodeCredit(1, 16_777_216)]), 1002, "credit-overflow"],
    [
      "DATA beyond its credit",
      Buffer.concat([requestFrame(1, undefined), ...Array.from({ length: 9 }, () => data(1, 65_536))]),
      1002,
      "credit-exceeded",
    ],
  ])("by %s is told so, loses its exchanges once, and the client comes back", async (_what, bytes, code, reason) => {
    const { there, watched } = await linked();
    there.links[0]?.socket.send(bytes);
    expect(await until(() => there.links[0]?.closed())).toEqual({ code, reason });
    await until(() => there.links.length === 2 && watched.session.state().kind === "online");
    expect(watched.heard.filter((line) => line.endsWith("link-lost"))).toHaveLength(watched.exchanges.length);
  });

  test("by anything before WELCOME", async () => {
    const there = await relay((dial) => (dial === 0 ? "silent-link" : "link"));
    const watched = watch(there.url);
    await until(() => there.links[0]);
    there.links[0]?.send(requestFrame(1, WHOLE), welcome());
    expect(await until(() => there.links[0]?.closed())).toEqual({ code: 1002, reason: "stream-unexpected" });
    await online(watched);
    expect(watched.exchanges).toEqual([]);
  });

  test.each<readonly [string, Buffer | string]>([
    ["a message beyond 1 MiB", Buffer.alloc(1_048_577)],
    ["a text message", "text"],
  ])("by %s and does not finish the closing: the client is back long before, and cuts the old socket", async (_what, message) => {
    const { there, watched } = await linked();
    const first = there.links[0];
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    first?.raw.pause();
    first?.socket.send(message);
    await until(() => there.links.length === 2 && watched.session.state().kind === "online", "the next link", 1_500);
    const before = sockets();
    expect(await until(() => sockets() < before, "the old socket to be cut", 5_000)).toBe(true);
    expect(first?.closed()).toBeUndefined();
    expect(watched.session.state().kind).toBe("online");
  });

  test("by a message beyond 1 MiB is told so", async () => {
    const { there } = await linked();
    there.links[0]?.socket.send(Buffer.alloc(1_048_577));
    expect(await until(() => there.links[0]?.closed())).toMatchObject({ code: 1009 });
  });
});

describe("GOAWAY", () => {
  test.each(["taken-over", "revoked"] as const)("%s ends the session with the relay's words", async (reason) => {
    const { there, watched } = await linked();
    there.links[0]?.send(encodeGoAway({ reason, message: "in words", retryAfterMs: 0 }));
    await until(() => watched.times("online") === 2);
    there.links[0]?.raw.resetAndDestroy();
    expect(await watched.session.ended).toEqual({ kind: reason, message: "in words" });
    expect(there.upgrades).toHaveLength(1);
  });

  test("restart lets open exchanges finish, and is dialled again after its time", async () => {
    const { there, watched } = await linked();
    there.links[0]?.send(requestFrame(1, WHOLE), encodeGoAway({ reason: "restart", message: "back soon", retryAfterMs: 300 }));
    await until(() => watched.exchanges[0]);
    watched.exchanges[0]?.respond(DONE, Buffer.from("done"), { madeByClient: false });
    await until(() => there.links[0]?.frames.some(({ type }) => type === "response"));
    const since = performance.now();
    there.links[0]?.socket.close(1001);
    await until(() => there.links.length === 2);
    expect(performance.now() - since).toBeGreaterThan(250);
    expect(watched.heard).toEqual([]);
  });
});

describe("an exchange", () => {
  const large = Buffer.alloc(600_000, "0123456789");

  function answered(there: ScriptedRelay): Buffer {
    return Buffer.concat((there.links[0]?.frames ?? []).flatMap((frame) => (frame.type === "data" ? [frame.bytes] : [])));
  }

  function types(there: ScriptedRelay): readonly string[] {
    return (there.links[0]?.frames ?? []).map(({ type }) => type);
  }

  test("goes both ways under credit", async () => {
    const { there, watched } = await linked();
    there.links[0]?.send(requestFrame(1, undefined), encodeDataHead(1, 5), Buffer.from("hello"), encodeEnd(1));
    await until(() => watched.heard.length === 2);
    expect(watched.heard).toEqual(["1 data 5", "1 end"]);
    const [exchange] = watched.exchanges;
    expect(exchange?.request).toMatchObject({ tunnel: "shop", method: "POST", target: "/hook" });
    exchange?.respond(DONE, undefined, { madeByClient: false });
    expect(exchange?.write(large)).toBe(false);
    exchange?.end();
    await until(() => answered(there).length === 524_288);
    expect(types(there)).not.toContain("end");
    there.links[0]?.send(encodeCredit(1, 524_288));
    await until(() => types(there).includes("end"));
    expect(answered(there).equals(large)).toBe(true);
    expect(watched.session.inFlight()).toBe(0);
  });

  test("that is answered before its upload is whole sends its whole answer first, then stops the upload", async () => {
    const { there, watched } = await linked();
    there.links[0]?.send(requestFrame(1, undefined), encodeDataHead(1, 5), Buffer.from("hello"));
    await until(() => watched.heard.length === 1);
    watched.exchanges[0]?.respond({ ...DONE, status: 413 }, large, { madeByClient: false });
    await until(() => answered(there).length === 524_288);
    expect(types(there)).not.toContain("reset");
    there.links[0]?.send(encodeCredit(1, 524_288));
    await until(() => types(there).includes("reset"));
    expect(answered(there).equals(large)).toBe(true);
    expect(types(there).slice(-2)).toEqual(["end", "reset"]);
    expect(watched.session.inFlight()).toBe(0);
  });

  test.each([
    [1, "1 sender-gone"],
    [2, "1 sender-aborted"],
  ] as const)("that the relay resets with %i is abandoned once: %s", async (code, words) => {
    const { there, watched } = await linked();
    there.links[0]?.send(requestFrame(1, WHOLE), encodeReset(1, code, ""), encodeReset(1, code, ""));
    await until(() => watched.heard.length > 0);
    watched.exchanges[0]?.respond(DONE, WHOLE, { madeByClient: false });
    there.links[0]?.raw.resetAndDestroy();
    await until(() => there.links.length === 2);
    expect(watched.heard).toEqual([words]);
  });
});

test("refusals are told, and acknowledged only when they are stored", async () => {
  const there = await relay();
  let store: (() => void) | undefined;
  const seen: unknown[] = [];
  const watched = watch(there.url, {
    onRefusals: (refusals, stored) => {
      seen.push(...refusals);
      store = stored;
    },
  });
  await online(watched);
  const refusal = { seq: 41, at: 1, method: "POST", path: "/hook", status: 503, reason: "client-offline" };
  there.links[0]?.send(encodeRefusals([refusal, { ...refusal, seq: 42 }]));
  await until(() => store);
  expect(seen).toHaveLength(2);
  expect(there.links[0]?.frames).toEqual([]);
  store?.();
  await until(() => there.links[0]?.frames.length);
  expect(there.links[0]?.frames).toEqual([{ type: "refusals-seen", seq: 42 }]);
});

describe("the end", () => {
  test("leave() says so and lets what is open finish; a link lost after that is not dialled again", async () => {
    const { there, watched } = await linked();
    there.links[0]?.send(requestFrame(1, WHOLE));
    await until(() => watched.exchanges[0]);
    watched.session.leave();
    await until(() => there.links[0]?.frames.some((frame) => frame.type === "goaway" && frame.goaway.reason === "leaving"));
    watched.exchanges[0]?.respond(DONE, Buffer.from("done"), { madeByClient: false });
    await until(() => there.links[0]?.frames.some(({ type }) => type === "response"));
    there.links[0]?.raw.resetAndDestroy();
    expect(await watched.session.ended).toEqual({ kind: "stopped" });
    expect(there.upgrades).toHaveLength(1);
  });

  test("stop() closes the link with 1000, tells what is open, and is final", async () => {
    const { there, watched } = await linked();
    there.links[0]?.send(requestFrame(1, WHOLE));
    await until(() => watched.exchanges[0]);
    watched.session.stop();
    expect(await watched.session.ended).toEqual({ kind: "stopped" });
    expect(await until(() => there.links[0]?.closed())).toEqual({ code: 1000, reason: "the client leaves" });
    expect(watched.heard).toEqual(["1 link-lost"]);
    watched.session.dialNow();
    watched.session.stop();
    expect(watched.times("ended")).toBe(1);
    expect(there.upgrades).toHaveLength(1);
  });

  test("stop() by whoever hears that the next dial begins leaves no dial", async () => {
    const there = await relay(() => "reset");
    const own: { session?: Session } = {};
    const watched = watch(there.url, {
      onState: (state) => {
        if (state.kind === "dialling") own.session?.stop();
      },
    });
    own.session = watched.session;
    expect(await watched.session.ended).toEqual({ kind: "stopped" });
    // a dial of another session, begun later, has come and gone
    const other = watch(there.url, { instance: "instance-2" });
    await until(() => other.times("waiting") > 2);
    expect(there.upgrades.filter(({ headers }) => headers["devhook-instance"] === "instance-1")).toHaveLength(1);
  });
});
