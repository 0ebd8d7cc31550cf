import { DevhookError } from "../../shared/errors.ts";
import type { CopyRoute } from "../terminal/clipboard.ts";
import type { CopyWhat, Effect, ExportForm } from "../tui/state/effects.ts";
import type { ScreenEvent } from "../tui/state/reduce.ts";
import type { Prompt } from "../tui/state/state.ts";
import { fieldOf } from "../tui/typing/text-field.ts";
import type { TestChoice } from "../tunnel/test-event.ts";
import type { MainCaller } from "./main-caller.ts";
import { sentenceOf, type Telling, type Said } from "./telling.ts";

/** What the screen does with recorded deliveries: each tells what came of it in one sentence, and throws a DevhookError for what cannot be done. */
export type DeliveryActions = {
  readonly resend: (ids: readonly string[], options: { readonly resign: boolean }) => Promise<Said>;
  readonly mark: (ids: readonly string[], options: { readonly on: boolean }) => Said | undefined;
  readonly pin: (ids: readonly string[], options: { readonly on: boolean }) => Said | undefined;
  readonly note: (id: string, text: string) => Said | undefined;
  readonly remove: (ids: readonly string[]) => Said;
  readonly clear: () => Promise<Said>;
  readonly exportAs: (form: ExportForm, ids: readonly string[]) => Promise<Said>;
  readonly copyText: (what: CopyWhat, id: string) => string;
};

/** What the screen does with secrets. */
export type SecretActions = {
  /** senders, those that deliveries came from first; `kept`: in words, what is known of the secret */
  readonly list: () => Promise<readonly { readonly provider: string; readonly name: string; readonly kept: string | undefined }[]>;
  /** Keeps a secret, and judges the provider's deliveries again. */
  readonly store: (provider: string, secret: string) => Promise<Said>;
  readonly remove: (provider: string) => Promise<Said>;
};

/** The form for an edited resend. */
export type FormActions = {
  readonly open: (id: string) => ScreenEvent;
  readonly tick: (tick: string) => ScreenEvent;
  readonly defaults: () => ScreenEvent;
  /** Lends the terminal to an editor. */
  readonly edit: (what: "headers" | "body") => Promise<ScreenEvent>;
  readonly curl: () => string;
  /** @throws {DevhookError} at once for an edit that cannot be sent */
  readonly send: () => Promise<Said>;
};

export type ActionDoors = {
  readonly telling: Telling;
  readonly deliveries: DeliveryActions;
  readonly secrets: SecretActions;
  readonly form: FormActions;
  readonly main: Pick<MainCaller, "call">;
  readonly dispatch: (event: ScreenEvent) => void;
  readonly say: (said: Said) => void;
  /** whether this prompt is still there */
  readonly isAsking: (what: Prompt) => boolean;
  /** public URL of the tunnel, when there is one */
  readonly url: () => string | undefined;
  /** ports of this machine that something listens on */
  readonly ports: () => readonly number[];
};

/** Effects that are work on deliveries, secrets, or the world around; the others belong to the screen itself. */
export type Work = Exclude<Effect, { do: "quit" | "suspend" | "repaint" | "reconnect" | "mouse" | "theme" | "filter" | "find" }>;

