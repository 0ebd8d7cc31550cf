import type { Readable, Writable } from "node:stream";
import { sanitizeLine } from "../inspect/sanitize.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { StartTimer } from "./timer.ts";

/** The terminal and the part of the process that a session needs. Only main.ts makes it from the real process. */
export type TerminalDoors = {
  readonly input: Readable & { readonly setRawMode?: (on: boolean) => unknown };
  /** never blocks; the same stream that the frame writer has */
  readonly output: Writable;
  /** Writes past `output`, at once and without waiting for a terminal that stands still: for a process that ends. Never throws. */
  readonly writeNow: (text: string) => void;
  /** Calls the listener when the size of the terminal has changed. @returns takes it away */
  readonly onResize: (listener: () => void) => () => void;
  /** Somebody asks the process to stop (SIGTSTP), which no longer happens by itself. @returns takes the listener away */
  readonly onStopRequest: (listener: () => void) => () => void;
  /** The process goes on after a stop (SIGCONT). @returns takes the listener away */
  readonly onContinue: (listener: () => void) => () => void;
  /** The process ends now: no turn of the event loop will follow. @returns takes the listener away */
  readonly onExit: (listener: () => void) => () => void;
  /** Stops the process, and with it its shell job. Returns when it goes on, or at once where no shell could make it go on. */
  readonly stop: () => void;
  readonly startTimer: StartTimer;
};

/** Who hears of what comes from the terminal. */
export type TerminalListeners = {
  readonly onInput: (bytes: Buffer) => void;
  /** the terminal has gone: there will be no more input */
  readonly onGone: () => void;
};

/** A terminal that devhook has to itself, and gives back as it was; see {@link createTerminalSession}. */
export type TerminalSession = {
  /** Takes the terminal: modes, keys, frames. Nothing when it is taken. */
  readonly enter: () => void;
  /**
   * Gives the terminal back: waits for the frame in flight, then restores every mode; 200 ms at most. Nothing when it is not taken. What a terminal that
   * stands still has not taken by then is sent again when the process ends.
   */
  readonly leave: () => Promise<void>;
  /** Leaves, stops the process (ctrl-z), and enters again when it goes on. */
  readonly suspend: () => Promise<void>;
  /** Leaves for another program (an editor), and enters again whatever becomes of it. */
  readonly lend: <T>(work: () => Promise<T>) => Promise<T>;
  /** Leaves for good; nothing is listened to any more. Another program that has the terminal gets a second to end. */
  readonly close: () => Promise<void>;
  /** Title of the window while the terminal is taken; the one before comes back afterwards, where the terminal keeps it. */
  readonly setTitle: (title: string) => void;
  /** Whether clicks and the wheel come as input. Otherwise text is selected as everywhere, and the wheel gives arrow keys. */
  readonly setMouse: (on: boolean) => void;
  /** Sends a sequence of our own (OSC 52) between two frames. */
  readonly send: (sequence: string) => void;
};

/** How long a terminal gets to take the last frame and the way back, milliseconds: who quits does not notice it. */
const LEAVE_MS = 200;
/** How long another program that has the terminal gets to give it back when devhook ends, milliseconds: both write to it until then. */
const LENT_MS = 1_000;
/** How long a process that ends waits for a write that a thread has in hand, milliseconds: it would land behind the way back. */
const LAST_WRITE_MS = 50;

/** `?1007s` keeps the user's own setting of the alternate scroll mode: it is on in some terminals, and pagers want it back. */
const SAVE = "\u001b[22;2t\u001b[?1007s";
/** alternate screen; no wrapping, which scrolls; no cursor; pastes in brackets; wheel as arrow keys */
const MODES = "\u001b[?1049h\u001b[?7l\u001b[?25l\u001b[?2004h\u001b[?1007h";
const MOUSE_ON = "\u001b[?1000h\u001b[?1006h";
const MOUSE_OFF = "\u001b[?1006l\u001b[?1000l";
/** also out of the middle of a frame, which may have been cut */
const LEAVE = `\u001b[?2026l\u001b[0m${MOUSE_OFF}\u001b[?1007r\u001b[?2004l\u001b[?25h\u001b[?7h\u001b[?1049l\u001b[23;2t`;

