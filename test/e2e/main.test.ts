import { execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEVHOOK, type Home, makeHome, run, startProgram } from "../rig/programs.ts";
import { until } from "../rig/until.ts";

let home: Home;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

/** A shell line with `devhook` standing for the built program. */
function shell(line: string): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const script = `devhook() { '${process.execPath}' '${DEVHOOK}' "$@"; }\n${line}`;
    const child = execFile(
      "bash",
      ["--norc", "-c", script],
      { cwd: home.folder, env: { ...home.env }, timeout: 20_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe("the program", () => {
  it("prints its version and ends with 0", async () => {
    const { code, stdout, stderr } = await run(["--version"], { home });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("ends with the code of the fault and three lines on stderr", async () => {
    const { code, stdout, stderr } = await run(["show", "latest"], { home });
    expect([code, stdout.length]).toEqual([1, 0]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
  });

  it("ends with 0 and without a word when the reader of its output has gone", async () => {
    const { stdout, stderr } = await shell("devhook --help | true; devhook completion bash | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}");
    expect([stdout, stderr]).toEqual(["0\n", ""]);
  });

  it("ends a `start` whose reader has gone in good order, with 0", async () => {
    const child = spawn(process.execPath, [DEVHOOK, "start", "1", "--port", "0", "--grace", "0", "--json"], {
      env: { ...home.env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let code: number | null | undefined;
    child.on("exit", (status) => (code = status));
    try {
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
      await until(() => text.includes('"ready"'));
      const { url } = JSON.parse(text.split("\n").find((line) => line.includes('"ready"')) ?? "") as { url: string };
      child.stdout.destroy();
      // it learns that nobody reads when it writes the next line
      await until(async () => {
        if (code === undefined) await fetch(url, { method: "POST" }).catch(() => undefined);
        return code !== undefined;
      });
      expect(code).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("follows events in a pipe and ends with 130 at ctrl-c", async () => {
    const program = startProgram(["events", "--follow"], { home });
    await until(() => program.stdout().includes("REQUEST"));
    program.signal("SIGINT");
    expect(await program.ended).toBe(130);
  });

  it("shows no stack for a fault of its own, exit 70, and one with DEVHOOK_DEBUG=1", async () => {
    mkdirSync(home.dataDir, { recursive: true });
    // --import runs before the program: a broken clock is a fault that no command expects
    const broken = join(home.folder, "broken.mjs");
    writeFileSync(broken, "Date.now = () => { throw new TypeError('broken clock'); };\n");
    const quiet = await shell(`NODE_OPTIONS='--import ${broken}' devhook events --since 1h; exit $?`);
    expect(quiet.code).toBe(70);
    expect(quiet.stderr).toMatch(/^✗ devhook failed unexpectedly: broken clock[^\n]*\n$/);
    const loud = await shell(`NODE_OPTIONS='--import ${broken}' DEVHOOK_DEBUG=1 devhook events --since 1h; exit $?`);
    expect(loud.stderr).toMatch(/\n\s+at /);
  });
});

describe("the program on a terminal", () => {
  /** Runs a Python program that gives devhook a pseudo-terminal as stdout, and prints what it found as JSON. */
  function onTerminal(body: string): Promise<{ readonly [key: string]: unknown }> {
    const program = `
import atexit, json, os, pty, re, signal, subprocess, sys, termios, time
def spawn(*argv, **streams):
    master, slave = pty.openpty()
    streams = {name: slave for name in streams.pop("on", ["stdout"])}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    child = subprocess.Popen([${JSON.stringify(process.execPath)}, ${JSON.stringify(DEVHOOK)}, *argv], cwd=${JSON.stringify(home.folder)}, env=${JSON.stringify(home.env)}, **streams)
    # whatever goes wrong here, no devhook stays behind
    atexit.register(child.kill)
    os.close(slave)
    return child, master
${body}`;
    return new Promise((resolve, reject) => {
      execFile("python3", ["-c", program], { timeout: 25_000, env: { ...process.env } }, (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as { readonly [key: string]: unknown });
        else reject(new Error(`${error.message}\n${stderr}`));
      });
    });
  }

  it("ends with 130 when a signal comes before the result, and leaves the terminal as it was", async () => {
    const found = await onTerminal(`
child, master = spawn("login", "http://127.0.0.1:9", on=["stdin", "stderr"])
before = termios.tcgetattr(master)
text = b""
while b"shown" not in text: text += os.read(master, 65536)
end = time.time() + 10
while termios.tcgetattr(master)[3] & termios.ECHO and time.time() < end: time.sleep(0.01)
hidden = not termios.tcgetattr(master)[3] & termios.ECHO
child.send_signal(signal.SIGINT)
print(json.dumps({"code": child.wait(15), "hidden": hidden, "restored": termios.tcgetattr(master)[3] == before[3]}))`);
    expect(found).toEqual({ code: 130, hidden: true, restored: true });
  });

  it("colours what a person reads", async () => {
    const found = await onTerminal(`
child, master = spawn("doctor")
text = b""
try:
    while part := os.read(master, 65536): text += part
except OSError: pass
print(json.dumps({"code": child.wait(15), "text": text.decode()}))`);
    expect(found["code"]).toBe(0);
    expect(found["text"]).toContain("\u001b[32m✓\u001b[39m node");
  });

  it("goes on with deliveries, and ends when told to, though the terminal has stopped (ctrl-s)", async () => {
    const found = await onTerminal(`
import http.server, threading, urllib.request
class App(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *args): pass
app = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
threading.Thread(target=app.serve_forever, daemon=True).start()
child, master = spawn("start", str(app.server_port), "--port", "0", "--output", "compact")
text = b""
try:
    while b"login" not in text: text += os.read(master, 65536)
except OSError: sys.exit("ended early: " + child.stderr.read().decode())
url = re.search("http://127[a-z0-9:/.]+", text.decode())[0]
# 300 lines of 200 characters are more than the terminal takes; nobody reads them
statuses = [urllib.request.urlopen(url + "/" + "x" * 200 + str(n), data=b"", timeout=10).status for n in range(300)]
child.send_signal(signal.SIGTERM)
begin = time.time()
print(json.dumps({"code": child.wait(15), "answered": statuses.count(200), "seconds": time.time() - begin}))`);
    expect(found).toMatchObject({ code: 0, answered: 300 });
    expect(found["seconds"]).toBeLessThan(10);
  });
});
