import { Worker } from "node:worker_threads";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import { threadFile } from "../../shared/thread-file.ts";
import { createFrameWriter, type TerminalSize } from "../terminal/frame-writer.ts";
import { createTerminalSession, type TerminalDoors, type TerminalSession } from "../terminal/terminal-session.ts";
import { createKeymap } from "../tui/keymap.ts";
import type { AppView, LinkView, Message } from "../tui/model.ts";
import type { Fault, FromScreen, MainCalls, ScreenData, ScreenTarget, ToScreen } from "./messages.ts";

/** The inspector in the terminal, as the main thread has it. No call waits or throws. */
export type Screen = {
  readonly tunnel: (name: string) => void;
  readonly ready: (url: string) => void;
  readonly link: (link: LinkView) => void;
  readonly app: (app: AppView) => void;
  readonly target: (target: ScreenTarget) => void;
  /** Records of these deliveries have changed. */
  readonly changed: (ids: readonly string[]) => void;
  readonly say: (message: Message, options: SayOptions) => void;
  /** Gives the terminal back. */
  readonly close: () => Promise<void>;
  /** The terminal, for what belongs to it: a copy by its clipboard, an editor. */
  readonly session: TerminalSession;
};

/** How something is said: see ToScreen. */
type SayOptions = Pick<Extract<ToScreen, { type: "said" }>, "code" | "isLasting" | "isQuiet">;

export type ScreenOptions = {
  readonly doors: TerminalDoors;
  readonly size: () => TerminalSize;
  readonly clock: Clock;
  readonly data: Omit<ScreenData, "size">;
  readonly calls: MainCalls;
  /** the user wants to end; called again for each time that it is asked for */
  readonly onQuit: () => void;
  readonly onReconnect: () => void;
  /** The screen has failed, and the terminal is given back: deliveries go on. */
  readonly onFailed: (reason: string) => void;
  /** the program of the thread, for tests */
  readonly file?: URL;
};

/** Ids of changed deliveries that wait for a screen that is slow; with more, it looks at all of them. */
const MOST_WAITING = 2_000;
/** How long the screen may take for a ctrl-c before it is taken for dead, milliseconds. */
const CTRL_C_MS = 1_000;
const CTRL_C = 3;

/**
 * Opens the screen: takes the terminal and starts the thread that everything of it runs in, so that neither its work nor its end delays a delivery. What the
 * thread shows are frames; what it hears are keys and notices, of which one message at a time is under way.
 * @throws {DevhookError} `config-invalid` for keys that cannot be, before the terminal is taken
 */
export function openScreen(options: ScreenOptions): Screen {
  const { doors, size, data, calls, clock } = options;
  createKeymap(data.ui.keys, { ascii: data.ui.ascii });
  const waiting = new Set<string>();
  let isAll = false;
  let isCatchingUp = false;
  let closing: Promise<void> | undefined;
  /** messages with keys that have been sent, and taken in */
  const keys = { sent: 0, heard: 0 };
  /** the ctrl-c that the screen has not heard yet, by its message */
  let ctrlC: { readonly message: number; readonly cancel: () => void } | undefined;

  const writer = createFrameWriter(doors.output, size);
  const session = createTerminalSession(
    {
      ...doors,
      onResize: (listener) =>
        doors.onResize(() => {
          post({ type: "resized", size: size() });
          listener();
        }),
    },
    writer,
    { onInput: hear, onGone: () => options.onQuit() },
  );
  const thread = new Worker(options.file ?? threadFile(import.meta.url, "screen-thread"), {
    workerData: { ...data, size: size() } satisfies ScreenData,
    // what a library prints would tear the frame
    stdout: true,
    stderr: true,
    name: "screen",
    // most of what a frame needs is gone after it: a large young generation only holds more of it
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const remark = (chunk: Buffer): void =>
    say({ at: clock.now(), kind: "info", text: chunk.toString() }, { code: "printed", isLasting: false, isQuiet: false });
  thread.stdout.on("data", remark);
  thread.stderr.on("data", remark);
  thread.on("message", take);
  thread.on("error", (error) => fail(messageOf(error)));
  thread.on("exit", () => fail("its thread has ended"));
  session.enter();

  function post(message: ToScreen): void {
    if (closing === undefined) thread.postMessage(message);
  }

  function hear(bytes: Buffer): void {
    keys.sent += 1;
    // who hangs cannot be asked to quit; one that is pressed again and again does not wait longer
    if (bytes.includes(CTRL_C)) ctrlC ??= { message: keys.sent, cancel: doors.startTimer(giveUp, CTRL_C_MS) };
    post({ type: "input", bytes: new Uint8Array(bytes) });
  }

  function giveUp(): void {
    ctrlC = undefined;
    options.onQuit();
  }

  function heard(): void {
    keys.heard += 1;
    if (ctrlC === undefined || keys.heard < ctrlC.message) return;
    ctrlC.cancel();
    ctrlC = undefined;
  }

  function take(message: FromScreen): void {
    if (closing !== undefined) return;
    switch (message.type) {
      case "frame":
        return writer.paint(message.lines);
      case "title":
        return session.setTitle(message.title);
      case "heard":
        return heard();
      case "caught-up":
        isCatchingUp = false;
        return flush();
      case "do":
        return perform(message.what);
      case "call":
        void answer(message.call, calls[message.name] as (argument: unknown) => Promise<unknown>, message.argument);
    }
  }

  function perform(what: Extract<FromScreen, { type: "do" }>["what"]): void {
    switch (what) {
      case "quit":
        return options.onQuit();
      case "suspend":
        return void session.suspend();
      case "repaint":
        return writer.repaint();
      case "reconnect":
        return options.onReconnect();
      case "mouse-on":
      case "mouse-off":
        return session.setMouse(what === "mouse-on");
    }
  }

  async function answer(call: number, action: (argument: unknown) => Promise<unknown>, argument: unknown): Promise<void> {
    try {
      post({ type: "result", call, value: await action(argument) });
    } catch (error) {
      post({ type: "fault", call, fault: faultOf(error) });
    }
  }

  function flush(): void {
    if (isCatchingUp || (waiting.size === 0 && !isAll)) return;
    isCatchingUp = true;
    post({ type: "changed", ids: isAll ? undefined : [...waiting] });
    waiting.clear();
    isAll = false;
  }

  function say(message: Message, how: SayOptions): void {
    post({ type: "said", message, ...how });
  }

  function fail(reason: string): void {
    if (closing !== undefined) return;
    void close().then(() => options.onFailed(reason));
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      ctrlC?.cancel();
      await session.close();
      await thread.terminate();
    })();
    return closing;
  }

  return {
    session,
    tunnel: (name) => post({ type: "tunnel", name }),
    ready: (url) => post({ type: "ready", url }),
    link: (link) => post({ type: "link", link }),
    app: (app) => post({ type: "app", app }),
    target: (target) => post({ type: "target", target }),
    changed: (ids) => {
      if (closing !== undefined) return;
      if (waiting.size + ids.length > MOST_WAITING) {
        waiting.clear();
        isAll = true;
      }
      if (!isAll) for (const id of ids) waiting.add(id);
      flush();
    },
    say,
    close,
  };
}

/** An error as it travels to a thread. */
function faultOf(error: unknown): Fault {
  if (!(error instanceof DevhookError)) return { code: "internal", message: messageOf(error), why: undefined, fix: undefined };
  const { code, message, why, fix } = error;
  return { code, message, why, fix };
}
