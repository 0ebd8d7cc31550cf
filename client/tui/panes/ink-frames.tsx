import { EventEmitter } from "node:events";
import { Box, render, Transform } from "ink";
import { memo, type ReactElement, type ReactNode } from "react";
import type { PaneSize } from "../model.ts";

/** Text of one pane: lines that are cut to its width already. */
export type PaneText = { readonly columns: number; readonly lines: readonly string[] };

/** What a frame consists of, from top to bottom. */
export type FrameParts = {
  readonly size: PaneSize;
  readonly header: readonly string[];
  /** side by side, or the only one */
  readonly body: readonly PaneText[];
  /** between the panes of the body: one above the other instead of side by side */
  readonly isStacked: boolean;
  readonly footer: readonly string[];
  /** over the body, in its middle */
  readonly overlay: PaneText | undefined;
};

/** Makes whole frames; see {@link createInkFrames}. */
export type InkFrames = {
  /** Lays out a frame; the listener is called before this returns when something has changed. */
  readonly show: (parts: FrameParts) => void;
  readonly close: () => void;
};

/**
 * Ink, behind the only door to it: it lays frames out, and gives each one whole to us instead of to a terminal, as its option `debug` is documented to. We
 * paint what has changed (client/terminal/frame-writer.ts): Ink's own writers clear the terminal when a frame is as high as it.
 * @param onFrame gets the lines of a frame
 */
export function createInkFrames(onFrame: (lines: readonly string[]) => void): InkFrames {
  let isClosed = false;
  const sink = createSink((frame) => {
    // where the variable CI is set, Ink takes leave with a line of its own
    if (!isClosed) onFrame(frame.split("\n"));
  });
  const nobody = createSink(() => undefined);
  let instance: ReturnType<typeof render> | undefined;

  return {
    show: (parts) => {
      sink.columns = parts.size.columns;
      sink.rows = parts.size.rows;
      const tree = <Frame {...parts} />;
      if (instance === undefined) {
        instance = render(tree, {
          stdout: sink as unknown as NodeJS.WriteStream,
          stderr: nobody as unknown as NodeJS.WriteStream,
          stdin: nobody as unknown as NodeJS.ReadStream,
          debug: true,
          exitOnCtrlC: false,
          patchConsole: false,
          isScreenReaderEnabled: false,
        });
      } else instance.rerender(tree);
    },
    close: () => {
      isClosed = true;
      instance?.unmount();
    },
  };
}

/** A stream as far as Ink looks at one. */
type Sink = EventEmitter & { columns: number; rows: number; readonly isTTY: boolean; readonly write: (text: string) => boolean };

function createSink(onWrite: (text: string) => void): Sink {
  const write = (text: string): boolean => {
    onWrite(text);
    return true;
  };
  return Object.assign(new EventEmitter(), { columns: 80, rows: 24, isTTY: false, write });
}

/** A frame as Ink lays it out. */
export function Frame({ size, header, body, isStacked, footer, overlay }: FrameParts): ReactElement {
  const bodyRows = Math.max(0, size.rows - header.length - footer.length);
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      <Pane columns={size.columns} lines={header} />
      <Box flexDirection={isStacked ? "column" : "row"} width={size.columns} height={bodyRows}>
        {body.map((pane, index) => (
          // panes have no identity but their place
          <Pane key={index} {...pane} />
        ))}
      </Box>
      <Pane columns={size.columns} lines={footer} />
      {overlay !== undefined && (
        <Over size={size} pane={overlay}>
          <Pane {...overlay} />
        </Over>
      )}
    </Box>
  );
}

function Over({ size, pane, children }: { readonly size: PaneSize; readonly pane: PaneText; readonly children: ReactNode }): ReactElement {
  const left = Math.max(0, Math.floor((size.columns - pane.columns) / 2));
  const top = Math.max(0, Math.floor((size.rows - pane.lines.length) / 2));
  return (
    <Box position="absolute" marginLeft={left} marginTop={top}>
      {children}
    </Box>
  );
}

/**
 * A pane is one block of text: Ink's cost is by cells and by nodes. It is laid out as a blank block of its size, and its lines are put in as it is written:
 * Ink remembers every text that it has ever measured, and takes longer to measure than to write. What is blank at the end of a line is there already.
 */
const Pane = memo(function Pane({ columns, lines }: PaneText): ReactElement {
  return (
    <Box width={columns} height={lines.length} flexShrink={0}>
      <Transform transform={(_blank, at) => lines[at]?.trimEnd() ?? ""}>{blankBlock(columns, lines.length)}</Transform>
    </Box>
  );
});

function blankBlock(columns: number, rows: number): string {
  return Array.from({ length: rows }, () => " ".repeat(columns)).join("\n");
}
