import type { FilterSubject } from "../../../client/filter/expression.ts";

/** 14:05:30 on 21 November 2026, wherever the test runs. */
export const NOW = new Date(2026, 10, 21, 14, 5, 30).getTime();

/** A delivery as filters see it. */
export function subject(change: Partial<FilterSubject> = {}): FilterSubject {
  return {
    id: "0199aaaa-0000-7000-8000-000000000001",
    receivedAt: NOW - 60_000,
    tunnel: "shop",
    method: "POST",
    path: "/hooks/one",
    provider: "moltify",
    event: "task.submitted",
    eventId: "evt_7",
    verdict: "valid",
    held: false,
    state: "answered",
    attempts: 1,
    status: 200,
    ms: 12,
    bytes: 100,
    duplicateOf: undefined,
    marked: false,
    kinds: ["live"],
    edited: false,
    notes: ["ring back", "done"],
    headers: Object.entries({
      "User-Agent": "SampleBot/1.0",
      "X-Twice": "a",
      "x-twice": "b",
      "X-Empty": "",
      "X-Latin": "caf\u00e9",
      "X-Utf": Buffer.from("café").toString("latin1"),
    }).flat(),
    body: Buffer.from(
      '{"data":{"taskId":"task_1","amount":142.50,"big":12345678901234567890,"ok":true,"gone":null,"list":["one","two"]},"text":"café"}',
    ),
    ...change,
  };
}
