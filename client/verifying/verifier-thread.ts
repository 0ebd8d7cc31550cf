/** The thread that judges large bodies and searches for causes: both would stop every delivery on the main thread. */
import { parentPort, workerData } from "node:worker_threads";
import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { hashOfBody } from "./duplicates.ts";
import { explainDelivery, type Jury, judgeDelivery, messageOf } from "./judge-delivery.ts";
import type { FromThread, ThreadData, ToThread } from "./thread-messages.ts";

const { own, app } = workerData as ThreadData;
const catalogue = createCatalogue(own as readonly Provider[]);

/** Searches that wait; each takes up to half a second. A flood of forgeries gets no more: their verdict stands without a cause. */
const MOST_SEARCHES = 20;
const searches: (() => void)[] = [];

/** One search between two turns of the event loop: what is to be judged meanwhile, and somebody may wait for, comes first. */
function search(): void {
  searches.shift()?.();
  if (searches.length > 0) setImmediate(search);
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", ({ job, request, body: bytes, candidates: ids, at, secrets }: ToThread) => {
  const jury: Jury = { catalogue, secretsOf: ({ id }) => secrets[id] ?? [] };
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message = messageOf(request, body);
  const candidates = ids.flatMap((id) => catalogue.find(id) ?? []);
  const judged = judgeDelivery({ message, candidates, at }, jury);
  const bodyHash = hashOfBody(body);
  const verification = judged?.verification;
  if (judged?.explainable !== true || searches.length >= MOST_SEARCHES) return tell({ job, verification, bodyHash, last: true });
  tell({ job, verification, bodyHash, last: false });
  searches.push(() =>
    tell({ job, verification: explainDelivery({ message, at, otherUrls: [app + request.target] }, judged, jury), bodyHash, last: true }),
  );
  if (searches.length === 1) setImmediate(search);
});
