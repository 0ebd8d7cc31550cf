import { join } from "node:path";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import type { AttemptEnd, FoundFacts, RefusalRecord } from "../../../client/ledger/records.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import type { Home } from "../settings/home.ts";

/** One delivery to record: undefined `end` leaves it without an answer, undefined `facts` unchecked. */
export type Recorded = {
  readonly request: CapturedRequest;
  readonly body?: Buffer;
  readonly end?: AttemptEnd;
  readonly facts?: FoundFacts;
};

/** Records as a running tunnel would, in this order, and closes the history again. */
export async function record(home: Home, deliveries: readonly Recorded[], refusals: readonly RefusalRecord[] = []): Promise<void> {
  const recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: () => undefined });
  for (const { request, body = Buffer.alloc(0), end, facts } of deliveries) {
    recorder.received(request, body);
    if (facts !== undefined) recorder.verified(request.id, facts);
    if (end === undefined) continue;
    recorder.attemptStarted(request.id, end);
    recorder.answered(request.id, end);
  }
  if (refusals.length > 0) recorder.refused(refusals);
  await recorder.close();
}

export function databaseOf(home: Home): string {
  return join(home.dataDir, "devhook.db");
}
