import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../commands/context.ts";
import { requireEditor, runEditor } from "../commands/run-editor.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { wantsColour } from "../output/colours.ts";
import { createCompactOutput } from "../output/compact.ts";
import type { ClosedEvent, LinkEvent, ReadyEvent, WarningEvent } from "../output/events.ts";
import { createNdjsonOutput } from "../output/ndjson.ts";
import type { Output } from "../output/output.ts";
import { createQuietOutput } from "../output/quiet.ts";
import type { MainCalls, ScreenData } from "../screen/messages.ts";
import type { Screen } from "../screen/open-screen.ts";
import type { ResolvedSettings } from "../settings/config.ts";
import { outputMode } from "../settings/output-mode.ts";
import type { Paths } from "../settings/paths.ts";
import type { StoredSecrets } from "../settings/secrets.ts";
import { copyText } from "../terminal/clipboard.ts";
import { needsAscii } from "../terminal/needs-ascii.ts";
import { startTimer } from "../terminal/timer.ts";

/** How a running tunnel is shown. */
export type Surface = {
  readonly output: Output;
  /** the screen, as long as there is one */
  readonly screen: () => Screen | undefined;
  /** Gives the terminal back, if it was taken: what is written afterwards is seen. */
  readonly close: () => Promise<void>;
};

/** What the screen asks of the tunnel. */
export type SurfaceDoors = {
  readonly paths: Paths;
  /** of --secret */
  readonly secrets: StoredSecrets;
  readonly onQuit: () => void;
  readonly onReconnect: () => void;
  /** Leaves ctrl-c to a program that the terminal is lent to. */
  readonly withoutStop: <T>(work: () => Promise<T>) => Promise<T>;
  readonly calls: Pick<MainCalls, "retarget" | "secretsChanged" | "testChoices" | "sendTest">;
};

/** Warnings that stay true until somebody acts, or devhook says otherwise. */
const LASTING: ReadonlySet<string> = new Set(["clock-skew", "database-io", "database-busy", "database-corrupt", "database-unavailable"]);

/** Opens what was asked for: the screen, or lines where nothing was asked and no screen can be. */
export async function openSurface(context: CommandContext, resolved: ResolvedSettings, doors: SurfaceDoors): Promise<Surface> {
  const { settings } = resolved;
  const { mode, warning } = outputMode({ asked: settings.output, env: context.env, isTTY: context.isTTY, size: context.terminal });
  const terminal = mode === "interactive" ? context.openTerminal() : undefined;
  if (terminal !== undefined) return openScreenSurface(context, resolved, doors, terminal);
  const output = linesOf(mode, context);
  if (warning !== undefined) output.warning({ at: context.clock.now(), code: "no-screen", message: warning });
  return { output, screen: () => undefined, close: async () => {} };
}

function linesOf(mode: ReturnType<typeof outputMode>["mode"], context: CommandContext): Output {
  switch (mode) {
    case "json":
      return createNdjsonOutput({ stdout: context.stdout, now: context.clock.now });
    case "quiet":
      return createQuietOutput(context);
    case "interactive":
    case "compact":
      return createCompactOutput(context);
  }
}