/** Does what an effect asks for; what goes wrong is told, too. Never throws. */
export function createActions(doors: ActionDoors): (work: Work) => void {
  const { telling, deliveries, secrets, form, main, dispatch, say } = doors;
  /** what the open menu of test events offers */
  let tests: readonly TestChoice[] = [];
  /** prompts whose answers are being worked on */
  const answered = new Set<Prompt>();

  function show(event: ScreenEvent): undefined {
    dispatch(event);
    return undefined;
  }

  async function perform(work: Work): Promise<Said | undefined> {
    switch (work.do) {
      case "resend":
        return deliveries.resend(work.ids, { resign: work.resign });
      case "copy":
        return copied(await main.call("copy", deliveries.copyText(work.what, work.id)), work.what);
      case "copy-url":
        return copyUrl();
      case "mark":
        return deliveries.mark(work.ids, { on: work.on });
      case "pin":
        return deliveries.pin(work.ids, { on: work.on });
      case "note":
        return deliveries.note(work.id, work.text);
      case "delete":
        return deliveries.remove(work.ids);
      case "clear":
        return deliveries.clear();
      case "export":
        return deliveries.exportAs(work.form, work.ids);
      case "edit":
        return show(form.open(work.id));
      case "form":
        return onForm(work.what);
      case "form-tick":
        return show(form.tick(work.tick));
      case "test-menu":
        return testMenu();
      case "test":
        return sendTest(work.index);
      case "port-menu":
        return show(portMenu(doors.ports()));
      case "ask-port":
        return show(askPort());
      case "retarget":
        return retarget(work.port);
      case "secrets-menu":
        return secretsMenu();
      case "ask-secret":
        return show(askSecret(work.provider));
      case "remove-secret":
        return secrets.remove(work.provider);
      case "prompted":
        return prompted(work.what, work.text);
    }
  }

  async function copyUrl(): Promise<Said> {
    const url = doors.url();
    if (url === undefined)
      throw new DevhookError("usage", { what: "there is no URL yet", why: "the relay has not answered", fix: "wait for it" });
    return copied(await main.call("copy", url), "url");
  }

  async function onForm(what: Extract<Work, { do: "form" }>["what"]): Promise<Said | undefined> {
    switch (what) {
      case "headers":
      case "body":
        return show(await form.edit(what));
      case "defaults":
        return show(form.defaults());
      case "curl":
        return copied(await main.call("copy", form.curl()), "curl");
      case "send": {
        // an app may take its time; the form is not there to be sent once more, or closed from under another one
        const sending = form.send();
        dispatch({ type: "close-overlay" });
        return sending;
      }
    }
  }

  async function testMenu(): Promise<undefined> {
    tests = await main.call("testChoices", undefined);
    dispatch({
      type: "open",
      overlay: {
        kind: "menu",
        title: "Send a test event",
        index: 0,
        items: tests.map(({ label, provider }, index) => ({
          label,
          hint: provider === undefined ? "unsigned" : "",
          effect: { do: "test", index },
        })),
      },
    });
  }

  async function sendTest(index: number): Promise<Said | undefined> {
    const choice = tests[index];
    if (choice === undefined) return undefined;
    const { status, ms, error, unsigned } = await main.call("sendTest", choice);
    const fault = error === undefined ? undefined : telling.attempt(error);
    const end = status === null ? (fault?.text ?? "no answer") : `${status} in ${Math.round(ms)} ms`;
    const isSecretless = unsigned?.code === "no-secret";
    const why = isSecretless ? "no secret" : unsigned?.reason;
    const how = why === undefined ? "" : `, unsigned: ${why}`;
    const isOk = status !== null && status >= 200 && status < 300;
    const remedy = fault?.remedy ?? (isSecretless ? telling.key("secrets", "keeps one") : undefined);
    return { kind: isOk ? "ok" : "warning", text: `test ${choice.label}: ${end}${how}`, ...(remedy !== undefined && { remedy }) };
  }

  async function retarget(port: number): Promise<Said> {
    await main.call("retarget", port);
    return { kind: "ok", text: `deliveries go to port ${port} from now on` };
  }

  async function secretsMenu(): Promise<undefined> {
    const senders = await secrets.list();
    dispatch({
      type: "open",
      overlay: {
        kind: "menu",
        title: "Secrets: choose the sender",
        index: 0,
        items: senders.map(({ provider, name, kept }) => ({
          label: name,
          hint: kept ?? "no secret",
          effect: { do: "ask-secret", provider },
          isKept: kept !== undefined,
        })),
      },
    });
  }

  async function prompted(what: Prompt, text: string): Promise<Said | undefined> {
    if (answered.has(what)) return undefined;
    answered.add(what);
    try {
      const said = await answer(what, text);
      if (doors.isAsking(what)) dispatch({ type: "close-overlay" });
      return said;
    } finally {
      answered.delete(what);
    }
  }

  async function answer(what: Prompt, text: string): Promise<Said | undefined> {
    switch (what.kind) {
      case "note":
        return deliveries.note(what.id, text);
      case "secret":
        return secrets.store(what.provider, text);
      case "port": {
        const port = Number(text.trim());
        if (!/^\d{1,5}$/.test(text.trim()) || port < 1 || port > 65_535)
          throw new DevhookError("usage", { what: `"${text}" is no port`, why: "accepted: 1 to 65535" });
        return retarget(port);
      }
    }
  }

  return (work) => {
    perform(work).then(
      (said) => {
        if (said !== undefined) say(said);
      },
      (error: unknown) => {
        // whoever types sees it where he types, where there is room for all of it
        if (work.do === "prompted" && doors.isAsking(work.what)) dispatch({ type: "prompt-fault", message: sentenceOf(error) });
        else say(telling.fault(error));
      },
    );
  };
}

function copied(route: CopyRoute, what: CopyWhat): Said {
  switch (route.kind) {
    case "tool":
      return { kind: "ok", text: `copied ${what}, with ${route.name}` };
    case "tmux":
      return { kind: "ok", text: `copied ${what}, to the buffer of tmux` };
    case "terminal":
      return { kind: "ok", text: `sent ${what} to the terminal's clipboard, which does not say whether it took it` };
    case "file":
      return { kind: "warning", text: `no clipboard was found: ${what} is in ${route.path}` };
  }
}

function portMenu(ports: readonly number[]): ScreenEvent {
  if (ports.length === 0) return askPort();
  return {
    type: "open",
    overlay: {
      kind: "menu",
      title: "Where your app listens",
      index: 0,
      items: [
        ...ports.map((port) => ({ label: String(port), hint: "something listens there", effect: { do: "retarget", port } as const })),
        { label: "another port", hint: "type it", effect: { do: "ask-port" } },
      ],
    },
  };
}

function askPort(): ScreenEvent {
  return {
    type: "open",
    overlay: {
      kind: "prompt",
      title: "Port of your app",
      hint: "on this machine",
      field: fieldOf(""),
      hidden: false,
      fault: undefined,
      what: { kind: "port" },
    },
  };
}

function askSecret(provider: string): ScreenEvent {
  return {
    type: "open",
    overlay: {
      kind: "prompt",
      title: `Signing secret of ${provider}`,
      hint: "as the sender shows it; kept in secrets.json, which only you can read",
      field: fieldOf(""),
      hidden: true,
      fault: undefined,
      what: { kind: "secret", provider },
    },
  };
}
