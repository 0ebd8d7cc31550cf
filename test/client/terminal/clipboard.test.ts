import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { copyText, type CopyDoors } from "../../../client/terminal/clipboard.ts";
import { createManualTimer } from "./manual-timer.ts";

/** How a tool ends: an exit code, or what keeps it from starting or ending. */
type Outcome = number | "missing" | "hangs" | "refused";

/** A world with these tools; each is asked once with the text that it got. */
function world(env: CopyDoors["env"], tools: Readonly<Record<string, Outcome>>, platform = "linux") {
  const { startTimer, waits, fire } = createManualTimer();
  const calls: string[] = [];
  const sent: string[] = [];
  const saved: string[] = [];
  const killed: string[] = [];
  const inputs: Buffer[] = [];
  const doors: CopyDoors = {
    env,
    platform,
    startTimer,
    send: (sequence) => sent.push(sequence),
    save: (text) => {
      saved.push(text);
      return Promise.resolve("/data/clipboard.txt");
    },
    spawn: (file, args) => {
      const call = [file, ...args].join(" ");
      calls.push(call);
      const outcome = tools[call] ?? tools[file] ?? "missing";
      if (outcome === "refused") throw new Error("EACCES");
      const child = new EventEmitter();
      const stdin = Object.assign(new EventEmitter(), { end: (bytes: Buffer) => inputs.push(bytes) });
      queueMicrotask(() => {
        if (outcome === "missing") child.emit("error", new Error("ENOENT"));
        else if (typeof outcome === "number") child.emit("exit", outcome);
        stdin.emit("error", new Error("EPIPE"));
      });
      return Object.assign(child, { stdin, kill: () => killed.push(file) });
    },
  };
  return { doors, calls, sent, saved, killed, inputs, waits, fire };
}

const X11 = { DISPLAY: ":0" };

describe("copyText", () => {
  it.each([
    ["darwin", {}, "pbcopy"],
    ["linux", { WAYLAND_DISPLAY: "wayland-0", DISPLAY: ":0" }, "wl-copy"],
    ["linux", X11, "xclip -selection clipboard"],
  ])("takes the tool of %s with %j: %s", async (platform, env, call) => {
    const { doors, calls, inputs, sent, waits } = world(env, { [call.split(" ")[0] ?? ""]: 0 }, platform);
    expect(await copyText("naïve 漢", doors)).toEqual({ kind: "tool", name: call.split(" ")[0] });
    expect(calls).toEqual([call]);
    expect(inputs).toEqual([Buffer.from("naïve 漢")]);
    expect([sent, waits()]).toEqual([[], []]);
  });

  it.each([
    ["win32", {}, "clip"],
    ["linux", { WSL_DISTRO_NAME: "Debian" }, "clip.exe"],
  ])("gives %s with %j what its %s understands", async (platform, env, file) => {
    const { doors, inputs } = world(env, { [file]: 0 }, platform);
    expect(await copyText("é", doors)).toEqual({ kind: "tool", name: file });
    expect(inputs).toEqual([Buffer.from("é", "utf16le")]);
  });

  it.each(["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])(
    "leaves the clipboard of a machine alone that the user sits not at (%s)",
    async (name) => {
      const { doors, calls } = world({ ...X11, [name]: "1" }, { xclip: 0 });
      expect(await copyText("x", doors)).toEqual({ kind: "terminal" });
      expect(calls).toEqual([]);
    },
  );

  it.each([1, "missing", "refused"] as const)("goes on to tmux when the tool does not work: %s", async (outcome) => {
    const { doors, calls, sent } = world({ ...X11, TMUX: "/tmp/tmux-0/default,1,0" }, { xclip: outcome, tmux: 0 });
    expect(await copyText("x", doors)).toEqual({ kind: "tmux" });
    expect(calls).toEqual(["xclip -selection clipboard", "tmux load-buffer -w -"]);
    expect(sent).toEqual([]);
  });

  it("does without -w where tmux does not know it", async () => {
    const { doors } = world({ TMUX: "1" }, { "tmux load-buffer -w -": 1, "tmux load-buffer -": 0 });
    expect(await copyText("x", doors)).toEqual({ kind: "tmux" });
  });

  it("ends a tool that hangs, and goes on", async () => {
    const { doors, killed, waits, fire } = world(X11, { xclip: "hangs" });
    const copied = copyText("x", doors);
    expect(waits()).toEqual([2000]);
    fire();
    expect(await copied).toEqual({ kind: "terminal" });
    expect(killed).toEqual(["xclip"]);
  });

  it("asks the terminal when nothing else is there, up to its limit, and a file beyond", async () => {
    // base64 in `ESC ] 52 ; c ; … BEL` with 100,000 bytes in all
    const most = Math.floor((100_000 - 8) / 4) * 3;
    const within = world({}, {});
    expect(await copyText("x".repeat(most), within.doors)).toEqual({ kind: "terminal" });
    expect(within.sent).toEqual([`\u001b]52;c;${Buffer.from("x".repeat(most)).toString("base64")}\u0007`]);
    const beyond = world({}, {});
    expect(await copyText("x".repeat(most + 1), beyond.doors)).toEqual({ kind: "file", path: "/data/clipboard.txt" });
    expect([beyond.sent, beyond.saved]).toEqual([[], ["x".repeat(most + 1)]]);
  });

  it("takes a file within GNU screen, which passes nothing on", async () => {
    const { doors, sent } = world({ STY: "1.pts" }, {});
    expect(await copyText("x", doors)).toMatchObject({ kind: "file" });
    expect(sent).toEqual([]);
  });

  it("lets no captured text end the paste that it will be part of", async () => {
    const { doors, inputs } = world(X11, { xclip: 0 });
    await copyText("a\u001b[201~rm -rf /\r\u009b201~ \u001b[31m", doors);
    expect(inputs[0]?.toString()).toBe("a␛[201~rm -rf /\r␛[201~ \u001b[31m");
  });
});
