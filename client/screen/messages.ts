import type { DevhookError } from "../../shared/errors.ts";
import type { HeaderList } from "../../shared/http/headers.ts";
import type { StoredSecrets } from "../settings/secrets.ts";
import type { CopyRoute } from "../terminal/clipboard.ts";
import type { TerminalSize } from "../terminal/frame-writer.ts";
import type { AppView, LinkView, Message } from "../tui/model.ts";
import type { TestChoice, TestResult } from "../tunnel/test-event.ts";

/** What the thread of the screen begins with. */
export type ScreenData = {
  readonly size: TerminalSize;
  readonly databaseFile: string;
  readonly secretsFile: string;
  readonly credentialsFile: string;
  /** where exports are written */
  readonly exportFolder: string;
  /** the environment of the user */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** of --secret */
  readonly secrets: StoredSecrets;
  /** the user's own providers, as validated */
  readonly own: readonly unknown[];
  readonly app: ScreenTarget;
  /** host of the relay, or what the embedded one is called */
  readonly relay: string;
  readonly embedded: boolean;
  readonly whenOffline: string;
  /** whether signatures are checked at all */
  readonly isVerifying: boolean;
  readonly ui: {
    readonly keys: Readonly<Record<string, string>>;
    readonly theme: "default" | "blue-orange" | "high-contrast" | "mono";
    readonly colour: boolean;
    readonly ascii: boolean;
    readonly mouse: boolean;
  };
};

/** Where resends go. */
export type ScreenTarget = {
  /** origin of the app */
  readonly origin: string;
  /** put in front of each request target */
  readonly path: string;
  readonly headers: HeaderList;
  readonly hostHeader: "keep" | "rewrite";
  readonly insecure: boolean;
  readonly timeoutMs: number;
};

/** From the main thread to the screen. */
export type ToScreen =
  | { readonly type: "input"; readonly bytes: Uint8Array }
  | { readonly type: "resized"; readonly size: TerminalSize }
  /** records of these deliveries have changed; undefined: of any */
  | { readonly type: "changed"; readonly ids: readonly string[] | undefined }
  /** under which name the tunnel is claimed */
  | { readonly type: "tunnel"; readonly name: string }
  | { readonly type: "ready"; readonly url: string }
  | { readonly type: "link"; readonly link: LinkView }
  | { readonly type: "app"; readonly app: AppView }
  | { readonly type: "target"; readonly target: ScreenTarget }
  /** `isLasting`: stays in sight until the next one with the same code; `isQuiet`: for the log only */
  | { readonly type: "said"; readonly message: Message; readonly code: string; readonly isLasting: boolean; readonly isQuiet: boolean }
  /** the answer to a call */
  | { readonly type: "result"; readonly call: number; readonly value: unknown }
  | { readonly type: "fault"; readonly call: number; readonly fault: Fault };

/** From the screen to the main thread. */
export type FromScreen =
  | { readonly type: "frame"; readonly lines: readonly string[] }
  | { readonly type: "title"; readonly title: string }
  /** the last `changed` has been taken in: the next may come */
  | { readonly type: "caught-up" }
  /** keys have been taken in */
  | { readonly type: "heard" }
  | { readonly type: "do"; readonly what: "quit" | "suspend" | "repaint" | "reconnect" | "mouse-on" | "mouse-off" }
  | { readonly type: "call"; readonly call: number; readonly name: keyof MainCalls; readonly argument: unknown };

/** What only the main thread can do, for the screen: one argument, one result, both plain values. */
export type MainCalls = {
  readonly copy: (text: string) => Promise<CopyRoute>;
  /** Lends the terminal to the user's editor, and waits for its end. */
  readonly edit: (path: string) => Promise<void>;
  /** Sends deliveries to another port of this machine from now on. */
  readonly retarget: (port: number) => Promise<void>;
  /** Secrets have been stored or removed. */
  readonly secretsChanged: () => Promise<void>;
  readonly testChoices: () => Promise<readonly TestChoice[]>;
  readonly sendTest: (choice: TestChoice) => Promise<TestResult>;
};

/** A DevhookError on its way between threads. */
export type Fault = Pick<DevhookError, "code" | "message" | "why" | "fix">;
