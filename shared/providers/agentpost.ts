import type { EventField, Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";

const OVERVIEW: Source = { grade: "official-doc", from: "docs.agent-post.dev/docs/webhooks", date: "2026-11-21" };
const SETUP: Source = { grade: "official-doc", from: "docs.agent-post.dev/docs/webhooks/setup", date: "2026-11-21" };
const EVENTS: Source = { grade: "official-doc", from: "docs.agent-post.dev/docs/webhooks/events", date: "2026-11-21" };
/** The page states headers, signed text, key and tolerance; how the signature is written was in a part that could not be read. */
const READING: Source = {
  grade: "assumed",
  from: "docs.agent-post.dev/docs/webhooks/verifying, but for the encoding and the form of the key",
  date: "2026-11-21",
};

const SHARED: Pick<Scheme, "signature" | "algorithm" | "signed" | "time"> = {
  signature: [{ in: "header", name: "X-AgentPost-Signature" }],
  algorithm: "hmac-sha256",
  signed: "{timestamp}.{body}",
  time: { place: { in: "header", name: "X-AgentPost-Timestamp" }, unit: "s", tolerance: { old: 300, future: 300 } },
};
const ENVELOPE: readonly EventField[] = [
  { path: "id", type: "string", note: "evt_ and a ULID; the same when a delivery is repeated" },
  { path: "type", type: "string" },
  { path: "timestamp", type: "string", note: "ISO 8601 with milliseconds: when the event happened" },
  { path: "org_id", type: "string" },
  { path: "env_id", type: "string" },
  { path: "data", type: "object" },
];

export const agentpost: Provider = {
  id: "agentpost",
  name: "AgentPost",
  recognise: [[{ place: { in: "header", name: "X-AgentPost-Signature" } }], [{ place: { in: "header", name: "X-AgentPost-Timestamp" } }]],
  signing: {
    schemes: [
      {
        ...SHARED,
        id: "hex-text-key",
        note: "The documented key, the whole secret with whsec_; hexadecimal is assumed.",
        encoding: "hex",
        key: { form: "text" },
        source: READING,
      },
      {
        ...SHARED,
        id: "base64-text-key",
        note: "The documented key, the whole secret with whsec_, and base64.",
        encoding: "base64",
        key: { form: "text" },
        source: READING,
      },
      {
        ...SHARED,
        id: "hex-decoded-key",
        note: "The key decoded from the base64 after whsec_, as senders of Standard Webhooks do, and hexadecimal.",
        encoding: "hex",
        key: { form: "base64", prefix: "whsec_" },
        source: READING,
      },
      {
        ...SHARED,
        id: "base64-decoded-key",
        note: "The key decoded from the base64 after whsec_, as senders of Standard Webhooks do, and base64.",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        source: READING,
      },
    ],
  },
  secret: {
    called: "webhook secret",
    where: "in the answer of POST /api/v1/webhooks/endpoints, and only there",
    prefix: "whsec_",
    source: OVERVIEW,
  },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "body", path: "id" }], source: OVERVIEW },
  handshakes: [],
  delivery: {
    deadline: { value: 30, source: SETUP },
    success: { value: "2xx", source: SETUP },
    retries: {
      value: { attempts: 6, waits: [30, 120, 600, 3_600, 14_400] },
      note: "Read as one call and five retries, which uses all five delays. The document also says that a delivery has failed after 5 attempts; then the last delay is never used.",
      source: OVERVIEW,
    },
    disable: {
      value: { failures: 50, consecutive: true },
      note: "Counted over all events of the endpoint; whether each call counts or each delivery is not said. An API call enables it again; what happened meanwhile is not sent later.",
      source: OVERVIEW,
    },
  },
  events: [
    {
      type: "message.received",
      summary: "A mail came in and was stored.",
      fields: [
        ...ENVELOPE,
        { path: "data.message_id", type: "string" },
        { path: "data.thread_id", type: "string" },
        { path: "data.inbox_id", type: "string" },
        { path: "data.from_address", type: "string" },
        { path: "data.to_addresses", type: "array", note: "addresses as strings" },
        { path: "data.subject", type: "string" },
        { path: "data.extracted_text", type: "string" },
        { path: "data.has_attachments", type: "boolean" },
        { path: "data.received_at", type: "string", note: "ISO 8601 with milliseconds" },
      ],
      sample: `{"id":"evt_01JQ8X5K2M3N4P5R6S7T8V9W","type":"message.received","timestamp":"2026-03-08T14:30:00.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"message_id":"msg_01JQ8X5K2M3N4P5R6S7T8V9W","thread_id":"thr_01JQ8X5K2M3N4P5R6S7T8V9W","inbox_id":"inb_01JQ8X5K2M3N4P5R6S7T8V9W","from_address":"customer@example.com","to_addresses":["support@example.org"],"subject":"Need help with billing integration","extracted_text":"Hi, I'm having trouble setting up the billing webhook. Can you help?","has_attachments":false,"received_at":"2026-03-08T14:30:00.000Z"}}`,
      evidence: "published",
      seen: "documented",
      source: EVENTS,
    },
    {
      type: "message.sent",
      summary: "The mail provider took an outgoing mail.",
      fields: ENVELOPE,
      sample:
        '{"id":"evt_01JQ8X6A2M3N4P5R6S7T8V9W","type":"message.sent","timestamp":"2026-03-08T14:31:00.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"message_id":"msg_01JQ8X6A2M3N4P5R6S7T8V9W","thread_id":"thr_01JQ8X5K2M3N4P5R6S7T8V9W","inbox_id":"inb_01JQ8X5K2M3N4P5R6S7T8V9W"}}',
      evidence: "invented",
      seen: "documented",
      source: EVENTS,
    },
    {
      type: "message.delivered",
      summary: "An outgoing mail reached its recipient.",
      fields: ENVELOPE,
      sample:
        '{"id":"evt_01JQ8X6B2M3N4P5R6S7T8V9W","type":"message.delivered","timestamp":"2026-03-08T14:31:05.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"message_id":"msg_01JQ8X6A2M3N4P5R6S7T8V9W","thread_id":"thr_01JQ8X5K2M3N4P5R6S7T8V9W","inbox_id":"inb_01JQ8X5K2M3N4P5R6S7T8V9W"}}',
      evidence: "invented",
      seen: "documented",
      source: EVENTS,
    },
    {
      type: "message.bounced",
      summary: "An outgoing mail bounced, for good or for now.",
      fields: [
        ...ENVELOPE,
        { path: "data.bounce_type", type: "string" },
        { path: "data.bounced_recipients", type: "array" },
        { path: "data.bounced_recipients.0.email_address", type: "string" },
      ],
      sample:
        '{"id":"evt_01JQ8X6C2M3N4P5R6S7T8V9W","type":"message.bounced","timestamp":"2026-03-08T14:31:10.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"message_id":"msg_01JQ8X6A2M3N4P5R6S7T8V9W","bounce_type":"hard","bounced_recipients":[{"email_address":"customer@example.com"}]}}',
      evidence: "fields-published",
      seen: "documented",
      source: SETUP,
    },
    {
      type: "message.complained",
      summary: "A recipient marked a mail as spam.",
      fields: [...ENVELOPE, { path: "data.complained_recipients", type: "array" }],
      sample:
        '{"id":"evt_01JQ8X6D2M3N4P5R6S7T8V9W","type":"message.complained","timestamp":"2026-03-08T15:00:00.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"message_id":"msg_01JQ8X6A2M3N4P5R6S7T8V9W","complained_recipients":["customer@example.com"]}}',
      evidence: "fields-published",
      seen: "documented",
      source: SETUP,
    },
    {
      type: "message.rejected",
      summary: "An outgoing mail was rejected before it was sent.",
      fields: ENVELOPE,
      sample:
        '{"id":"evt_01JQ8X6E2M3N4P5R6S7T8V9W","type":"message.rejected","timestamp":"2026-03-08T14:31:02.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"message_id":"msg_01JQ8X6A2M3N4P5R6S7T8V9W","thread_id":"thr_01JQ8X5K2M3N4P5R6S7T8V9W","inbox_id":"inb_01JQ8X5K2M3N4P5R6S7T8V9W"}}',
      evidence: "invented",
      seen: "documented",
      source: EVENTS,
    },
    {
      type: "domain.verified",
      summary: "A domain of one's own passed the check of its DNS records.",
      fields: ENVELOPE,
      sample:
        '{"id":"evt_01JQ8X6F2M3N4P5R6S7T8V9W","type":"domain.verified","timestamp":"2026-03-08T16:00:00.000Z","org_id":"org_01JQ8X5K2M3N4P5R6S7T8V9W","env_id":"env_01JQ8X5K2M3N4P5R6S7T8V9W","data":{"domain_id":"dom_01JQ8X6F2M3N4P5R6S7T8V9W","domain":"example.com"}}',
      evidence: "invented",
      seen: "documented",
      source: EVENTS,
    },
  ],
  notes: [
    "The secret looks like one of Standard Webhooks, but the document takes it whole as the key, whsec_ included; the schemes with a decoded key are there in case it does not hold.",
    "The addresses in the published sample of message.received were not readable; these are examples.",
  ],
};
