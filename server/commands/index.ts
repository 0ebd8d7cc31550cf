import { pid } from "node:process";
import type { Command } from "commander";
import { relayConfig, type RelayFlags } from "../config.ts";
import type { RelayCommandContext } from "./context.ts";
import { registerNameCommands } from "./name.ts";
import { serve } from "./serve.ts";
import { registerTokenCommands } from "./token.ts";

const EXAMPLES = `
Examples:
  devhook relay token add laptop-of-ana && devhook relay --host 0.0.0.0 --public-url https://hooks.example.com
  devhook relay --host 0.0.0.0 --domain tunnel.example.com --tls-cert cert.pem --tls-key key.pem
`;

/** Adds `devhook relay` with its subcommands `token` and `name` to `program`. */
export function registerRelayCommands(program: Command, context: RelayCommandContext): void {
  const relay = program
    .command("relay")
    .summary("run a relay that others can reach, and manage its tokens")
    .description("Run a relay: senders reach it by HTTP, clients by WebSocket. Logs go to stderr, one JSON line an event.")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--port <n>", "port to listen on, 0 for any free one (default: 8080)")
    .option("--domain <domain>", "serve tunnels as <name>.<domain> too")
    .option("--public-url <url>", "origin under which others reach this relay")
    .option("--data-dir <dir>", "data folder (default: $XDG_DATA_HOME/devhook/relay)")
    .option("--open", "admit clients without a token, under random names only")
    .option("--max-body <size>", "largest request body (default: 100mb)")
    .option("--held-max-body <size>", "largest body that is held for a client that is away (default: 10mb)")
    .option("--held-total <size>", "room for all that is held (default: 4gb)")
    .option("--names-per-token <n>", "tunnel names that one token may own (default: 100)")
    .option("--tls-cert <file>", "certificate chain (PEM); serve https")
    .option("--tls-key <file>", "private key of the certificate (PEM)")
    .option("--trust-proxy <cidrs>", "addresses, with commas between, whose X-Forwarded-* are believed")
    .option("--rate <n>", "requests a second for each tunnel, or off (default: off, with --open 20)")
    .option("--rate-address <n>", "requests a second from each sender's address, or off (default: off)")
    .option("--json", "print the ready line as JSON: {type, url, pid}")
    .addHelpText("after", EXAMPLES)
    .action(async function runRelay(flags: RelayFlags & { readonly json?: boolean }) {
      const config = relayConfig(flags, context.env);
      const [{ startRelay }, { createJsonLog }] = await Promise.all([import("../relay.ts"), import("../json-log.ts")]);
      const level = context.env["DEVHOOK_DEBUG"] === "1" ? "debug" : "info";
      const log = createJsonLog({ level, clock: context.clock, write: (line) => void context.stderr.write(line) });
      const start = (): ReturnType<typeof startRelay> => startRelay(config, { log, clock: context.clock });
      await serve(context, start, ({ url }) => {
        context.stdout.write(flags.json === true ? `${JSON.stringify({ type: "ready", url, pid })}\n` : `ready: ${url}\n`);
      });
    });
  registerTokenCommands(relay, context);
  registerNameCommands(relay, context);
}
