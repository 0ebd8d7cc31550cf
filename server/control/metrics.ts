import { collectDefaultMetrics, Counter, Gauge, Registry as MetricRegistry } from "prom-client";
import type { RelayStats } from "./stats.ts";

/** The metrics of a relay as Prometheus reads them. No label holds a tunnel, an address or anything else from outside. */
export type Metrics = () => Promise<{ readonly type: string; readonly text: string }>;

/** Metrics that copy `stats` whenever they are read, beside those of the process. */
export function createMetrics({ stats, version }: { readonly stats: RelayStats; readonly version: string }): Metrics {
  const registry = new MetricRegistry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  function counter(name: string, help: string, value: () => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  function counters(name: string, help: string, label: string, values: () => Iterable<readonly [string | number, number]>): void {
    new Counter({
      name,
      help,
      registers,
      labelNames: [label],
      collect() {
        this.reset();
        for (const [key, value] of values()) this.inc({ [label]: String(key) }, value);
      },
    });
  }

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }

  counters("devhook_relay_requests_total", "Requests that ended, by outcome; the relay's own refusals by their code", "outcome", () => [
    ["answered", stats.answered],
    ["answered-by-client", stats.answeredByClient],
    ["broken-off", stats.brokenOff],
    ["sender-gone", stats.senderGone],
    ...stats.refused,
  ]);
  gauge("devhook_relay_requests_in_flight", "Requests begun and not ended", () => stats.inFlight);
  counter("devhook_relay_request_body_bytes_total", "Bytes of request bodies received", () => stats.bytesIn);
  counter("devhook_relay_answer_body_bytes_total", "Bytes of answer bodies sent", () => stats.bytesOut);
  gauge("devhook_relay_links", "Links that are open", () => stats.links);
  counter("devhook_relay_links_opened_total", "Links that were opened", () => stats.linksOpened);
  counters("devhook_relay_links_closed_total", "Links that ended, by reason", "reason", () => stats.linkCloses);
  counters("devhook_relay_handshakes_refused_total", "Link handshakes refused, by HTTP status", "status", () => stats.handshakesRefused);
  counter("devhook_relay_refusals_logged_total", "Requests noted in the log of refusals", () => stats.refusalsLogged);
  new Gauge({ name: "devhook_relay_info", help: "Version of devhook", registers, labelNames: ["version"] }).set({ version }, 1);

  return async function read() {
    return { type: registry.contentType, text: await registry.metrics() };
  };
}
