import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const COMMANDS = [
  ["start"],
  ["relay"],
  ["relay", "token"],
  ["relay", "token", "add"],
  ["events"],
  ["show"],
  ["resend"],
  ["verify"],
  ["sign"],
  ["secrets"],
  ["secrets", "set"],
  ["secrets", "list"],
  ["secrets", "remove"],
  ["providers"],
  ["login"],
  ["logout"],
  ["config"],
  ["config", "check"],
  ["config", "path"],
  ["doctor"],
  ["completion"],
] as const satisfies readonly (readonly string[])[];

/** One argument for each line of COMMANDS: the words of the command. */
const NAMED = COMMANDS.map((words: readonly string[]) => ({ words, name: words.join(" ") }));

describe("devhook", () => {
  it("prints the version alone", async () => {
    expect(await runCommand(home, ["--version"])).toMatchObject({ code: 0, stdout: "1.2.3\n", stderr: "" });
    expect(await runCommand(home, ["-V"])).toMatchObject({ code: 0, stdout: "1.2.3\n", stderr: "" });
  });

  it("lists every command when nothing is asked, and with --help", async () => {
    const bare = await runCommand(home, []);
    expect(bare.code).toBe(0);
    for (const [name] of COMMANDS) expect(bare.stdout).toMatch(new RegExp(`^  ${name}\\b.* {2,}\\w`, "m"));
    expect((await runCommand(home, ["--help"])).stdout).toBe(bare.stdout);
    expect((await runCommand(home, ["-h"])).stdout).toBe(bare.stdout);
  });

  it.each(NAMED)("explains $name with usage, a sentence, options and examples", async ({ words }) => {
    const long = await runCommand(home, [...words, "--help"]);
    expect(long).toMatchObject({ code: 0, stderr: "" });
    expect(long.stdout).toContain(`Usage: devhook ${words[0]}`);
    expect(long.stdout).toMatch(/^[A-Z][^\n]{20,}/m);
    expect(long.stdout).toContain("--help");
    expect((await runCommand(home, [...words, "-h"])).stdout).toBe(long.stdout);
  });

  it.each(NAMED.filter(({ words }) => words[0] !== "relay"))("shows two examples of $name", async ({ words }) => {
    const { stdout } = await runCommand(home, [...words, "--help"]);
    expect(stdout.match(/^Examples:\n( {2}\S[^\n]*devhook[^\n]*\n| {2}devhook[^\n]*\n){2}/)).not.toBeNull();
  });

  it("gives the help of a command by `help` too", async () => {
    expect((await runCommand(home, ["help", "events"])).stdout).toBe((await runCommand(home, ["events", "--help"])).stdout);
  });

  it.each([
    [["evnts"], "unknown command 'evnts'", "did you mean events?"],
    [["config", "chek"], "unknown command 'chek'", "did you mean check?"],
    [["events", "--jsn"], "unknown option '--jsn'", "did you mean --json?"],
    [["show", "latest", "--rw", "body"], "unknown option '--rw'", "did you mean --raw?"],
    [["start", "--insecur"], "unknown option '--insecur'", "did you mean --insecure?"],
  ])("answers %j with exit 2 and the nearest match", async (argv, what, why) => {
    const { code, stdout, stderr } = await runCommand(home, argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.split("\n").slice(0, 2)).toEqual([`✗ ${what}`, `  ${why}`]);
    expect(stderr).toMatch(/ {2}see: devhook .*--help\n$/);
  });

  it.each([
    [["show"]],
    [["show", "a", "b"]],
    [["show", "latest", "--raw", "everything"]],
    [["show", "latest", "--json", "--raw", "body"]],
    [["show", "latest", "--attempt", "0"]],
    [["events", "--limit", "0"]],
    [["events", "--limit", "many"]],
    [["events", "--since", "soon"]],
    [["events", "--filter", "is:broken"]],
    [["resend"]],
    [["resend", "latest", "--to", "nowhere"]],
    [["login"]],
    [["login", "ftp://relay.example.com"]],
    [["login", "http://relay.example.com"]],
    [["completion", "csh"]],
    [["config"]],
    [["doctor", "0"]],
    [["start", "--port", "65536"]],
    [["start", "--output", "loud"]],
    [["trigger", "stripe"]],
  ])("refuses %j with exit 2, three lines at most and nothing on stdout", async (argv) => {
    const { code, stdout, stderr } = await runCommand(home, argv);
    expect([code, stdout]).toEqual([2, ""]);
    // a command that only has subcommands shows its help first
    const fault = stderr.slice(stderr.lastIndexOf("✗ "));
    expect(fault.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
    expect(stderr).toContain("✗ ");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("shows a stack for DEVHOOK_DEBUG=1 only", async () => {
    const { stderr } = await runCommand(home, ["evnts"], { env: { DEVHOOK_DEBUG: "1" } });
    expect(stderr).toMatch(/^\s+at /m);
  });

  it("colours errors on a terminal only, and not with NO_COLOR", async () => {
    expect((await runCommand(home, ["evnts"], { tty: { stderr: true } })).stderr).toContain("\u001b[31m✗\u001b[39m");
    expect((await runCommand(home, ["evnts"], { tty: { stderr: true }, env: { NO_COLOR: "1" } })).stderr).not.toContain("\u001b");
  });

  it("disarms what an argument would do to the terminal", async () => {
    const { stderr } = await runCommand(home, ["\u001b]0;owned\u0007"]);
    expect(stderr).not.toContain("\u001b");
    expect(stderr).toContain("␛]0;owned␇");
  });
});
