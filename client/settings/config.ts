import { DevhookError } from "../../shared/errors.ts";
import type { HeaderList } from "../../shared/http/headers.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { type ConfigFile, type ConfigIssue, findProjectFile, readConfigFile } from "./config-file.ts";
import { fieldNames, fields, type FieldName, type FieldValues, type ProviderAssignment } from "./fields.ts";
import { nearest } from "./nearest.ts";
import { resolvePaths } from "./paths.ts";
import { mergeUi, type UiSettings } from "./ui-settings.ts";

/** Where a value came from, strongest first. */
export type Source = "flag" | "environment" | "project" | "user" | "default";

/** Everything that can be configured, merged. */
export type Settings = {
  /** origin of the relay; undefined: the embedded one */
  readonly server: URL | undefined;
  /** port of the embedded relay; undefined: the one remembered, else a free one */
  readonly port: number | undefined;
  /** undefined: the one remembered, else a random one */
  readonly name: string | undefined;
  /** origin of the app */
  readonly target: URL;
  /** put in front of each request target: empty, or begins with `/` and does not end with one */
  readonly path: string;
  /** milliseconds until the head of the app's answer */
  readonly timeoutMs: number;
  /** milliseconds that an app may be away before senders are told */
  readonly graceMs: number;
  readonly maxConnections: number;
  /** added to each request to the app */
  readonly headers: HeaderList;
  readonly hostHeader: "keep" | "rewrite";
  /** undefined: by the terminal */
  readonly output: "interactive" | "compact" | "json" | "quiet" | undefined;
  /** undefined: by the relay */
  readonly whenOffline: "hold" | "reject" | undefined;
  /** whether self-signed certificates of relay and app are accepted */
  readonly insecure: boolean;
  /** who sends to this tunnel; empty: whoever is recognised */
  readonly provider: readonly ProviderAssignment[];
  readonly verify: "off" | "warn" | "enforce";
  /** whether devhook answers handshakes in place of the app */
  readonly answerHandshakes: boolean;
};

/** Flags as commander gives them: texts that nobody has checked, under the names of their long forms. */
export type SettingFlags = {
  readonly server?: string | undefined;
  readonly port?: string | undefined;
  readonly name?: string | undefined;
  /** another name of `name` */
  readonly subdomain?: string | undefined;
  /** the argument */
  readonly target?: string | undefined;
  readonly forwardTo?: string | undefined;
  readonly path?: string | undefined;
  readonly timeout?: string | undefined;
  readonly grace?: string | undefined;
  readonly maxConnections?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly hostHeader?: string | undefined;
  readonly output?: string | undefined;
  /** another name of `output: "json"` */
  readonly json?: boolean | undefined;
  readonly whenOffline?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly provider?: readonly string[] | undefined;
  readonly verify?: string | undefined;
  readonly answerHandshakes?: boolean | undefined;
};

/** What configuration is read from. */
export type ConfigSurroundings = { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string };

export type ResolvedSettings = {
  readonly settings: Settings;
  /** how the screen looks; files alone set it */
  readonly ui: UiSettings;
  /** the user's own providers, those of the project first */
  readonly ownProviders: readonly Provider[];
  /** where each setting came from */
  readonly sources: Readonly<Record<FieldName, Source>>;
};

/** DEVHOOK_… for each setting; the two that have a second name. */
const VARIABLES: Readonly<Record<string, FieldName>> = {
  ...Object.fromEntries(fieldNames.map((name) => [variableOf(name), name])),
  DEVHOOK_FORWARD_TO: "target",
};
/** Variables with our prefix that are no settings. */
const OTHER_VARIABLES = ["DEVHOOK_TOKEN", "DEVHOOK_DATA_DIR", "DEVHOOK_DEBUG", "DEVHOOK_A11Y"];
/** Families of variables, and those of our own tools. */
const OTHER_PREFIXES = ["DEVHOOK_SECRET_", "DEVHOOK_TEST_"];

/**
 * Merges flags, environment, project file and user file, the earlier the stronger.
 * @throws {DevhookError} `usage` for a flag and `config-invalid` for a variable or a file that holds something else than what is accepted
 */
export async function resolveSettings(surroundings: ConfigSurroundings, flags: SettingFlags): Promise<ResolvedSettings> {
  const fromFlags = readFlags(flags);
  const environment = readEnvironment(surroundings.env);
  const [variable] = environment.issues;
  if (variable !== undefined) {
    throw new DevhookError("config-invalid", {
      what: `${variable.at} ${variable.message}`,
      why: `accepted: ${variable.accepts}`,
      fix: CHECK,
    });
  }
  const { project, user } = await readConfigFiles(surroundings);
  for (const file of [project, user]) refuseInvalid(file);

  const layers = [
    ["flag", fromFlags],
    ["environment", environment.values],
    ["project", project.values],
    ["user", user.values],
  ] as const;
  const sources = {} as Record<FieldName, Source>;
  const values: Record<string, unknown> = {};
  for (const name of fieldNames) {
    const layer = layers.find(([, candidate]) => candidate[name] !== undefined);
    sources[name] = layer?.[0] ?? "default";
    values[name] = layer?.[1][name];
  }
  const own = [...project.ownProviders, ...user.ownProviders];
  const ownProviders = own.filter(({ id }, index) => own.findIndex((one) => one.id === id) === index);
  return { settings: withDefaults(values), ui: mergeUi([project.ui, user.ui]), ownProviders, sources };
}