/** Makes a session that has not entered yet. Frames are painted by `writer`, only while the terminal is taken. */
export function createTerminalSession(doors: TerminalDoors, writer: FrameWriter, { onInput, onGone }: TerminalListeners): TerminalSession {
  const { input, output } = doors;
  let isIn = false;
  let isClosed = false;
  /** the work of another program that has the terminal */
  let lent: Promise<void> | undefined;
  /** whether the terminal may still be in our modes: until the way back has left completely */
  let isOwed = false;
  let leaving: Promise<void> | undefined;
  let suspending: Promise<void> | undefined;
  let title = "";
  let mouse = false;

  const hear = (bytes: Buffer): void => onInput(bytes);
  const gone = (): void => onGone();

  function takeModes(): void {
    // off first: a shell may have reset the terminal behind the back of Node, which sets no mode that it believes to be set
    setRaw(false);
    setRaw(true);
    output.write(MODES + (mouse ? MOUSE_ON : "") + titleSequence(title));
    writer.release();
  }

  function setRaw(on: boolean): void {
    try {
      input.setRawMode?.(on);
    } catch {
      // the terminal has gone: its input says so
    }
  }

  function enter(): void {
    if (isIn || isClosed) return;
    if (leaving !== undefined) return void leaving.then(enter);
    isIn = true;
    isOwed = true;
    input.on("data", hear).on("end", gone).on("error", gone);
    input.resume();
    output.write(SAVE);
    takeModes();
  }

  function leave(): Promise<void> {
    if (!isIn) return leaving ?? Promise.resolve();
    isIn = false;
    input.off("data", hear).off("end", gone);
    input.pause();
    leaving = giveBack().finally(() => {
      leaving = undefined;
    });
    return leaving;
  }

  async function giveBack(): Promise<void> {
    const patience = deadline(doors.startTimer, LEAVE_MS);
    await Promise.race([writer.hold(), patience.over]);
    const left = new Promise<void>((resolve) => {
      output.write(LEAVE, (error) => {
        if (error === null || error === undefined) isOwed = isIn;
        resolve();
      });
    });
    await Promise.race([left, patience.over]);
    patience.cancel();
    setRaw(false);
    input.off("error", gone);
  }

  /** The last thing that a process does. */
  function leaveNow(): void {
    if (!isOwed) return;
    isOwed = false;
    isIn = false;
    if (output.writableLength > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WRITE_MS);
    doors.writeNow(LEAVE);
    setRaw(false);
  }

  async function lend<T>(work: () => T | Promise<T>): Promise<T> {
    const wasIn = isIn;
    const before = lent;
    let done = (): void => undefined;
    lent = new Promise((resolve) => (done = resolve));
    await leave();
    try {
      return await work();
    } finally {
      lent = before;
      done();
      if (wasIn) enter();
    }
  }

  /** Asked for twice, by a key and a signal, it happens once. */
  function suspend(): Promise<void> {
    suspending ??= lend(doors.stop).finally(() => {
      suspending = undefined;
    });
    return suspending;
  }

  const unsubscribe = [
    doors.onResize(writer.repaint),
    doors.onStopRequest(() => void suspend()),
    // stopped from outside, without a chance to leave: what the shell wrote is on our screen
    doors.onContinue(() => {
      if (isIn) takeModes();
    }),
    doors.onExit(leaveNow),
  ];

  return {
    enter,
    leave,
    suspend,
    lend,
    close: async () => {
      isClosed = true;
      await leave();
      if (lent !== undefined) {
        const patience = deadline(doors.startTimer, LENT_MS);
        await Promise.race([lent, patience.over]);
        patience.cancel();
      }
      // a terminal that stands still is owed the way back until the process ends
      for (const off of isOwed ? unsubscribe.slice(0, -1) : unsubscribe) off();
    },
    setTitle: (text) => {
      title = sanitizeLine(text);
      if (isIn) output.write(titleSequence(title));
    },
    setMouse: (on) => {
      mouse = on;
      if (isIn) output.write(on ? MOUSE_ON : MOUSE_OFF);
    },
    send: (sequence) => {
      if (isIn) output.write(sequence);
    },
  };
}

function titleSequence(title: string): string {
  return title === "" ? "" : `\u001b]2;${title}\u0007`;
}

function deadline(startTimer: StartTimer, ms: number): { readonly over: Promise<void>; readonly cancel: () => void } {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    cancel = startTimer(resolve, ms);
  });
  return { over, cancel };
}
