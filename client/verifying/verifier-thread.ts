/** The thread that judges large bodies and searches for causes: both would stop every delivery on the main thread. */
import { parentPort, workerData } from "node:worker_threads";
import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { hashOfBody } from "./duplicates.ts";
import { explainDelivery, type Jury, judgeDelivery, messageOf } from "./judge-delivery.ts";
import type { FromThread, ThreadData, ToThread } from "./thread-messages.ts";

const { own } = workerData as ThreadData;
const catalogue = createCatalogue(own as readonly Provider[]);

parentPort?.on("message", ({ job, request, body: bytes, candidates: ids, at, secrets }: ToThread) => {
  const jury: Jury = { catalogue, secretsOf: ({ id }) => secrets[id] ?? [] };
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message = messageOf(request, body);
  const candidates = ids.flatMap((id) => catalogue.find(id) ?? []);
  const judged = judgeDelivery({ message, candidates, at }, jury);
  const bodyHash = hashOfBody(body);
  const last = judged?.explainable !== true;
  parentPort?.postMessage({ job, verification: judged?.verification, bodyHash, last } satisfies FromThread);
  if (judged === undefined || last) return;
  parentPort?.postMessage({ job, verification: explainDelivery({ message, at }, judged, jury), bodyHash, last: true } satisfies FromThread);
});
