import { z } from "zod";
import { isHeaderValue, isToken } from "../../shared/http/headers.ts";
import { REASON_CODES, type Verification } from "../../shared/signatures/verification.ts";
import { LINE_FORMAT } from "./delivery-line.ts";

/** Characters of a short text: a provider, an event, a reason. */
const SHORT = 1_000;
/** Characters of a request target, a URL, a header value, or of what stands in one or in a body: beyond what any server takes. */
const LONG = 1_000_000;

const shortText = z.string().max(SHORT);
const longText = z.string().max(LONG);
const target = z
  .string()
  .min(1)
  .max(LONG)
  .regex(/^[\x21-\x7e\x80-\xff]+$/, "no spaces, controls or characters beyond one byte");
const prefix = z
  .string()
  .max(SHORT)
  .regex(/^(?:\/[\x21-\x7e\x80-\xff]*)?$/, "empty, or a path from / on");
const method = z.string().max(100).refine(isToken, "no method of HTTP");
const headers = z
  .array(z.tuple([z.string().max(SHORT).refine(isToken, "no header name"), longText.refine(isHeaderValue, "no header value")]))
  .max(10_000);
const count = z.int().min(0);
const moment = z.iso.datetime({ offset: true });
const milliseconds = z.number().min(0);
const base64 = z.string().refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text), "not Base64");
const error = z.object({ code: shortText, message: longText, hint: longText });
const kind = z.enum(["live", "held", "retry", "resend", "trigger"]);
const forwarded = z.object({
  for: shortText.regex(/^[\x20-\x7e]*$/),
  proto: z.enum(["http", "https"]),
  host: shortText.regex(/^[\x20-\x7e\x80-\xff]*$/),
});
const tunnel = z
  .string()
  .max(SHORT)
  .regex(/^[\x21-\x7e]*$/);
const id = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "no id");

/** A signature check as it is recorded: those who read it rely on these members, and on nothing else being there. */
const verification = z.object({
  verdict: z.enum(["valid", "invalid", "unsigned", "no-secret", "unknown-scheme"]),
  provider: shortText.nullable(),
  scheme: shortText.nullable(),
  signature: z.enum(["ok", "bad", "absent", "unchecked"]),
  time: z.enum(["ok", "stale", "future", "not-covered", "absent"]),
  covers: z.enum(["whole", "part", "none"]).nullable().default(null),
  ageSeconds: z.number().nullable(),
  reason: z.object({ code: z.enum(REASON_CODES), message: longText, hint: longText }).nullable(),
  secretIndex: count.nullable(),
  eventType: longText.nullable(),
  eventId: longText.nullable(),
  handshake: shortText.nullable(),
  duplicate: z.object({ of: shortText, sameBytes: z.boolean().nullable() }).nullable(),
}) satisfies z.ZodType<Verification>;

const attempt = z.object({
  n: z.int().min(1).max(1_000_000),
  kind,
  at: moment,
  target: longText,
  request: z.object({ method, target, headers, bodyBase64: base64 }).nullable(),
  status: z.int().min(100).max(999).nullable(),
  reason: shortText.refine(isHeaderValue, "no reason phrase").nullable(),
  headers: headers.nullable(),
  bodyBase64: base64,
  bytes: count,
  truncated: z.boolean(),
  headMs: milliseconds.nullable(),
  ms: milliseconds.nullable(),
  error: error.nullable(),
  late: z.boolean(),
});

/** A line of jsonl, as delivery-line.ts writes it. */
export const lineSchema = z.object({
  format: z.literal(LINE_FORMAT),
  id,
  receivedAt: moment,
  tunnel,
  base: prefix,
  forwarded,
  upgrade: z.boolean(),
  provider: shortText.nullable(),
  event: longText.nullable(),
  eventId: longText.nullable(),
  held: z.boolean(),
  state: z.enum(["pending", "answered", "failed", "interrupted"]),
  duplicateOf: id.nullable(),
  request: z.object({ method, target, headers, bodyBase64: base64, bytes: count, truncated: z.boolean(), complete: z.boolean() }),
  verdict: verification.shape.verdict.nullable(),
  verification: verification.nullable(),
  attempts: z
    .array(attempt)
    .max(10_000)
    .refine((all) => all.every(({ n }, index) => n > (all[index - 1]?.n ?? 0)), "their numbers must rise"),
});

/** An entry of any program's HAR 1.2, as far as an import reads it. */
export const entrySchema = z.object({
  startedDateTime: moment,
  time: z.number().nullish(),
  request: z.object({
    method,
    url: z
      .string()
      .max(LONG)
      .regex(/^https?:\/\/[^/?#\s]/i, "no http or https URL"),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).max(10_000),
    bodySize: z.number().nullish(),
    postData: z
      .object({
        mimeType: z.string().nullish(),
        text: z.string().nullish(),
        encoding: z.string().nullish(),
        _encoding: z.string().nullish(),
        params: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish(),
      })
      .nullish(),
  }),
  response: z.object({
    status: z.int().min(0).max(999),
    statusText: z.string().nullish(),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).max(10_000),
    content: z.object({ text: z.string().nullish(), encoding: z.string().nullish(), size: z.number().nullish() }).nullish(),
    _error: z.string().nullish(),
  }),
  timings: z.object({ wait: z.number().nullish() }).nullish(),
  // what devhook's own export adds (har.ts); that of anybody else would be called otherwise
  _devhook: z
    .object({
      id,
      kind: kind.nullable(),
      receivedAt: moment,
      tunnel,
      target,
      base: prefix,
      forwarded,
      requestBytes: count.nullable(),
      responseBytes: count.nullable(),
      error: error.nullable(),
    })
    .optional(),
});

/** A HAR file; its entries are judged one by one. */
export const harSchema = z.object({ log: z.object({ entries: z.array(z.unknown()) }) });
