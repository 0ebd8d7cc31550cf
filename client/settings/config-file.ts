import { dirname, join } from "node:path";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { FieldValues } from "./fields.ts";
import { readOwnFile } from "./private-file.ts";
import type { UiValues } from "./ui-settings.ts";

/** `project`: devhook.config.json, perhaps written by somebody else; `user`: this user's own. */
export type ConfigFileKind = "project" | "user";

/** Something in a file that is not accepted. */
export type ConfigIssue = {
  /** path inside the file, as in `headers[0]`; empty for the file as a whole */
  readonly at: string;
  /** one clause: what is wrong */
  readonly message: string;
  /** what would be right */
  readonly accepts: string;
};

/** One file that was looked for. */
export type ConfigFile = {
  readonly kind: ConfigFileKind;
  readonly path: string;
  readonly state: "absent" | "ok" | "invalid";
  readonly values: FieldValues;
  /** what it says of the screen */
  readonly ui: UiValues;
  /** providers of its own that the file describes */
  readonly ownProviders: readonly Provider[];
  readonly issues: readonly ConfigIssue[];
};

const PROJECT_FILE = "devhook.config.json";

/** Reads one configuration file; never throws for what is in it. The validation is loaded only when there is a file. */
export async function readConfigFile(kind: ConfigFileKind, path: string): Promise<ConfigFile> {
  let text: string | undefined;
  try {
    text = await readOwnFile(path);
  } catch (error) {
    return invalid(kind, path, {
      at: "",
      message: error instanceof DevhookError ? (error.why ?? error.message) : messageOf(error),
      accepts: "a JSON file",
    });
  }
  if (text === undefined) return { kind, path, state: "absent", values: {}, ui: {}, ownProviders: [], issues: [] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return invalid(kind, path, {
      at: placeOf(text, messageOf(error)),
      message: "is not JSON",
      accepts: "one JSON object, without comments",
    });
  }
  const { validateConfig } = await import("./config-schema.ts");
  const { issues, ...content } = validateConfig(kind, json);
  return { kind, path, state: issues.length === 0 ? "ok" : "invalid", ...content, issues };
}

/** The nearest devhook.config.json from `cwd` upwards; when there is none, the one that `cwd` could have, absent. */
export async function findProjectFile(cwd: string): Promise<ConfigFile> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = await readConfigFile("project", join(folder, PROJECT_FILE));
    if (file.state !== "absent") return file;
    if (dirname(folder) === folder) return { ...file, path: join(cwd, PROJECT_FILE) };
  }
}

function invalid(kind: ConfigFileKind, path: string, issue: ConfigIssue): ConfigFile {
  return { kind, path, state: "invalid", values: {}, ui: {}, ownProviders: [], issues: [issue] };
}

/** `line 3, column 7` from the position in V8's message; the end of the text when it names none. */
function placeOf(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position)).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}
