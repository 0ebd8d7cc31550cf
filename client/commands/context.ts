import type { Readable, Writable } from "node:stream";
import type { Command } from "commander";
import type { Clock } from "../../shared/clock.ts";
import type { TerminalDoors } from "../terminal/terminal-session.ts";

/** Signals that ask devhook to end. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The part of a terminal's input that a prompt needs; absent where stdin is no terminal. */
type CommandInput = Readable & { readonly setRawMode?: (on: boolean) => unknown };

/** The relay inside this process: on 127.0.0.1, nothing on disk, no log. */
export type EmbeddedRelay = {
  /**
   * Starts it on `port`, 0 for any free one.
   * @throws DevhookError `port-in-use`, `port-forbidden`
   */
  readonly start: (options: { readonly port: number }) => Promise<{
    /** origin without a slash at the end */
    readonly url: string;
    readonly port: number;
    /** requests in flight get up to `graceMs` */
    readonly close: (options?: { readonly graceMs?: number }) => Promise<void>;
  }>;
};

/** The commands of the relay's own room. */
type RelayCommands = {
  readonly registerRelayCommands: (program: Command, context: CommandContext) => void;
};

/**
 * Everything that a command knows of the process around it. Only main.ts makes it from the real process; tests make their own, so that every
 * command runs without a process of its own.
 */
export type CommandContext = {
  /** arguments behind `devhook` */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: CommandInput;
  /** results */
  readonly stdout: Writable;
  /** what a person reads on the way */
  readonly stderr: Writable;
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** size of the terminal on stdout in cells; undefined where there is none */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  readonly clock: Clock;
  /** the terminal as a device, for a screen of our own; undefined where stdin or stdout is none */
  readonly openTerminal: () => TerminalDoors | undefined;
  /**
   * Waits for `listener` before the process ends by a fault, so that what is printed then is seen.
   * @returns takes the listener away
   */
  readonly onFault: (listener: () => Promise<void>) => () => void;
  /**
   * Calls `listener` for each signal, `count` being 1 for the first. Without a listener a signal ends the process with 130.
   * @returns takes the listener away
   */
  readonly onSignal: (listener: (signal: StopSignal, count: number) => void) => () => void;
  /** what the process will end with: 0 until a command that ran sets another (1: the answer is no). Faults are thrown instead. */
  readonly outcome: { code: number };
  /** the relay that `start` embeds; loaded on use, so that nothing else pays for it */
  readonly loadRelay: () => Promise<EmbeddedRelay>;
  /** `devhook relay …`, loaded on use as well */
  readonly loadRelayCommands: () => Promise<RelayCommands>;
  /** of devhook, as in package.json */
  readonly version: string;
};
