/** The thread that the screen runs in: beside the trunk, so that no delivery waits for a frame. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../shared/clock.ts";
import { startTimer } from "../terminal/timer.ts";
import type { ScreenData, ToScreen } from "./messages.ts";
import { runScreen } from "./program.ts";

const take = runScreen(workerData as ScreenData, { post: (message) => parentPort?.postMessage(message), clock: systemClock, startTimer });
parentPort?.on("message", (message: ToScreen) => take(message));
