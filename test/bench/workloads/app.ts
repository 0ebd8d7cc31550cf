import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchSetup } from "../running/bench-setup.ts";
import type { Child } from "../running/children.ts";
import { findProgram } from "../running/find-program.ts";
import { freePort } from "../running/free-port.ts";

/** The app behind the tunnels. */
export type App = { readonly name: string; readonly port: number; readonly close: () => Promise<void> };

/** An app that answers webhooks with 200 and a short JSON: nginx when this machine has it, since it leaves the most to the contestants. */
export async function startWebhookApp(setup: BenchSetup): Promise<App> {
  const nginx = findProgram("nginx");
  return nginx === undefined ? startBulkApp(setup) : startNginx(setup, nginx);
}

/** An app that reads bodies to their end and counts them, and sends as many bytes as are asked for. */
export async function startBulkApp({ children, programs }: BenchSetup): Promise<App> {
  const child = await children.start({ name: "app", program: process.execPath, args: [join(programs, "upstream.js")] });
  const port = await child.line((line) => /^port (\d+)$/.exec(line)?.[1]);
  return { name: "node:http", port: Number(port), close: child.end };
}

async function startNginx(setup: BenchSetup, program: string): Promise<App> {
  const folder = await setup.folder("nginx");
  const config = join(folder, "nginx.conf");
  const port = await freePort();
  await writeFile(config, nginxConfig(folder, port));
  const child: Child = await setup.children.start({
    name: "nginx",
    program,
    args: ["-p", folder, "-c", config, "-e", "stderr", "-g", "daemon off;"],
  });
  await child.line((line) => (line.includes("start worker process") ? true : undefined));
  return { name: "nginx", port, close: child.end };
}

/** One worker, as the contestants have one process a side. Connections stay open whatever they carry. */
function nginxConfig(folder: string, port: number): string {
  return `worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  default_type application/json;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    listen [::1]:${port} backlog=1024;
    location / { return 200 '{"received":true}'; }
  }
}
`;
}
