import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { framingOf } from "../../../server/ingress/framing.ts";
import { FRAME, responseFrame, type FakeClient } from "../../rig/fake-client.ts";
import { codeOf, headerOf } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";
import { until } from "../../rig/until.ts";

/** what a smuggler wants to arrive */
const SMUGGLED = "GET /app/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

let relay: TestRelay;
let client: FakeClient;

beforeAll(async () => {
  relay = await testRelay();
  client = await relay.client();
});

afterAll(() => relay.close());

/** A request that is known to be the next one arriving: what came before it did not arrive. */
async function nextToArrive(marker: string): Promise<string> {
  const sender = await relay.sender();
  sender.write(`GET /app/${marker} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const request = await client.request();
  client.send(responseFrame(request.stream, { body: "ok" }));
  await sender.answer();
  sender.destroy();
  return request.target;
}

const POST = "POST /app/ HTTP/1.1\r\nHost: a\r\n";

describe("framing that two readers could read differently is refused and ends the connection", () => {
  test.each([
    {
      name: "Content-Length and Transfer-Encoding",
      head: `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`,
      body: "0\r\n\r\n",
    },
    {
      name: "Transfer-Encoding and Content-Length",
      head: `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n`,
      body: "0\r\n\r\n",
    },
    { name: "two Content-Length headers", head: `${POST}Content-Length: 0\r\nContent-Length: 5\r\n\r\n`, body: "" },
    { name: "two equal Content-Length headers", head: `${POST}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`, body: "" },
    { name: "a list as Content-Length", head: `${POST}Content-Length: 0, 0\r\n\r\n`, body: "" },
    { name: "Content-Length +10", head: `${POST}Content-Length: +10\r\n\r\n`, body: "0123456789" },
    { name: "Content-Length 010", head: `${POST}Content-Length: 010\r\n\r\n`, body: "0123456789" },
    { name: "Content-Length -1", head: `${POST}Content-Length: -1\r\n\r\n`, body: "" },
    { name: "Content-Length 0x0", head: `${POST}Content-Length: 0x0\r\n\r\n`, body: "" },
    { name: "an empty Content-Length", head: `${POST}Content-Length: \r\n\r\n`, body: "" },
    { name: "a Content-Length of 20 digits", head: `${POST}Content-Length: 18446744073709551616\r\n\r\n`, body: "" },
    {
      name: "two Transfer-Encoding headers",
      head: `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
      body: "0\r\n\r\n",
    },
    { name: "Transfer-Encoding gzip", head: `${POST}Transfer-Encoding: gzip\r\n\r\n`, body: "" },
    { name: "Transfer-Encoding gzip, chunked", head: `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n`, body: "0\r\n\r\n" },
    { name: "Transfer-Encoding ,chunked", head: `${POST}Transfer-Encoding: ,chunked\r\n\r\n`, body: "0\r\n\r\n" },
    { name: "Transfer-Encoding identity", head: `${POST}Transfer-Encoding: identity\r\n\r\n`, body: "" },
    { name: "Transfer-Encoding xchunked", head: `${POST}Transfer-Encoding: xchunked\r\n\r\n`, body: "" },
    { name: "Transfer-Encoding with a vertical tab", head: `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n`, body: "0\r\n\r\n" },
    { name: "a space before the colon", head: `${POST}Content-Length : 0\r\n\r\n`, body: "" },
    { name: "a folded header", head: `${POST}X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`, body: "" },
    { name: "a folded Transfer-Encoding", head: `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n`, body: "0\r\n\r\n" },
    { name: "a bare LF after a header", head: `${POST}X-A: b\nContent-Length: 0\r\n\r\n`, body: "" },
    { name: "bare LFs at the end of the head", head: `POST /app/ HTTP/1.1\nHost: a\nContent-Length: 0\n\n`, body: "" },
    { name: "a bare CR in a value", head: `${POST}X-A: b\rContent-Length: 0\r\n\r\n`, body: "" },
    { name: "NUL in a value", head: `${POST}X-A: b\x00c\r\n\r\n`, body: "" },
    { name: "a header without a name", head: `${POST}: b\r\n\r\n`, body: "" },
    { name: "two Hosts", head: `${POST}Host: b\r\n\r\n`, body: "" },
    { name: "two equal Hosts", head: `${POST}hOST: a\r\n\r\n`, body: "" },
    { name: "no Host", head: "POST /app/ HTTP/1.1\r\n\r\n", body: "" },
    { name: "HTTP/2.0 in the request line", head: "POST /app/ HTTP/2.0\r\nHost: a\r\n\r\n", body: "" },
    { name: "no version", head: "POST /app/\r\nHost: a\r\n\r\n", body: "" },
    { name: "an unknown method", head: "FROB /app/ HTTP/1.1\r\nHost: a\r\n\r\n", body: "" },
    { name: "garbage", head: "\x16\x03\x01\x02\x00\x01\r\n\r\n", body: "" },
  ])("$name", async ({ name, head, body }) => {
    const sender = await relay.sender();
    sender.write(head + body + SMUGGLED);
    const answer = await sender.answer();
    expect(answer.status).toBe(400);
    expect(headerOf(answer, "connection")?.toLowerCase()).toBe("close");
    sender.write(SMUGGLED);
    expect(await sender.untilClosed()).toBe("");
    const marker = `after-${encodeURIComponent(name)}`;
    expect(await nextToArrive(marker)).toBe(`/${marker}`);
  });

  test.each([
    { name: "a size that is no number", chunks: "zz\r\nabc\r\n0\r\n\r\n" },
    { name: "a size beyond 64 bits", chunks: "fffffffffffffffff\r\nabc\r\n0\r\n\r\n" },
    { name: "a chunk longer than its size", chunks: "1\r\nabc\r\n0\r\n\r\n" },
    { name: "a bare LF after the size", chunks: "3\nabc\r\n0\r\n\r\n" },
    { name: "a bare LF after the chunk", chunks: "3\r\nabc\n0\r\n\r\n" },
    { name: "a negative size", chunks: "-3\r\nabc\r\n0\r\n\r\n" },
    { name: "a bare CR in an extension", chunks: "3;a\rb\r\nabc\r\n0\r\n\r\n" },
  ])("in chunks: $name", async ({ name, chunks }) => {
    const sender = await relay.sender();
    sender.write(`${POST}Transfer-Encoding: chunked\r\n\r\n${chunks}${SMUGGLED}`);
    const answer = await sender.answer();
    expect(answer.status).toBe(400);
    expect(headerOf(answer, "connection")).toBe("close");
    sender.write(SMUGGLED);
    expect(await sender.untilClosed()).toBe("");
    const marker = `after-${encodeURIComponent(name)}`;
    expect(await nextToArrive(marker)).toBe(`/${marker}`);
  });

  test("a bad chunk in a large body resets its exchange as aborted, and the sender gets 400", async () => {
    const sender = await relay.sender();
    sender.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    sender.write(`60000\r\n${"x".repeat(0x60000)}\r\n`);
    const request = await client.request();
    sender.write(`zz\r\n${SMUGGLED}`);
    expect((await client.next(FRAME.RESET)).payload[0]).toBe(2);
    const answer = await sender.answer();
    expect(answer.status).toBe(400);
    expect(request.flags).toBe(0);
    expect(await sender.untilClosed()).toBe("");
    expect(await nextToArrive("after-large")).toBe("/after-large");
  });

  test("behind a request that is being served: that one gets its own answer, and the connection ends", async () => {
    const sender = await relay.sender();
    sender.write(`GET /app/first HTTP/1.1\r\nHost: a\r\n\r\n${POST}hOST: b\r\n\r\n${SMUGGLED}`);
    const first = await client.request();
    expect(first.target).toBe("/first");
    client.send(responseFrame(first.stream, { body: "first" }));
    expect((await sender.answer()).body.toString()).toBe("first");
    const second = await sender.answer();
    expect(second.status).toBe(400);
    expect(headerOf(second, "connection")).toBe("close");
    expect(await sender.untilClosed()).toBe("");
    expect(await nextToArrive("after-pipeline")).toBe("/after-pipeline");
  });

  test("garbage behind a request that is being served never takes its answer", async () => {
    const sender = await relay.sender();
    sender.write(`GET /app/first HTTP/1.1\r\nHost: a\r\n\r\n\x00garbage\r\n\r\n`);
    const first = await client.request();
    client.send(responseFrame(first.stream, { body: "first" }));
    const answer = await sender.answer();
    expect(answer.status).toBe(200);
    expect(headerOf(answer, "connection")).toBe("close");
    expect(await sender.untilClosed()).toBe("");
  });
});

