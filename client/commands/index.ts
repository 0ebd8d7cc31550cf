import type { Command } from "commander";
import type { CommandContext } from "./context.ts";

/** One command of `devhook`. A new command is a file beside this one and a row here. */
export type CommandRow = {
  readonly name: string;
  readonly aliases: readonly string[];
  /** one line of `devhook --help` */
  readonly summary: string;
  /** adds the command with its options to `program`; its code is loaded here and not before */
  readonly register: (program: Command, context: CommandContext) => Promise<void>;
};

/** All commands, in the order of the help. */
export const commandRows: readonly CommandRow[] = [
  {
    name: "start",
    aliases: ["listen"],
    summary: "give your app a webhook URL and show what arrives",
    register: async (program, context) => (await import("./start.ts")).registerStart(program, context),
  },
  {
    name: "relay",
    aliases: [],
    summary: "run a relay that others can reach, and manage its tokens",
    register: async (program, context) => (await context.loadRelayCommands()).registerRelayCommands(program, context),
  },
  {
    name: "events",
    aliases: [],
    summary: "list the recorded deliveries",
    register: async (program, context) => (await import("./events.ts")).registerEvents(program, context),
  },
  {
    name: "show",
    aliases: [],
    summary: "show one delivery with its attempts",
    register: async (program, context) => (await import("./show.ts")).registerShow(program, context),
  },
  {
    name: "resend",
    aliases: ["replay"],
    summary: "send recorded deliveries to the app again",
    register: async (program, context) => (await import("./resend.ts")).registerResend(program, context),
  },
  {
    name: "diff",
    aliases: [],
    summary: "compare the requests of two deliveries",
    register: async (program, context) => (await import("./diff.ts")).registerDiff(program, context),
  },
  {
    name: "export",
    aliases: [],
    summary: "write deliveries as curl commands, HAR, JSON lines, raw HTTP or a test",
    register: async (program, context) => (await import("./export.ts")).registerExport(program, context),
  },
  {
    name: "import",
    aliases: [],
    summary: "add deliveries from a HAR file or JSON lines to the history",
    register: async (program, context) => (await import("./import.ts")).registerImport(program, context),
  },
  {
    name: "wait",
    aliases: [],
    summary: "wait until deliveries have come, for tests and scripts",
    register: async (program, context) => (await import("./wait.ts")).registerWait(program, context),
  },
  {
    name: "prune",
    aliases: [],
    summary: "remove old deliveries from the history",
    register: async (program, context) => (await import("./prune.ts")).registerPrune(program, context),
  },
  {
    name: "verify",
    aliases: [],
    summary: "say whether a signature holds, and why not",
    register: async (program, context) => (await import("./verify.ts")).registerVerify(program, context),
  },
  {
    name: "sign",
    aliases: [],
    summary: "sign a body as a provider would",
    register: async (program, context) => (await import("./sign.ts")).registerSign(program, context),
  },
  {
    name: "secrets",
    aliases: [],
    summary: "keep the signing secrets of your senders",
    register: async (program, context) => (await import("./secrets.ts")).registerSecrets(program, context),
  },
  {
    name: "providers",
    aliases: [],
    summary: "list the senders that devhook knows, or one with all its facts",
    register: async (program, context) => (await import("./providers.ts")).registerProviders(program, context),
  },
  {
    name: "login",
    aliases: [],
    summary: "store a relay's token and make it the default relay",
    register: async (program, context) => (await import("./login.ts")).registerLogin(program, context),
  },
  {
    name: "logout",
    aliases: [],
    summary: "forget a relay's token",
    register: async (program, context) => (await import("./logout.ts")).registerLogout(program, context),
  },
  {
    name: "config",
    aliases: [],
    summary: "check the configuration, or say where it is",
    register: async (program, context) => (await import("./config.ts")).registerConfig(program, context),
  },
  {
    name: "doctor",
    aliases: [],
    summary: "find out what keeps devhook from working",
    register: async (program, context) => (await import("./doctor.ts")).registerDoctor(program, context),
  },
  {
    name: "completion",
    aliases: [],
    summary: "print a completion script for bash, zsh or fish",
    register: async (program, context) => (await import("./completion.ts")).registerCompletion(program, context),
  },
];
