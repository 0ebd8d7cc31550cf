import { isDeepStrictEqual } from "node:util";
import { connectToApp } from "../forwarder/app-socket.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import { troubleOf } from "../forwarder/connect-failure.ts";
import { listeningPorts, USUAL_PORTS } from "../forwarder/listening-ports.ts";
import { isLoopbackHost } from "../settings/relay-origin.ts";

/** Milliseconds between two looks: an app that restarts is seen soon, one that runs is left in peace. */
const EVERY_MS = { up: 15_000, down: 1_000 } as const;
/** looks that find nothing, of which the first also looks for other apps: what listens there is not bothered every second */
const LOOKS_A_ROUND = 15;

/** Whether the app accepts connections. */
export type AppNews = {
  readonly state: "up" | "down";
  /** why it is down, as a clause (`nothing listens on 127.0.0.1:8000 and [::1]:8000`); empty when it is up */
  readonly reason: string;
  /** usual ports that something else on this machine listens on; looked for while an app of this machine is down */
  readonly others: readonly number[];
};

export type WatchOptions = {
  readonly target: Pick<AppTarget, "url" | "insecure">;
  /** called with the first finding, and with each that differs from the one before */
  readonly onNews: (news: AppNews) => void;
  /** ports of this machine that are devhook's own */
  readonly ownPorts: () => readonly number[];
  /** 15 s and 1 s when omitted */
  readonly everyMs?: { readonly up: number; readonly down: number };
  /** where other apps are looked for, {@link USUAL_PORTS} when omitted */
  readonly ports?: readonly number[];
};

export type AppWatch = {
  /** Looks at once: a delivery did not reach the app. */
  readonly unreached: () => void;
  /** Watches another app from now on; the next finding is news. */
  readonly retarget: (target: WatchOptions["target"]) => void;
  readonly stop: () => void;
};

/** Watches whether the app accepts connections: one is opened and closed for each look. What waits for the next look keeps no process alive. */
export function watchApp({ target: first, onNews, ownPorts, everyMs = EVERY_MS, ports = USUAL_PORTS }: WatchOptions): AppWatch {
  let target = first;
  let news: AppNews | undefined;
  let giveUp: (() => void) | undefined;
  let next: NodeJS.Timeout | undefined;
  let missed = 0;

  function look(): void {
    clearTimeout(next);
    giveUp = connectToApp(
      target,
      Buffer.alloc(1),
      ({ socket }) => {
        socket.destroy();
        missed = 0;
        found({ state: "up", reason: "", others: [] });
      },
      (failure) => {
        missed += 1;
        found({ state: "down", reason: troubleOf(failure), others: news?.others ?? [] });
      },
    );
  }

  function found(finding: AppNews): void {
    giveUp = undefined;
    next = setTimeout(look, everyMs[finding.state]).unref();
    tell(finding);
    // whoever heard of it may have ended the watch: then nothing was missed
    if (missed % LOOKS_A_ROUND === 1 && isLoopbackHost(target.url.hostname)) void lookForOthers(target);
  }

  async function lookForOthers(asked: WatchOptions["target"]): Promise<void> {
    const left = new Set([Number(asked.url.port), ...ownPorts()]);
    const others = await listeningPorts(ports.filter((port) => !left.has(port)));
    if (target === asked && news?.state === "down") tell({ ...news, others });
  }

  function tell(finding: AppNews): void {
    if (isDeepStrictEqual(finding, news)) return;
    news = finding;
    onNews(finding);
  }

  function stop(): void {
    giveUp?.();
    giveUp = undefined;
    clearTimeout(next);
    news = undefined;
    missed = 0;
  }

  look();
  return {
    unreached: () => {
      if (news?.state === "up" && giveUp === undefined) look();
    },
    retarget: (other) => {
      stop();
      target = other;
      look();
    },
    stop,
  };
}