describe("the relay's own judgement stands without the parser's", () => {
  test.each([
    { name: "both lengths", headers: ["Host", "a", "Content-Length", "0", "Transfer-Encoding", "chunked"], kind: "refused" },
    { name: "two lengths", headers: ["Host", "a", "Content-Length", "0", "content-length", "0"], kind: "refused" },
    { name: "a length with a sign", headers: ["Host", "a", "Content-Length", "+1"], kind: "refused" },
    { name: "a length with zeros in front", headers: ["Host", "a", "Content-Length", "01"], kind: "refused" },
    { name: "a length of 17 digits", headers: ["Host", "a", "Content-Length", "12345678901234567"], kind: "refused" },
    { name: "two encodings", headers: ["Host", "a", "Transfer-Encoding", "chunked", "transfer-encoding", "chunked"], kind: "refused" },
    { name: "an encoding in a list", headers: ["Host", "a", "Transfer-Encoding", "chunked, chunked"], kind: "refused" },
    { name: "two Hosts", headers: ["Host", "a", "hOST", "a"], kind: "refused" },
    { name: "no Host", headers: ["Content-Length", "0"], kind: "refused" },
    { name: "chunks", headers: ["Host", "a", "TRANSFER-ENCODING", "Chunked"], kind: "chunked" },
    { name: "a length", headers: ["Host", "a", "CONTENT-LENGTH", "9007199254740991"], kind: "length" },
    { name: "neither", headers: ["Host", "a"], kind: "none" },
  ])("$name: $kind", ({ headers, kind }) => {
    expect(framingOf({ httpVersion: "1.1", rawHeaders: headers }).kind).toBe(kind);
  });

  test("chunks of HTTP/1.0, which does not know them: refused", () => {
    const rawHeaders = ["Host", "a", "Transfer-Encoding", "chunked"];
    expect(framingOf({ httpVersion: "1.0", rawHeaders })).toMatchObject({ kind: "refused", status: 400, code: "ambiguous-framing" });
  });
});

