import { pino } from "pino";
import type { Clock } from "../shared/clock.ts";
import type { Log, LogFields } from "./log.ts";

/** What {@link createJsonLog} needs. */
export type JsonLogOptions = {
  /** what is less than this is left out (default `info`) */
  readonly level?: "debug" | "info" | "warn" | "error";
  readonly clock: Clock;
  /** takes one line with its newline */
  readonly write: (line: string) => void;
};

/** Characters kept of any text: a sender may put 64 KiB into a path. */
const TEXT_LIMIT = 512;

/** DEL, C1 controls, line separators and what turns the direction of text: allowed in JSON, and acted on by terminals. */
const ACTED_ON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A {@link Log} of one JSON line an event: `{"level":"info","time":"…","event":"link-opened",…}`. Safe to show on a terminal. */
export function createJsonLog(options: JsonLogOptions): Log {
  const logger = pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => options.write(line.replace(ACTED_ON, escaped)) },
  );
  return {
    debug: (event, fields) => logger.debug(entry(event, fields)),
    info: (event, fields) => logger.info(entry(event, fields)),
    warn: (event, fields) => logger.warn(entry(event, fields)),
    error: (event, fields) => logger.error(entry(event, fields)),
  };
}

function entry(event: string, fields: LogFields = {}): LogFields {
  const line: Record<string, string | number | boolean | undefined> = { event };
  for (const [name, value] of Object.entries(fields)) line[name] = typeof value === "string" ? value.slice(0, TEXT_LIMIT) : value;
  return line;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
