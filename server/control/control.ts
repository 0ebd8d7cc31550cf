import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../log.ts";
import type { AdmissionPolicy, Registry } from "../tunnels/registry.ts";
import type { RelayStats } from "./stats.ts";

/** What the control API tells of. */
export type ControlOptions = {
  readonly registry: Registry;
  readonly admission: AdmissionPolicy;
  readonly stats: RelayStats;
  readonly clock: Clock;
  readonly log: Log;
  /** of devhook, as in package.json */
  readonly version: string;
  /** whether the relay is stopping: it is not healthy then */
  readonly stopping: () => boolean;
};

/** Answers one request. */
export type ControlHandler = (req: IncomingMessage, res: ServerResponse) => void;

/**
 * The control API below `/_devhook/`: health, metrics and the check of a token. It changes nothing and sends no CORS header, so there is nothing for a
 * foreign page to do with it. Its packages are loaded with the first request: most embedded relays never get one.
 */
export function createControl(options: ControlOptions): ControlHandler {
  const startedAt = options.clock.monotonic();
  let loading: Promise<ControlHandler> | undefined;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    loading ??= import("./app.ts").then(({ createApp }) => createApp({ ...options, startedAt }));
    const handler = await loading;
    handler(req, res);
  }

  return function control(req, res) {
    answer(req, res).catch((error: unknown) => {
      options.log.error("control-failed", { reason: String(error) });
      if (res.headersSent) res.destroy();
      else res.writeHead(500, { "content-type": "application/json" }).end('{"error":{"code":"internal","message":"a fault of devhook"}}\n');
    });
  };
}
