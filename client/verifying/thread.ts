import { Worker } from "node:worker_threads";
import { threadFile } from "../../shared/thread-file.ts";
import type { FromThread, ThreadData, ToThread } from "./thread-messages.ts";

/** Judges deliveries beside the main thread. */
export type VerifierThread = {
  /**
   * Hands a delivery over; its body's memory goes with it. `listener` is called once or twice, see {@link FromThread}.
   * @returns false when too much waits already: nothing is judged then
   */
  readonly judge: (
    job: Omit<ToThread, "job" | "body"> & { readonly body: Uint8Array },
    listener: (result: Omit<FromThread, "job">) => void,
  ) => boolean;
  readonly close: () => Promise<void>;
};

/** Bodies that may wait for the thread, bytes: six of the largest that are kept. */
const MOST_WAITING = 67_108_864;

type Waiting = { readonly bytes: number; readonly listener: (result: Omit<FromThread, "job">) => void };

/** The thread starts with the first delivery that needs it. One that dies takes its jobs with it: they keep the verdict they have. */
export function createVerifierThread(data: ThreadData, file = threadFile(import.meta.url, "verifier-thread")): VerifierThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let bytes = 0;
  let jobs = 0;

  function settle(job: number): void {
    bytes -= waiting.get(job)?.bytes ?? 0;
    waiting.delete(job);
  }

  function start(): Worker {
    const started = new Worker(file, { workerData: data });
    started.unref();
    started.on("message", ({ job, ...result }: FromThread) => {
      waiting.get(job)?.listener(result);
      if (result.last) settle(job);
    });
    const gone = (): void => {
      if (worker !== started) return;
      worker = undefined;
      for (const [job, { listener }] of waiting) {
        settle(job);
        listener({ verification: undefined, bodyHash: "", last: true });
      }
    };
    started.on("error", gone);
    started.on("exit", gone);
    return started;
  }

  return {
    judge(job, listener) {
      if (bytes + job.body.byteLength > MOST_WAITING && waiting.size > 0) return false;
      worker ??= start();
      jobs++;
      waiting.set(jobs, { bytes: job.body.byteLength, listener });
      bytes += job.body.byteLength;
      worker.postMessage({ ...job, job: jobs } satisfies ToThread, [job.body.buffer as ArrayBuffer]);
      return true;
    },
    close: async () => {
      const ending = worker;
      worker = undefined;
      waiting.clear();
      await ending?.terminate();
    },
  };
}
