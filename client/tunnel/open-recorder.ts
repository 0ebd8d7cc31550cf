import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import { createMemoryRecorder } from "../ledger/memory-recorder.ts";
import { createRecorder, type Recorder, type RecorderHealth } from "../ledger/recorder.ts";
import type { Output } from "../output/output.ts";

/**
 * The recorder of a running tunnel; what becomes of the history while it runs is told through `output`. Without the native SQLite module the
 * history is in memory only, and that is told, too.
 * @throws DevhookError as {@link createRecorder}, but for `database-unavailable`
 */
export async function openRecorder(
  path: string,
  { clock, output, onNotice }: { readonly clock: Clock; readonly output: Output; readonly onNotice: (ids: readonly string[]) => void },
): Promise<Recorder> {
  const onHealth = (health: RecorderHealth): void => {
    const at = clock.now();
    if (health.state === "failing") {
      const message = `history is not being kept: ${health.message}. Forwarding goes on`;
      output.warning({ at, code: health.code, severity: "error", message });
    } else {
      output.warning({ at, code: "history-resumed", message: `history is kept again; ${health.lost} deliveries are missing from it` });
    }
  };
  try {
    return await createRecorder({ path, onNotice, onHealth });
  } catch (error) {
    if (!(error instanceof DevhookError) || error.code !== "database-unavailable") throw error;
    const message = `history is kept in memory only: ${error.why ?? error.message}. ${error.fix ?? ""}`.trim();
    output.warning({ at: clock.now(), code: error.code, message });
    return createMemoryRecorder({ onNotice, now: clock.now });
  }
}
