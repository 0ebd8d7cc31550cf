import type { IncomingMessage } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { messageOf } from "../../shared/errors.ts";
import type { Refusal } from "../tunnels/registry.ts";
import { bearerOf, mayReadMetrics } from "./access.ts";
import type { ControlHandler, ControlOptions } from "./control.ts";

/** Beside what the control API tells: `startedAt` in monotonic milliseconds. */
type AppOptions = ControlOptions & { readonly startedAt: number };

type Bindings = { readonly incoming: IncomingMessage };

/** The statuses in which the control API refuses. */
type RefusedStatus = Refusal["status"] | 401 | 404 | 500;

/** The routes of the control API on hono. */
export function createApp(options: AppOptions): ControlHandler {
  const app = new Hono<{ Bindings: Bindings }>({
    getPath: (_request, bound) => rawPath(bound?.env?.incoming.url ?? ""),
  });
  let metrics: Promise<() => Promise<{ readonly type: string; readonly text: string }>> | undefined;

  app.use(async function neverStored(context, next) {
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });

  app.get("/_devhook/healthz", function healthz(context) {
    const stopping = options.stopping();
    const uptime = Math.floor((options.clock.monotonic() - options.startedAt) / 1000);
    return context.json({ ok: !stopping, version: options.version, uptime }, stopping ? 503 : 200);
  });

  app.get("/_devhook/metrics", async function readMetrics(context) {
    const access = mayReadMetrics(context.env.incoming, options);
    if (!access.ok) return refused(access);
    metrics ??= import("./metrics.ts").then(({ createMetrics }) => createMetrics(options));
    const { type, text } = await (await metrics)();
    return context.body(text, 200, { "Content-Type": type });
  });

  app.get("/_devhook/token", function whoami(context) {
    const admission = options.registry.admit(bearerOf(context.env.incoming.rawHeaders), options.admission);
    if (!admission.ok) return refused(admission);
    const { kind, label, admin } = admission.owner;
    return context.json({ kind, label: label ?? null, admin });
  });

  app.notFound(() => refused({ status: 404, code: "not-found", message: "The control API of the relay has no such route." }));

  app.onError(function failed(error) {
    options.log.error("control-failed", { reason: messageOf(error) });
    return refused({ status: 500, code: "internal", message: "The relay failed to answer; its log says why." });
  });

  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    // routes do not depend on the Host that a sender writes, and a Host that is none must not fail a request
    hostname: "relay.invalid",
    // the embedded relay lives in a process with code of others: its globals stay as they are
    overrideGlobalObjects: false,
  });
  return (req, res) => void listener(req, res);
}

/**
 * The path as it came, without query and, of an absolute-form target, without scheme and host. hono would take it from a parsed URL, where
 * `/healthz/../metrics` is `/metrics`: what a proxy in front has let through by its path must be what is answered.
 */
function rawPath(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
}

function refused({ status, code, message }: { readonly status: RefusedStatus; readonly code: string; readonly message: string }): Response {
  const headers = status === 401 ? { "WWW-Authenticate": "Bearer" } : undefined;
  return Response.json({ error: { code, message } }, { status, ...(headers && { headers }) });
}
