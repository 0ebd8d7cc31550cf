import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder is not there",
  ENOTDIR: "a file stands in place of its folder",
  EACCES: "you have no right to write there",
  EPERM: "you have no right to write there",
  EROFS: "that disk can only be read",
  ENOSPC: "the disk is full",
  EDQUOT: "your share of the disk is used up",
};

/** The fault `usage`: a file that the user wanted cannot be made or written. @param fix what to do about it */
export function writeFault(path: string, cause: unknown, fix: string): DevhookError {
  const why = REASONS[errorCodeOf(cause) ?? ""] ?? messageOf(cause);
  return new DevhookError("usage", { what: `cannot write ${JSON.stringify(path)}`, why, fix, cause });
}
