import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { writeFault } from "../export/write-fault.ts";
import type { CommandContext } from "./context.ts";
import { writeResult } from "./write-result.ts";

/** Where a result goes, piece by piece. */
export type ResultSink = {
  readonly write: (piece: string | Buffer) => Promise<void>;
  /** the result is whole */
  readonly done: () => Promise<void>;
  /** it will never be: what is there goes */
  readonly drop: () => Promise<void>;
};

/** Stdout. */
export function stdoutSink({ stdout }: Pick<CommandContext, "stdout">): ResultSink {
  const nothing = (): Promise<void> => Promise.resolve();
  return { write: (piece) => writeResult(stdout, piece), done: nothing, drop: nothing };
}

/**
 * A file that only its owner can read (0600), in the place of one that is there, and only once it is whole. A device or a pipe is written as it is.
 * @param path from the working directory
 * @throws {DevhookError} `usage` when it cannot be written, here and from any call
 */
export async function fileSink(path: string, { cwd }: Pick<CommandContext, "cwd">): Promise<ResultSink> {
  // the file that a link names, not the link, is what is replaced
  const wanted = resolve(cwd, path);
  const place = await realpath(wanted).catch(() => wanted);
  const before = await stat(place).catch(() => undefined);
  const isPlain = before === undefined || before.isFile();
  const fresh = isPlain ? `${place}.${randomBytes(6).toString("hex")}.new` : place;
  const file = await orUsage(path, () => open(fresh, isPlain ? "wx" : "w", 0o600));
  return {
    write: (piece) => orUsage(path, () => writeAll(file, piece)),
    done: () =>
      orUsage(path, async () => {
        await file.close();
        if (isPlain) await rename(fresh, place);
      }),
    drop: async () => {
      await file.close().catch(() => undefined);
      if (isPlain) await rm(fresh, { force: true });
    },
  };
}

/** A file with these bytes, as {@link fileSink} makes it. @throws {DevhookError} `usage` */
export async function writeResultFile(path: string, bytes: Buffer, context: Pick<CommandContext, "cwd">): Promise<void> {
  const sink = await fileSink(path, context);
  try {
    await sink.write(bytes);
    await sink.done();
  } catch (error) {
    await sink.drop();
    throw error;
  }
}

/** Makes a folder (0700) with its parents; one that is there is left as it is. @throws {DevhookError} `usage` */
export async function makeResultFolder(path: string, { cwd }: Pick<CommandContext, "cwd">): Promise<void> {
  await orUsage(path, () => mkdir(resolve(cwd, path), { recursive: true, mode: 0o700 }));
}

async function writeAll(file: FileHandle, piece: string | Buffer): Promise<void> {
  // appends: the handle keeps its position
  await file.writeFile(piece);
}

async function orUsage<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw writeFault(path, error, "choose another place with --out");
  }
}
