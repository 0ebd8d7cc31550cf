import type { CommandContext } from "../commands/context.ts";
import { createCompactOutput } from "../output/compact.ts";
import { createNdjsonOutput } from "../output/ndjson.ts";
import type { Output } from "../output/output.ts";
import { createQuietOutput } from "../output/quiet.ts";
import type { Settings } from "../settings/config.ts";

/** How a running tunnel is shown: as asked, and as lines where nothing was asked or the screen is not part of this version. */
export function chooseOutput(context: CommandContext, output: Settings["output"]): Output {
  switch (output) {
    case "json":
      return createNdjsonOutput({ stdout: context.stdout, now: context.clock.now });
    case "quiet":
      return createQuietOutput(context);
    case "interactive":
    case "compact":
    case undefined:
      return createCompactOutput(context);
  }
}