async function openScreenSurface(
  context: CommandContext,
  resolved: ResolvedSettings,
  doors: SurfaceDoors,
  terminal: NonNullable<ReturnType<CommandContext["openTerminal"]>>,
): Promise<Surface> {
  // what is not shown is not loaded
  const { openScreen } = await import("../screen/open-screen.ts");
  const { clock, env } = context;
  let ready: ReadyEvent | undefined;
  /** lines, once the screen has failed */
  let lines: Output | undefined;

  const screen = openScreen({
    doors: terminal,
    size: () => context.terminal ?? { columns: 80, rows: 24 },
    clock,
    data: dataOf(context, resolved, doors),
    calls: {
      ...doors.calls,
      copy: (text) => copyText(text, { env, platform: process.platform, spawn, send: screen.session.send, save: saveCopy, startTimer }),
      edit: (path) => doors.withoutStop(() => screen.session.lend(() => runEditor(requireEditor(context), path, context))),
    },
    onQuit: doors.onQuit,
    onReconnect: doors.onReconnect,
    onFailed: (reason) => {
      const message = `the screen has failed (${reason}): lines from here on. Deliveries are not affected`;
      goOnWithLines({ at: clock.now(), code: "screen-failed", severity: "error", message });
    },
  });

  function goOnWithLines(why: WarningEvent): void {
    lines = createCompactOutput(context);
    if (ready !== undefined) lines.ready(ready);
    lines.warning(why);
  }

  const forget = context.onFault(screen.close);
  const note = (text: string): void =>
    screen.say({ at: clock.now(), kind: "info", text }, { code: "link", isLasting: false, isQuiet: true });
  const say = (kind: "info" | "warning" | "error", code: string, text: string): void =>
    screen.say({ at: clock.now(), kind, text }, { code, isLasting: LASTING.has(code), isQuiet: false });

  return {
    screen: () => (lines === undefined ? screen : undefined),
    close: async () => {
      forget();
      await screen.close();
    },
    output: {
      ready: (event) => {
        ready = event;
        if (lines !== undefined) return lines.ready(event);
        screen.ready(event.url);
      },
      // the screen reads the history: what has passed the disk
      delivery: (event) => lines?.delivery(event),
      verification: (event) => lines?.verification(event),
      attempt: (event) => lines?.attempt(event),
      link: (event) => {
        if (lines !== undefined) return lines.link(event);
        // the state is on the screen already; each further try has nothing to add
        if (event.state !== "reconnecting" || event.attempt <= 1) note(linkText(event));
      },
      warning: (event) => {
        if (lines !== undefined) return lines.warning(event);
        // the screen shows what is in the database: without one it would stay empty
        if (event.code === "database-unavailable") return void screen.close().then(() => goOnWithLines(event));
        say(event.severity === "error" ? "error" : "warning", event.code, event.message);
      },
      closed: (event) => {
        if (lines !== undefined) return lines.closed(event);
        if (ready !== undefined) context.stdout.write(farewell(event, ready));
      },
    },
  };
}

function dataOf(
  context: CommandContext,
  { settings, ui, ownProviders }: ResolvedSettings,
  { paths, secrets }: SurfaceDoors,
): Omit<ScreenData, "size"> {
  const { env } = context;
  return {
    databaseFile: paths.databaseFile,
    secretsFile: paths.secretsFile,
    credentialsFile: paths.credentialsFile,
    exportFolder: context.cwd,
    env: { ...env },
    secrets,
    own: ownProviders,
    app: {
      origin: settings.target.origin,
      path: settings.path,
      headers: settings.headers,
      hostHeader: settings.hostHeader,
      insecure: settings.insecure,
      timeoutMs: settings.timeoutMs,
    },
    relay: settings.server?.host ?? "the relay on this machine",
    embedded: settings.server === undefined,
    whenOffline: "503",
    isVerifying: settings.verify !== "off",
    ui: {
      keys: ui.keys,
      theme: ui.theme,
      mouse: ui.mouse,
      colour: wantsColour({ isTTY: true, env }),
      ascii: ui.ascii || needsAscii(env, process.platform),
    },
  };
}

/** What has become of the link, for the log. */
function linkText({ state, reason }: LinkEvent): string {
  const words = {
    connected: "connected to the relay",
    reconnecting: "the link to the relay is lost",
    offline: "the relay is not tried any more",
  };
  return reason === "" ? words[state] : `${words[state]}: ${reason}`;
}

/** What was copied, where there is no clipboard. */
async function saveCopy(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "devhook-copy-")), "copied.txt");
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  return path;
}

/** What the normal screen gets after the other one. A program that was killed may have left the terminal without returns of its own. */
function farewell({ deliveries, failed, owed }: ClosedEvent, { url }: ReadyEvent): string {
  const count = `${deliveries} ${deliveries === 1 ? "delivery" : "deliveries"} in this run`;
  const kept = failed > 0 ? `${count}, ${failed} failed; kept in the history` : `${count}, kept in the history`;
  const debts = owed > 0 ? [`${owed} still owed to your app, they follow at the next start`] : [];
  const next = failed > 0 ? "see what failed: devhook events --filter is:failed" : "see them: devhook events";
  return [kept, ...debts, `  ${sanitizeLine(url, Infinity)}`, next, ""].join("\r\n");
}
