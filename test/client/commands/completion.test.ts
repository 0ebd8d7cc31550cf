import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";

let home: Home;
let script: string;
beforeAll(async () => {
  home = await createHome();
  script = (await runCommand(home, ["completion", "bash"])).stdout;
});
afterAll(() => home.remove());

/** What bash offers for the last of these words. */
function complete(...words: readonly string[]): readonly string[] {
  const program = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_devhook
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync("bash", ["--norc", "-u", "-c", program, "bash", ...words], { encoding: "utf8" });
  return output.split("\n").filter((line) => line !== "");
}

describe("devhook completion bash", () => {
  it("offers the commands, by their beginnings", () => {
    expect(complete("devhook", "")).toEqual(
      expect.arrayContaining(["start", "listen", "relay", "events", "show", "resend", "replay", "login", "doctor", "--help"]),
    );
    expect(complete("devhook", "re")).toEqual(["relay", "resend", "replay"]);
    expect(complete("devhook", "xyz")).toEqual([]);
  });

  it("offers subcommands and their options", () => {
    expect(complete("devhook", "config", "")).toEqual(expect.arrayContaining(["check", "path"]));
    expect(complete("devhook", "relay", "token", "")).toEqual(expect.arrayContaining(["add", "list", "rotate", "revoke"]));
    expect(complete("devhook", "relay", "token", "add", "label", "--a")).toEqual(["--admin"]);
    expect(complete("devhook", "events", "--l")).toEqual(["--limit"]);
  });

  it("knows an alias for its command", () => {
    expect(complete("devhook", "replay", "--t")).toEqual(complete("devhook", "resend", "--t"));
    expect(complete("devhook", "replay", "--t")).toEqual(["--to"]);
  });

  it("offers the values of an option and of an argument", () => {
    expect(complete("devhook", "show", "latest", "--raw", "")).toEqual(["request", "response", "body", "headers"]);
    expect(complete("devhook", "show", "latest", "--raw", "re")).toEqual(["request", "response"]);
    expect(complete("devhook", "completion", "z")).toEqual(["zsh"]);
  });

  it("offers nothing of its own where a value is free, so that bash offers files", () => {
    expect(complete("devhook", "relay", "--tls-cert", "")).toEqual([]);
  });

  it("registers itself for devhook", () => {
    const output = execFileSync("bash", ["--norc", "-c", `${script}\ncomplete -p devhook`], { encoding: "utf8" });
    expect(output).toBe("complete -o default -F _devhook devhook\n");
  });
});

describe("devhook completion zsh and fish", () => {
  it("name every command and option that bash names", async () => {
    const [zsh, fish] = await Promise.all(["zsh", "fish"].map(async (shell) => (await runCommand(home, ["completion", shell])).stdout));
    for (const word of ["events", "replay", "token", "rotate", "--limit", "--follow", "--raw", "response"]) {
      expect(zsh).toContain(word);
      expect(fish).toContain(word.replace(/^--/, ""));
    }
    expect(zsh).toMatch(/^#compdef devhook\n/);
    expect(fish).toContain("complete -c devhook");
  });
});
