import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../rig/ledger-file.ts";
import { valuesOf } from "../rig/message-reader.ts";
import { runCommand } from "../rig/programs.ts";
import type { RecordingApp } from "../rig/recording-app.ts";
import { FORMS, openWay, type Way } from "../rig/tunnel-forms.ts";

const MIB = 1_048_576;

describe.each(FORMS)("curl through %s", (form) => {
  const upload = randomBytes(2 * MIB);
  let way: Way;
  let file = "";

  beforeAll(async () => {
    way = await openWay(form);
    file = join(way.home.folder, "upload.bin");
    writeFileSync(file, upload);
  });
  afterAll(() => way.close());

  function url(path: string): string {
    return `http://127.0.0.1:${way.tunnel.port}${way.target(path)}`;
  }

  /** Runs curl once. @returns what it says of each URL */
  async function curl(
    ...args: readonly string[]
  ): Promise<readonly { readonly status: number; readonly connects: number; readonly id: string }[]> {
    const common = ["-sS", "--path-as-is", "-H", `Host: ${way.host}`, "-w", "%{http_code} %{num_connects} %header{devhook-id}\\n"];
    const { code, stdout, stderr } = await runCommand("curl", [...common, ...args], { home: way.home });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const said = stdout.toString().trim().split("\n");
    return said.map((line) => {
      const [status = "", connects = "", id = ""] = line.split(" ");
      return { status: Number(status), connects: Number(connects), id };
    });
  }

  /** Runs curl for one URL. @returns the request at the app, which is the only one with its id */
  async function deliver(...args: readonly string[]): Promise<RecordingApp["requests"][number]> {
    const [said] = await curl("-o", "/dev/null", ...args);
    expect(said).toMatchObject({ status: 200 });
    const id = said?.id ?? "";
    const request = await way.app.request(id);
    expect(way.app.requests.filter((each) => each.id === id)).toHaveLength(1);
    return request;
  }

  it("serves many requests on one connection", async () => {
    const said = await curl(...["a", "b", "c"].flatMap((name) => ["-o", "/dev/null", url(`/kept/${name}`)]));
    expect(said.map(({ status, connects }) => [status, connects])).toEqual([
      [200, 1],
      [200, 0],
      [200, 0],
    ]);
    const targets = await Promise.all(said.map(async ({ id }) => (await way.app.request(id)).target));
    expect(targets).toEqual(["/kept/a", "/kept/b", "/kept/c"]);
  });

  it("passes a path on as it is", async () => {
    const path = "/a/../b/./..//c%2F?x=1";
    expect((await deliver(url(path))).target).toBe(path);
  });

  it("takes a form with a file", async () => {
    const multipart = await deliver("-F", "field=value", "-F", `file=@${file};type=x/y`, url("/form"));
    expect(multipart.bytes).toBe(Number(valuesOf(multipart.headers, "content-length")[0]));
    expect(multipart.bytes).toBeGreaterThan(upload.length);
  });

  it.each([
    ["in chunks", ["-H", "Transfer-Encoding: chunked"]],
    ["that waits for 100 Continue", ["-H", "Expect: 100-continue"]],
    ["that offers HTTP/2", ["--http2"]],
  ])("takes an upload %s", async (_how, args) => {
    expect((await deliver(...args, "-T", file, url("/upload"))).sha256).toBe(sha256(upload));
  });

  it.each([
    ["HTTP/1.0", ["--http1.0"]],
    ["HTTP/1.1", ["--http1.1"]],
    ["HTTP/1.1 that offers HTTP/2", ["--http2"]],
    ["chunks", ["-H", "Transfer-Encoding: chunked"]],
  ])("takes a post in %s, once, and gets its answer", async (_how, args) => {
    const answer = join(way.home.folder, "answer");
    const [said] = await curl("-o", answer, ...args, "--data-binary", "a=b", url("/post"));
    expect({ ...said, body: readFileSync(answer, "utf8") }).toMatchObject({ status: 200, body: "ok" });
    const request = await way.app.request(said?.id ?? "");
    expect({ method: request.method, body: request.body?.toString() }).toEqual({ method: "POST", body: "a=b" });
    expect(way.app.requests.filter(({ id }) => id === request.id)).toHaveLength(1);
  });
});
