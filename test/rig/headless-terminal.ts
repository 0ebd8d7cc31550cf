import { Terminal } from "@xterm/headless";

/** A terminal without a window. */
export type HeadlessTerminal = {
  readonly terminal: Terminal;
  /** resolves when it has read all that was written before */
  readonly write: (data: string) => Promise<void>;
  /** each row as text, without spaces at its end */
  readonly rows: () => readonly string[];
};

/** Makes one. */
export function createHeadlessTerminal(columns: number, rows: number): HeadlessTerminal {
  const terminal = new Terminal({
    cols: columns,
    rows,
    allowProposedApi: true,
    windowOptions: { pushTitle: true, popTitle: true },
  });
  return {
    terminal,
    write: (data) => new Promise((resolve) => terminal.write(data, resolve)),
    rows: () => {
      const { active } = terminal.buffer;
      return Array.from(
        { length: terminal.rows },
        (_, row) =>
          active
            .getLine(active.viewportY + row)
            ?.translateToString()
            .trimEnd() ?? "",
      );
    },
  };
}
