import type { Command } from "commander";
import { resolveSettings, type SettingFlags } from "../settings/config.ts";
import { runTunnel } from "../tunnel/run-tunnel.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { secretFlags } from "./secret-flags.ts";

/** Adds `devhook start`, also called `listen`. */
export function registerStart(program: Command, context: CommandContext): void {
  explain(program.command("start"), {
    summary: "give your app a webhook URL and show what arrives",
    description:
      "Prints a URL, forwards what arrives there to your app byte for byte, sends the answer back, and records both. Without --server the relay runs inside this process, for senders on this machine.",
    examples: ["devhook start 8000", "devhook start 8000 --server https://relay.example.com --name shop"],
  })
    .alias("listen")
    .argument("[target]", "the app: port, host:port or URL (default: 3000)")
    .option("-s, --server <url>", "the relay (default: the one of devhook login, else an embedded one)")
    .option("--port <n>", "port of the embedded relay; 0: any free one (default: the one remembered, else 8080 upwards)")
    .option("-n, --name <name>", "tunnel name (default: one that cannot be guessed, the same at every start)")
    .option("--subdomain <name>", "the same as --name")
    .option("-f, --forward-to <url>", "the same as the target")
    .option("--path <prefix>", "put in front of each request's path")
    .option("--when-offline <policy>", "what senders get while nobody is here: reject (503)")
    .option("--timeout <seconds>", "wait so long for your app's answer (default: 30)")
    .option("--grace <seconds>", "wait so long for an app that restarts (default: 2)")
    .option("--max-connections <n>", "connections to your app at once (default: 50)")
    .option("-H, --header <header>", "'Name: value' set on each request to your app; repeatable", collect)
    .option("--host-header <how>", "keep: the sender's Host; rewrite: your app's own (default: keep)")
    .option("--output <how>", "interactive, compact, json or quiet (default: by the terminal)")
    .option("--json", "the same as --output json: one JSON object a line")
    .option("--provider <id>", "who sends: an id of `devhook providers`, or ID=/path; repeatable (default: recognised)", collect)
    .option("--secret <id=secret>", "a signing secret for this run; repeatable (better: devhook secrets set ID)", collect)
    .option("--verify <how>", "off, warn, or enforce: your app is called for valid signatures only (default: warn)")
    .option("--answer-handshakes", "answer the handshakes of platforms in place of your app")
    .option("--insecure", "accept self-signed certificates of relay and app")
    .action(async (target: string | undefined, { secret = [], ...flags }: SettingFlags & { readonly secret?: readonly string[] }) => {
      const resolved = await resolveSettings(context, { ...flags, target });
      await runTunnel(context, resolved, { secrets: secretFlags(secret, context) });
    });
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
