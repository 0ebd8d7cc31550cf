import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type IPty, spawn } from "node-pty";
import { createHeadlessTerminal } from "./headless-terminal.ts";
import { DEVHOOK, type Home, makeHome } from "./programs.ts";
import { until } from "./until.ts";

/** How long a screen may take to show something, milliseconds: far beyond what a loaded machine needs. */
const SHOW_MS = 10_000;

/** What a terminal is set to, as far as a program can set it. */
export type TerminalModes = Readonly<Record<string, unknown>>;

/** `devhook start` in a terminal of its own, read and typed at as a person does. */
export type ScreenDriver = {
  readonly home: Home;
  /** of the process that shows the screen */
  readonly pid: () => number;
  /** each row as text, without spaces at its end */
  readonly rows: () => readonly string[];
  /** all rows, for a failure that shows them */
  readonly text: () => string;
  /** the first row that holds a text */
  readonly line: (text: string | RegExp) => string | undefined;
  /** Waits until a row holds a text. @returns the row */
  readonly shows: (text: string | RegExp) => Promise<string>;
  /** Waits until no row holds a text. */
  readonly hides: (text: string | RegExp) => Promise<void>;
  /** Waits until the URL is there, which stands alone, and gives it without a slash at its end. */
  readonly url: () => Promise<string>;
  /** Presses keys, named as `ui.keys` names them (`ctrl+c`, `enter`, `up`), or characters. */
  readonly press: (...keys: readonly string[]) => void;
  /** Writes what a keyboard or a clipboard would send. */
  readonly type: (text: string) => void;
  /** Types a text into a field, and accepts it once the screen has it. */
  readonly enter: (text: string) => Promise<void>;
  /** Goes down in a menu to the entry that begins so, and chooses it. */
  readonly choose: (entry: string) => Promise<void>;
  /** Waits until all keys before have been taken in: has everything painted again, which comes after them. */
  readonly settle: () => Promise<void>;
  /** how often the screen was cleared */
  readonly clears: () => number;
  /** Writes to the terminal past the program, as another process of the same terminal would. */
  readonly scribble: (text: string) => Promise<void>;
  readonly resize: (columns: number, rows: number) => void;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly modes: () => TerminalModes;
  /** everything that came from the program */
  readonly raw: () => string;
  /** what programs gave the clipboard by OSC 52, as it came */
  readonly clipboard: readonly string[];
  /** what the terminal has answered to sequences that ask it something */
  readonly replies: readonly string[];
  /** links (OSC 8) that were shown, and how often the bell rang */
  readonly links: () => number;
  readonly bells: () => number;
  readonly title: () => string;
  /** what stands in a cell; rows and columns count from 0 */
  readonly cell: (row: number, column: number) => string;
  /** inverse cells of a row, as text */
  readonly inverse: (row: number) => string;
  /** closes the terminal, as a window that is closed */
  readonly hangUp: () => void;
  /** resolves when the program in the terminal has ended: its exit code */
  readonly ended: Promise<number>;
  readonly over: () => boolean;
  /** Ends it now, if it still runs, and removes its folders. */
  readonly close: () => Promise<void>;
};

export type ScreenOptions = {
  /** the app: a port, or what else `devhook start` takes */
  readonly target: number | string;
  readonly size?: readonly [columns: number, rows: number];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** that of another program, whose folders stay; a fresh one when omitted */
  readonly home?: Home;
  /** A shell script to run in place of the program; `devhook` in it starts it. */
  readonly script?: string;
};

/** What a keyboard sends. */
const KEYS: Readonly<Record<string, string>> = {
  enter: "\r",
  esc: "\u001b",
  tab: "\t",
  "shift+tab": "\u001b[Z",
  space: " ",
  backspace: "\u007f",
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  left: "\u001b[D",
  home: "\u001b[H",
  end: "\u001b[F",
  pageup: "\u001b[5~",
  pagedown: "\u001b[6~",
};

