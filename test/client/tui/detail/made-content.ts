import { viewBody } from "../../../../client/inspect/body-view.ts";
import type { AttemptHead, DeliveryHead } from "../../../../client/ledger/records.ts";
import type { CheckedSignature, DetailContent, OpenedBody } from "../../../../client/tui/detail/content.ts";
import type { DetailOptions } from "../../../../client/tui/detail/open-detail.ts";
import { createKeymap } from "../../../../client/tui/keymap.ts";
import type { Look } from "../../../../client/tui/model.ts";
import { createTheme } from "../../../../client/tui/theme.ts";
import { createCatalogue } from "../../../../shared/catalogue/catalogue.ts";

/** How the screen looks in colour, and without anything but ASCII. */
export const look: Look = {
  theme: createTheme({ name: "default", colour: true, ascii: false }),
  keymap: createKeymap({}, { ascii: false }),
};
export const asciiLook: Look = {
  theme: createTheme({ name: "mono", colour: false, ascii: true }),
  keymap: createKeymap({}, { ascii: true }),
};

export const OPTIONS: DetailOptions = { columns: 80, wrap: false, mode: "pretty", folded: new Set(), look };

/** 2026-11-21 14:02:31.482 in the time zone of this machine. */
const AT = new Date(2026, 10, 21, 14, 2, 31, 482).getTime();
export const ID = "0193a1b2-c3d4-7000-8000-000000000127";
const BODY = '{"event":"task.bid_accepted","data":{"taskId":"task_1","n":12345678901234567890}}';

/** A body that has been opened. */
export function opened(text: string | Buffer, contentType: string | undefined = "application/json"): OpenedBody {
  return { state: "open", view: viewBody({ contentType, bytes: Buffer.from(text as string), truncated: false }) };
}

/** An attempt that the app answered with 401 in 4 ms. */
export function attemptOf(more: Partial<AttemptHead> = {}): AttemptHead {
  return {
    n: 1,
    kind: "live",
    at: AT,
    target: "http://localhost:8000/webhooks/upmoltwork",
    request: undefined,
    head: { status: 401, reason: "Unauthorized", headers: ["Content-Type", "application/json"] },
    body: { kept: 23, total: 23, truncated: false },
    timings: { head: 3, total: 4.4 },
    error: undefined,
    late: false,
    ...more,
  };
}

/** A delivery that somebody sent. */
export function headOf(more: Partial<DeliveryHead> = {}): DeliveryHead {
  return {
    seq: 127,
    id: ID,
    receivedAt: AT,
    tunnel: "kq3v",
    method: "POST",
    path: "/webhooks/upmoltwork",
    target: "/webhooks/upmoltwork?src=live",
    base: "",
    provider: "upmoltwork",
    event: "task.bid_accepted",
    eventId: "evt_1",
    verdict: "invalid",
    held: false,
    state: "answered",
    status: 401,
    ms: 4.4,
    bytes: BODY.length,
    duplicateOf: undefined,
    headers: [
      "Host",
      "kq3v.devhook.example",
      "Content-Type",
      "application/json",
      "X-Webhook-Signature",
      "sha256=a1b2c3d4",
      "X-Twice",
      "1",
      "x-twice",
      "2",
    ],
    forwarded: { for: "203.0.113.7", proto: "https", host: "kq3v.devhook.example" },
    upgrade: false,
    body: { kept: BODY.length, total: BODY.length, truncated: false },
    complete: true,
    owed: false,
    pinned: false,
    verification: undefined,
    attempts: [attemptOf()],
    ...more,
  };
}

/** A check that found another content. */
export function checked(more: Partial<CheckedSignature> = {}): CheckedSignature {
  return {
    verdict: "invalid",
    provider: "upmoltwork",
    scheme: "header",
    signature: "bad",
    time: "not-covered",
    covers: "whole",
    ageSeconds: null,
    reason: {
      code: "body-reserialised",
      message: "The signature is of other bytes",
      hint: "sign the bytes that are sent, as they are sent",
    },
    secretIndex: null,
    eventType: "task.bid_accepted",
    eventId: "evt_1",
    handshake: null,
    duplicate: null,
    ...more,
  };
}

/** A delivery with a bad signature. */
export function contentOf(more: Partial<DetailContent> = {}): DetailContent {
  return {
    head: headOf(),
    note: undefined,
    verification: checked(),
    request: opened(BODY),
    answer: opened('{"error":"bad signature"}'),
    sent: undefined,
    sameBodies: new Map(),
    provider: createCatalogue([]).find("upmoltwork"),
    secrets: [{ origin: "secrets.json", length: 40, ends: "9f3c" }],
    changes: new Map(),
    ...more,
  };
}