describe("framing that is strict is served", () => {
  test("chunk extensions and trailers are read and dropped", async () => {
    const sender = await relay.sender();
    sender.write(`${POST}Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n`);
    const request = await client.request();
    expect(request.body.toString()).toBe("abcde");
    expect(request.headers).not.toContain("X-Trailer");
    client.send(responseFrame(request.stream, { body: "" }));
    expect((await sender.answer()).status).toBe(200);
  });

  test("one byte at a time", async () => {
    const sender = await relay.sender();
    for (const byte of `${POST}Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`) sender.write(byte);
    const request = await client.request();
    expect(request.body.toString()).toBe("abc");
    client.send(responseFrame(request.stream, { body: "" }));
    expect((await sender.answer()).status).toBe(200);
  });

  test("pipelined requests are answered in their order, whatever the order of the app's answers", async () => {
    const sender = await relay.sender();
    sender.write(["one", "two", "three"].map((name) => `GET /app/${name} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    const requests = [await client.request(), await client.request(), await client.request()];
    for (const { stream, target } of requests.toReversed()) client.send(responseFrame(stream, { body: target }));
    expect([await sender.answer(), await sender.answer(), await sender.answer()].map(({ body }) => body.toString())).toEqual([
      "/one",
      "/two",
      "/three",
    ]);
  });

  test("100-continue is said when the body is going to be read, and once", async () => {
    const sender = await relay.sender();
    sender.write(`${POST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`);
    expect((await sender.answer()).status).toBe(100);
    sender.write("abc");
    const request = await client.request();
    expect(request.body.toString()).toBe("abc");
    client.send(responseFrame(request.stream, { body: "done" }));
    expect((await sender.answer()).status).toBe(200);
    sender.write(`${POST}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n`);
    expect((await sender.answer()).status).toBe(100);
    sender.write(`50000\r\n${"x".repeat(0x50000)}\r\n0\r\n\r\n`);
    const large = await client.request();
    await until(() => client.frames.some((one) => one.type === FRAME.END && one.stream === large.stream), "END");
    client.send(responseFrame(large.stream, { body: "done" }));
    expect((await sender.answer()).status).toBe(200);
  });

  test("another expectation is 417", async () => {
    const sender = await relay.sender();
    sender.write(`${POST}Expect: 200-ok\r\nContent-Length: 3\r\n\r\nabc${SMUGGLED}`);
    const answer = await sender.answer();
    expect(answer.status).toBe(417);
    expect(await sender.untilClosed()).toBe("");
    expect(await nextToArrive("after-417")).toBe("/after-417");
  });
});

test("a refusal that devhook makes says so in JSON and in a header", async () => {
  const sender = await relay.sender();
  sender.write(`${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`);
  const answer = await sender.answer();
  expect(codeOf(answer)).toBe("ambiguous-framing");
  expect(headerOf(answer, "devhook-outcome")).toBe("not-delivered");
  expect(headerOf(answer, "content-type")).toBe("application/json; charset=utf-8");
});