/** The files that are looked at, each with its state. */
export async function readConfigFiles(
  surroundings: ConfigSurroundings,
): Promise<{ readonly project: ConfigFile; readonly user: ConfigFile }> {
  const [project, user] = await Promise.all([
    findProjectFile(surroundings.cwd),
    readConfigFile("user", resolvePaths(surroundings).userConfigFile),
  ]);
  return { project, user };
}

/** The settings in DEVHOOK_… variables. Empty variables count as absent. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly values: FieldValues;
  /** variables that hold something that is not accepted; `at` is the variable */
  readonly issues: readonly ConfigIssue[];
  /** variables that nothing reads, but that look like a typo */
  readonly strangers: readonly ConfigIssue[];
} {
  const values: Record<string, unknown> = {};
  const issues: ConfigIssue[] = [];
  const strangers: ConfigIssue[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith("DEVHOOK_") || text === undefined || text === "") continue;
    const name = VARIABLES[variable];
    if (name === undefined) {
      const near = isOther(variable) ? undefined : nearest(variable, [...Object.keys(VARIABLES), ...OTHER_VARIABLES]);
      if (near !== undefined) strangers.push({ at: variable, message: "is not a variable of devhook", accepts: near });
      continue;
    }
    const parsed = fields[name].parse(text);
    if (parsed === undefined) issues.push({ at: variable, message: "is not accepted", accepts: fields[name].accepts });
    else values[name] ??= parsed;
  }
  return { values: values, issues, strangers };
}

const CHECK = "see all of the configuration: devhook config check";

/** Times in seconds as files and flags have them; cli.md documents them in the help of `start`. */
const DEFAULTS = { target: new URL("http://localhost:3000"), timeout: 30, grace: 2, maxConnections: 50 } as const;

function withDefaults(values: FieldValues): Settings {
  const target = values.target ?? DEFAULTS.target;
  const prefix = target.pathname.replace(/\/+$/, "");
  return {
    server: values.server,
    port: values.port,
    name: values.name,
    target: new URL(target.origin),
    path: prefix + (values.path ?? ""),
    timeoutMs: (values.timeout ?? DEFAULTS.timeout) * 1000,
    graceMs: (values.grace ?? DEFAULTS.grace) * 1000,
    maxConnections: values.maxConnections ?? DEFAULTS.maxConnections,
    headers: values.headers ?? [],
    hostHeader: values.hostHeader ?? "keep",
    output: values.output,
    whenOffline: values.whenOffline,
    insecure: values.insecure ?? false,
    provider: values.provider ?? [],
    verify: values.verify ?? "warn",
    answerHandshakes: values.answerHandshakes ?? false,
  };
}

function readFlags(flags: SettingFlags): FieldValues {
  const given: readonly (readonly [FieldName, string, unknown])[] = [
    ["server", "--server", flags.server],
    ["port", "--port", flags.port],
    ["name", "--name", flags.name],
    ["name", "--subdomain", flags.subdomain],
    ["target", "the target", flags.target],
    ["target", "--forward-to", flags.forwardTo],
    ["path", "--path", flags.path],
    ["timeout", "--timeout", flags.timeout],
    ["grace", "--grace", flags.grace],
    ["maxConnections", "--max-connections", flags.maxConnections],
    ["headers", "--header", flags.header],
    ["hostHeader", "--host-header", flags.hostHeader],
    ["output", "--output", flags.output],
    ["output", "--json", flags.json === true ? "json" : undefined],
    ["whenOffline", "--when-offline", flags.whenOffline],
    ["insecure", "--insecure", flags.insecure],
    ["provider", "--provider", flags.provider],
    ["verify", "--verify", flags.verify],
    ["answerHandshakes", "--answer-handshakes", flags.answerHandshakes],
  ];
  const values: Record<string, unknown> = {};
  const givers: Partial<Record<FieldName, string>> = {};
  for (const [name, flag, value] of given) {
    if (value === undefined) continue;
    const parsed = fields[name].parse(value);
    if (parsed === undefined) {
      throw new DevhookError("usage", { what: `${flag} does not accept ${shown(value)}`, why: `accepted: ${fields[name].accepts}` });
    }
    if (values[name] !== undefined && shown(values[name]) !== shown(parsed)) {
      throw new DevhookError("usage", {
        what: `${givers[name]} and ${flag} say different things`,
        why: "they are the same setting",
        fix: "give one of them",
      });
    }
    values[name] = parsed;
    givers[name] = flag;
  }
  return values;
}

function refuseInvalid(file: ConfigFile): void {
  const [issue] = file.issues;
  if (issue === undefined) return;
  throw new DevhookError("config-invalid", {
    what: `${file.path}: ${issue.at === "" ? "it" : issue.at} ${issue.message}`,
    why: `accepted: ${issue.accepts}`,
    fix: CHECK,
  });
}

/** `maxConnections` -> `DEVHOOK_MAX_CONNECTIONS` */
function variableOf(name: string): string {
  return `DEVHOOK_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function isOther(variable: string): boolean {
  return OTHER_VARIABLES.includes(variable) || OTHER_PREFIXES.some((prefix) => variable.startsWith(prefix));
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}
