import { randomBytes } from "node:crypto";
import { link, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";
import { parseToken, tokenText } from "../../shared/tokens.ts";
import { readOwnFile, requirePrivateFolder, writeNew } from "./private-file.ts";

/**
 * This user's anonymous key (`dk_…`): whoever has it owns the names that were claimed with it. Made at the first call (file 0600); two processes
 * that start at once get the same one.
 * @throws {DevhookError} `data-dir-unwritable`, or `config-invalid` when the file holds something else
 */
export async function loadClientKey(file: string): Promise<string> {
  const present = await readKey(file);
  if (present !== undefined) return present;

  requirePrivateFolder(dirname(file));
  const fresh = `${file}.${randomBytes(6).toString("hex")}.new`;
  try {
    await writeNew(fresh, `${tokenText("client-key")}\n`);
    // a link appears whole and only where nothing is, so the slower of two processes reads the key of the faster
    await link(fresh, file);
  } catch (error) {
    if (errorCodeOf(error) !== "EEXIST") {
      throw new DevhookError("data-dir-unwritable", {
        what: `cannot write ${file}`,
        why: messageOf(error),
        fix: "make the folder writable, or choose another with DEVHOOK_DATA_DIR",
        cause: error,
      });
    }
  } finally {
    await rm(fresh, { force: true });
  }
  const key = await readKey(file);
  if (key === undefined) throw new DevhookError("data-dir-unwritable", { what: `${file} has vanished`, fix: "run the command again" });
  return key;
}

async function readKey(file: string): Promise<string | undefined> {
  const text = (await readOwnFile(file))?.trim();
  if (text === undefined || parseToken(text).kind === "client-key") return text;
  throw new DevhookError("config-invalid", {
    what: `${file} is damaged`,
    why: "it does not hold a client key (dk_…)",
    fix: "restore it, or remove it: then your tunnels on relays without a token get new URLs",
  });
}
