import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import { readConfigFile } from "./config-file.ts";
import { withFileLock } from "./file-lock.ts";
import { readOwnFile, writePrivateFile } from "./private-file.ts";

/**
 * Makes `server` the default relay in the user's configuration file, or takes the default away (undefined). Everything else in the file stays.
 * @throws {DevhookError} `config-invalid` when the file is no JSON object, `data-dir-unwritable`
 */
export async function setDefaultServer(file: string, { server, clock }: { server: URL | undefined; clock: Clock }): Promise<void> {
  await withFileLock(file, clock, async () => {
    const { server: _before, ...others } = await readObject(file);
    if (server === undefined && _before === undefined) return;
    const next = server === undefined ? others : { server: server.origin, ...others };
    await writePrivateFile(file, `${JSON.stringify(next, null, 2)}\n`);
  });
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { issues } = await readConfigFile("user", file);
  const whole = issues.find(({ at, accepts }) => at === "" || accepts.startsWith("one JSON object"));
  if (whole !== undefined) {
    throw new DevhookError("config-invalid", {
      what: `${file}: ${whole.at === "" ? "it" : whole.at} ${whole.message}`,
      why: `accepted: ${whole.accepts}`,
      fix: "mend the file; it has been left as it is",
    });
  }
  return JSON.parse((await readOwnFile(file)) ?? "{}") as Readonly<Record<string, unknown>>;
}