/** Opens `devhook start` in a pseudo-terminal with folders of its own; the embedded relay takes any free port. */
export function openScreenDriver(options: ScreenOptions): ScreenDriver {
  const { target, size: [columns, rows] = [80, 24], args = [], env = {}, script } = options;
  const home = options.home ?? makeHome();
  const pidFile = join(home.folder, "pid");
  const screen = createHeadlessTerminal(columns, rows);
  const { terminal } = screen;
  const clipboard: string[] = [];
  const replies: string[] = [];
  let raw = "";
  let title = "";
  let links = 0;
  let bells = 0;
  let over = false;

  terminal.onTitleChange((text) => (title = text));
  terminal.onBell(() => (bells += 1));
  terminal.parser.registerOscHandler(52, (data) => {
    clipboard.push(data);
    return true;
  });
  terminal.parser.registerOscHandler(8, () => {
    links += 1;
    return true;
  });

  const command = [process.execPath, DEVHOOK, "start", String(target), "--port", "0", ...args];
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const setup = `devhook() { bash --norc -c 'echo $$ > "$PID_FILE"; exec "$@"' - ${words}; };`;
  const pty: IPty = spawn("bash", ["--norc", "-c", script === undefined ? `exec ${words}` : `${setup} ${script}`], {
    name: env["TERM"] ?? "xterm-256color",
    cols: columns,
    rows,
    cwd: home.folder,
    env: { LANG: "C.UTF-8", ...home.env, PID_FILE: pidFile, ...env },
  });
  pty.onData((data) => {
    raw += data;
    terminal.write(data);
  });
  terminal.onData((reply) => {
    replies.push(reply);
    if (!over) pty.write(reply);
  });
  const ended = new Promise<number>((resolve) =>
    pty.onExit(({ exitCode }) => {
      over = true;
      // with all that it has written in its place
      void screen.write("").then(() => resolve(exitCode));
    }),
  );

  const text = (): string => screen.rows().join("\n");
  const line = (wanted: string | RegExp): string | undefined =>
    screen.rows().find((row) => (typeof wanted === "string" ? row.includes(wanted) : wanted.test(row)));

  function waitFor<T>(condition: () => T, what: string): Promise<NonNullable<T>> {
    return until(
      () => {
        const found = condition();
        if (!found && over) throw new Error(`ended while ${what} was waited for`);
        return found;
      },
      what,
      SHOW_MS,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${text()}`);
    });
  }

  const shows = (wanted: string | RegExp): Promise<string> => waitFor(() => line(wanted), `${String(wanted)} on the screen`);

  const cellsOf = (row: number): ReturnType<typeof terminal.buffer.active.getLine> =>
    terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row);
  const clears = (): number => raw.split("\u001b[2J").length - 1;

  return {
    home,
    pid: () => (script === undefined ? pty.pid : Number(readFileSync(pidFile, "utf8"))),
    rows: screen.rows,
    text,
    line,
    shows,
    hides: async (wanted) => void (await waitFor(() => line(wanted) === undefined, `the end of ${String(wanted)}`)),
    url: () => waitFor(() => /^ (http:\/\/[^\s/]+\/\w+)(?: |$)/m.exec(text())?.[1], "the URL"),
    press: (...keys) => {
      for (const key of keys) pty.write(KEYS[key] ?? key.replace(/^ctrl\+(.)$/, (_, letter: string) => controlOf(letter)));
    },
    type: (typed) => pty.write(typed),
    enter: async (typed) => {
      pty.write(typed);
      await shows(`${typed}▏`);
      pty.write("\r");
    },
    choose: async (entry) => {
      const here = (): string => line("│ ▸ ") ?? "";
      await waitFor(here, "a menu");
      while (!here().includes(`▸ ${entry}`)) {
        const before = here();
        pty.write("j");
        await waitFor(() => here() !== "" && here() !== before, `the entry behind ${before}`);
      }
      pty.write("\r");
    },
    settle: async () => {
      // the first may overtake the frame of a key that was read with it
      for (let round = 0; round < 2; round++) {
        const before = clears();
        pty.write("\u000c");
        await waitFor(() => clears() > before, "a screen that is painted again");
      }
      await waitFor(() => raw.lastIndexOf("\u001b[?2026l") > raw.lastIndexOf("\u001b[?2026h"), "the end of a frame");
      await screen.write("");
    },
    clears,
    scribble: screen.write,
    resize: (nextColumns, nextRows) => {
      terminal.resize(nextColumns, nextRows);
      pty.resize(nextColumns, nextRows);
    },
    signal: (name) => void process.kill(script === undefined ? pty.pid : Number(readFileSync(pidFile, "utf8")), name),
    modes: () => ({
      ...terminal.modes,
      buffer: terminal.buffer.active.type,
      cursorHidden: raw.lastIndexOf("\u001b[?25l") > raw.lastIndexOf("\u001b[?25h"),
      title,
    }),
    raw: () => raw,
    clipboard,
    replies,
    links: () => links,
    bells: () => bells,
    title: () => title,
    cell: (row, column) => cellsOf(row)?.getCell(column)?.getChars() ?? "",
    inverse: (row) => {
      const cells = cellsOf(row);
      return Array.from({ length: terminal.cols }, (_, column) => cells?.getCell(column))
        .map((cell) => (cell !== undefined && cell.isInverse() !== 0 ? cell.getChars() || " " : ""))
        .join("");
    },
    // its type leaves out what every pty of node-pty has
    hangUp: () => (pty as IPty & { readonly destroy: () => void }).destroy(),
    ended,
    over: () => over,
    close: async () => {
      try {
        if (!over) pty.kill("SIGKILL");
      } catch {
        // it has ended
      }
      await ended;
      terminal.dispose();
      if (options.home === undefined) home.remove();
    },
  };
}

function controlOf(letter: string): string {
  return String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 0x1f);
}
