import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Where devhook keeps its files for this user. All are made on first use, folders 0700 and files 0600. */
export type Paths = {
  /** history, key and remembered tunnels */
  readonly dataDir: string;
  /** the history */
  readonly databaseFile: string;
  readonly clientKeyFile: string;
  readonly tunnelsFile: string;
  readonly configDir: string;
  readonly userConfigFile: string;
  readonly credentialsFile: string;
  /** signing secrets */
  readonly secretsFile: string;
};

/**
 * The paths by the XDG rules: DEVHOOK_DATA_DIR (taken from the working directory when relative), else $XDG_DATA_HOME/devhook; and
 * $XDG_CONFIG_HOME/devhook. XDG variables that are not absolute are ignored, as the specification demands.
 */
export function resolvePaths({ env, cwd }: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string }): Paths {
  const home = filled(env["HOME"]) ?? homedir();
  const own = filled(env["DEVHOOK_DATA_DIR"]);
  const dataDir = own === undefined ? join(xdg(env["XDG_DATA_HOME"]) ?? join(home, ".local", "share"), "devhook") : resolve(cwd, own);
  const configDir = join(xdg(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "devhook");
  return {
    dataDir,
    databaseFile: join(dataDir, "devhook.db"),
    clientKeyFile: join(dataDir, "client-key"),
    tunnelsFile: join(dataDir, "tunnels.json"),
    configDir,
    userConfigFile: join(configDir, "config.json"),
    credentialsFile: join(configDir, "credentials.json"),
    secretsFile: join(configDir, "secrets.json"),
  };
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function xdg(value: string | undefined): string | undefined {
  return value !== undefined && isAbsolute(value) ? value : undefined;
}
