import { createServer } from "node:http";
import { Session as Inspector } from "node:inspector/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { createForwarder } from "../client/forwarder/forward.ts";
import { runSession } from "../client/session/run.ts";
import { createServe } from "../client/session/serve.ts";
import { createDuplicates } from "../client/verifying/duplicates.ts";
import { createVerifying } from "../client/verifying/verifying.ts";
import { embeddedRelayConfig } from "../server/config.ts";
import { silentLog } from "../server/log.ts";
import { startRelay } from "../server/relay.ts";
import { createCatalogue } from "../shared/catalogue/catalogue.ts";
import { systemClock } from "../shared/clock.ts";
import { tokenText } from "../shared/tokens.ts";
import { until } from "./rig/until.ts";

const ROOT = join(import.meta.dirname, "..");

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** The product's files of which a function ran while `action` did. */
async function filesRunBy(action: () => Promise<void>): Promise<readonly string[]> {
  const inspector = new Inspector();
  inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await action();
  const { result } = await inspector.post("Profiler.takePreciseCoverage");
  await inspector.post("Profiler.stopPreciseCoverage");
  inspector.disconnect();
  const run = result.filter(({ functions }) =>
    functions.some(({ functionName, ranges }) => functionName !== "" && (ranges[0]?.count ?? 0) > 0),
  );
  const paths = run.map(({ url }) => (url.startsWith("file:") ? fileURLToPath(url) : url).slice(ROOT.length + 1));
  return paths.filter((path) => /^(?:server|shared|client)\//.test(path)).toSorted();
}

/** What every request meets, in the order in which it does; a new file here is a detour that somebody has to want. */
const TRUNK = [
  "server/ingress/listener.ts",
  "server/ingress/closing.ts",
  "server/ingress/framing.ts",
  "server/ingress/route.ts",
  "server/ingress/forwarded.ts",
  "server/ingress/request-body.ts",
  "server/ingress/body-budget.ts",
  "server/ingress/slow-bodies.ts",
  "server/ingress/sender-answer.ts",
  "server/ingress/answer-length.ts",
  "server/relay.ts",
  "server/tunnels/book.ts",
  "server/deliveries/deliver.ts",
  "server/links/owners.ts",
  "server/links/link.ts",
  "shared/clock.ts",
  "shared/dead-buffers.ts",
  "shared/ids.ts",
  "shared/names.ts",
  "shared/http/headers.ts",
  "shared/http/hop-by-hop.ts",
  "shared/wire/encode.ts",
  "shared/wire/decode.ts",
  "shared/wire/message-batch.ts",
  "shared/wire/buffer-pool.ts",
  "shared/wire/wire-stream.ts",
  "client/session/dial.ts",
  "client/session/run.ts",
  "client/session/exchange.ts",
  "client/session/serve.ts",
  "client/verifying/verifying.ts",
  "client/verifying/judge-delivery.ts",
  "shared/catalogue/catalogue.ts",
  "shared/signatures/message.ts",
  "shared/signatures/places.ts",
  "client/forwarder/forward.ts",
  "client/forwarder/request-head.ts",
  "client/forwarder/app-pool.ts",
  "client/forwarder/app-socket.ts",
  "client/forwarder/app-connection.ts",
  "client/forwarder/response-parser.ts",
];

it("takes a small delivery through these files and no others", async () => {
  const app = createServer((req, res) => req.resume().on("end", () => res.end("ok")));
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => app.close(resolve)));
  closers.push(() => app.closeAllConnections());
  const relay = await startRelay(embeddedRelayConfig, { log: silentLog, clock: systemClock });
  closers.push(() => relay.close({ graceMs: 0 }));
  const url = new URL(`http://127.0.0.1:${(app.address() as AddressInfo).port}`);
  const forwarder = createForwarder({
    target: { url, path: "", hostHeader: "keep", headers: [], insecure: false },
    clock: systemClock,
    maxConnections: 1,
    graceMs: 0,
    timeoutMs: 10_000,
  });
  closers.push(() => forwarder.close());
  const recorded: string[] = [];
  const note = (call: string) => () => void recorded.push(call);
  const session = runSession({
    relay: new URL(relay.url),
    tunnel: "trunk",
    token: tokenText("client-key"),
    instance: "trunk-test",
    client: "devhook/test",
    insecure: false,
    clock: systemClock,
    random: () => 0,
    deadBuffers: () => {},
    onExchange: createServe({
      clock: systemClock,
      target: () => url.origin,
      record: {
        received: note("received"),
        requestPart: note("requestPart"),
        requestEnded: note("requestEnded"),
        verified: note("verified"),
        attemptStarted: note("attemptStarted"),
        responsePart: note("responsePart"),
        answered: note("answered"),
      },
      inspect: createVerifying({
        catalogue: createCatalogue(),
        secretsOf: () => [],
        assignments: [],
        thread: { judge: () => false },
        duplicates: createDuplicates(),
        onFacts: () => {},
      }),
      call: forwarder.call,
      onReceived: () => {},
      onAnswered: () => {},
    }),
    onState: () => {},
    onRefusals: () => {},
  });
  closers.push(() => session.stop());
  await until(() => session.state().kind === "online");
  const send = async (): Promise<string> => (await fetch(`${relay.url}/trunk/hook`, { method: "POST", body: "{}" })).text();
  // the first delivery makes connections; the second finds everything there
  expect(await send()).toBe("ok");
  recorded.length = 0;

  const files = await filesRunBy(async () => {
    expect(await send()).toBe("ok");
  });

  expect(recorded).toEqual(["received", "attemptStarted", "answered"]);
  expect(files).toEqual(TRUNK.toSorted());
});
