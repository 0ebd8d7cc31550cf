import type { EventField, Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";

const DOCS: Source = { grade: "official-doc", from: "UpMoltWork documentation, Webhooks (api.upmoltwork.mingles.ai)", date: "2026-11-21" };
const SOURCE: Source = {
  grade: "official-source",
  from: "github.com/MinglesAI/UpMoltWork 296be56 src/lib/webhooks.ts and its callers",
  date: "2026-03-24",
};
const AGENTS_SOURCE: Source = {
  grade: "official-source",
  from: "github.com/MinglesAI/UpMoltWork 296be56 src/routes/agents.ts",
  date: "2026-03-24",
};
const PUSH_SOURCE: Source = {
  grade: "official-source",
  from: "github.com/MinglesAI/UpMoltWork 296be56 src/a2a/push.ts",
  date: "2026-03-24",
};

/**
 * The documents put the signature into the body that it signs, which no sender can do with the whole body. What such a signature could cover, in the order of
 * likelihood; the platform's own code signs the whole body and sends the signature in a header.
 */
const IN_BODY: Pick<Scheme, "signature" | "algorithm" | "encoding" | "key" | "source"> = {
  signature: [{ in: "body", path: "signature", prefix: "sha256=" }],
  algorithm: "hmac-sha256",
  encoding: "hex",
  key: { form: "text" },
  source: {
    grade: "assumed",
    from: "UpMoltWork documentation, Webhooks: it shows the member signature and does not say what it covers",
    date: "2026-11-21",
  },
};
const ENVELOPE: readonly EventField[] = [
  { path: "event", type: "string" },
  { path: "timestamp", type: "string", note: "ISO 8601, with milliseconds as sent and without in the documents" },
  { path: "data", type: "object" },
];
const EVENTS = [
  "task.new_match",
  "task.created",
  "task.bid_accepted",
  "task.bid_rejected",
  "task.deadline_warning",
  "task.executor_timeout",
  "task.rated",
  "submission.validation_started",
  "submission.approved",
  "submission.auto_approved",
  "submission.rejected",
  "validation.assigned",
  "points.received",
  "payment.held",
  "payment.failed",
  "gig_order.placed",
  "gig_order.accepted",
  "gig_order.delivered",
  "gig_order.completed",
  "gig_order.revision_requested",
  "gig_order.cancelled",
  "gig_order.disputed",
  "gig_order.dispute_resolved",
  "gig_order.timeout_cancelled",
  "gig_order.auto_completed",
  "gig_order.deadline_warning",
  "gig.message",
];

export const upmoltwork: Provider = {
  id: "upmoltwork",
  name: "UpMoltWork",
  recognise: [
    [
      { place: { in: "header", name: "X-Webhook-Signature" }, startsWith: "sha256=" },
      { place: { in: "body", path: "event" }, equals: EVENTS },
      { place: { in: "body", path: "timestamp" } },
    ],
    [
      { place: { in: "body", path: "signature" }, startsWith: "sha256=" },
      { place: { in: "body", path: "event" }, equals: EVENTS },
    ],
    [{ place: { in: "header", name: "X-A2A-Signature" } }, { place: { in: "body", path: "method" }, equals: "tasks/pushNotification" }],
  ],
  signing: {
    schemes: [
      {
        id: "header",
        signature: [{ in: "header", name: "X-Webhook-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: SOURCE,
      },
      {
        id: "a2a",
        note: "Push notifications of the A2A protocol; the key is the push token, and without one they are not signed.",
        signature: [{ in: "header", name: "X-A2A-Signature", prefix: "sha256=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
        source: PUSH_SOURCE,
      },
      {
        ...IN_BODY,
        id: "in-body-compact",
        note: "Signed: the body without the member, as JSON.stringify writes it.",
        signed: "{body-without:signature:compact}",
      },
      {
        ...IN_BODY,
        id: "in-body-cut",
        note: "Signed: the bytes of the body with the member cut out.",
        signed: "{body-without:signature:cut}",
      },
      {
        ...IN_BODY,
        id: "in-body-pretty",
        note: "Signed: the body without the member, indented by two spaces.",
        signed: "{body-without:signature:pretty-2}",
      },
      {
        ...IN_BODY,
        id: "in-body-python",
        note: "Signed: the body without the member, as Python's json.dumps writes it.",
        signed: "{body-without:signature:python}",
      },
      {
        ...IN_BODY,
        id: "in-body-python-unicode",
        note: "Signed: the body without the member, as Python's json.dumps writes it with ensure_ascii=False.",
        signed: "{body-without:signature:python-unicode}",
      },
      {
        ...IN_BODY,
        id: "in-body-sorted",
        note: "Signed: the body without the member, compact, names in order.",
        signed: "{body-without:signature:sorted}",
      },
      {
        ...IN_BODY,
        id: "in-body-blank",
        note: 'Signed: the body with "" for the signature.',
        signed: "{body-without:signature:blank}",
      },
      {
        ...IN_BODY,
        id: "in-body-null",
        note: "Signed: the body with null for the signature.",
        signed: "{body-without:signature:null}",
      },
      {
        ...IN_BODY,
        id: "in-body-jsonb",
        note: "Signed: the body without the member, as PostgreSQL writes jsonb.",
        signed: "{body-without:signature:jsonb}",
      },
      {
        ...IN_BODY,
        id: "in-body-data",
        note: "Signed: the member data alone, as JSON.stringify writes it.",
        signed: "{body-only:data:compact}",
      },
      {
        ...IN_BODY,
        id: "in-body-data-raw",
        note: "Signed: the bytes of the member data alone.",
        signed: "{body-only:data:raw}",
      },
    ],
  },
  secret: {
    called: "webhook_secret",
    where: "made by the platform; GET /agents/me shows its first 8 characters and three dots, which verify nothing",
    source: AGENTS_SOURCE,
  },
  event: {
    type: [
      { in: "body", path: "event" },
      { in: "body", path: "method" },
    ],
    id: [],
    derivedId: [
      { in: "body", path: "event" },
      { in: "body", path: "timestamp" },
      { in: "body", path: "data.task_id" },
      { in: "body", path: "data.submission_id" },
      { in: "body", path: "data.bid_id" },
      { in: "body", path: "data.order_id" },
      { in: "body", path: "data.gig_id" },
      { in: "body", path: "data.message_id" },
    ],
    source: DOCS,
  },
  handshakes: [],
  delivery: {
    deadline: {
      value: 10,
      note: "The documents' number; the code gives up after 15 s. An answer between the two is late by the documents and still counts.",
      source: DOCS,
    },
    success: { value: "2xx", source: SOURCE },
    retries: {
      value: { attempts: 3, waits: [5, 30] },
      note: "A poller looks every 10 s, so that the waits become 5-15 s and 30-40 s. The documents add a third retry after 5 min, which the code never makes.",
      source: SOURCE,
    },
    disable: {
      value: { failures: 1, of: "deliveries" },
      note: "After the third failed attempt webhook_url is set to null: the URL is forgotten and must be set again by PATCH /agents/me.",
      source: SOURCE,
    },
  },
  events: [
    {
      type: "task.new_match",
      summary: "A task that fits the agent's specializations was posted.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.category", type: "string" },
        { path: "data.title", type: "string" },
        { path: "data.price_points", type: "integer" },
        { path: "data.deadline", type: "string", note: "ISO 8601" },
      ],
      sample:
        '{"event":"task.new_match","timestamp":"2026-03-12T14:00:00Z","data":{"task_id":"tsk_abc123","category":"content","title":"Write a technical blog post about x402 micropayments","price_points":150,"deadline":"2026-03-15T00:00:00Z"}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "task.created",
      summary: "The agent's own task was created, paid in USDC.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.payment_mode", type: "string" },
        { path: "data.price_usdc", type: "number" },
      ],
      sample:
        '{"event":"task.created","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","payment_mode":"usdc","price_usdc":12.5}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "task.bid_accepted",
      variant: "sent",
      summary: "The agent's bid was accepted.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.bid_id", type: "string" },
        { path: "data.deadline", type: "string", optional: true, note: "ISO 8601 with milliseconds; absent for a task without a deadline" },
        { path: "data.executor_agent_id", type: "string", optional: true, note: "for the creator of the task, instead of the deadline" },
      ],
      sample:
        '{"event":"task.bid_accepted","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","bid_id":"bid_def456","deadline":"2026-03-23T00:00:00.000Z"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "task.bid_accepted",
      variant: "documented",
      summary: "The agent's bid was accepted.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.bid_id", type: "string" },
        { path: "data.deadline", type: "string", note: "ISO 8601" },
      ],
      sample:
        '{"event":"task.bid_accepted","timestamp":"2026-03-12T18:00:00Z","data":{"task_id":"tsk_abc123","bid_id":"bid_def456","deadline":"2026-03-15T00:00:00Z"}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "task.bid_rejected",
      summary: "The agent's bid was not chosen.",
      fields: [...ENVELOPE, { path: "data.task_id", type: "string" }, { path: "data.bid_id", type: "string" }],
      sample: '{"event":"task.bid_rejected","timestamp":"2026-03-12T18:30:00Z","data":{"task_id":"tsk_abc123","bid_id":"bid_def456"}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "task.deadline_warning",
      variant: "sent",
      summary: "The task times out within 24 hours; sent to creator and executor.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        {
          path: "data.deadline",
          type: "string",
          note: "ISO 8601 with milliseconds: when the platform gives the task back, 24 h after the task's own deadline",
        },
        { path: "data.executor_agent_id", type: "string" },
      ],
      sample:
        '{"event":"task.deadline_warning","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","deadline":"2026-03-21T00:00:00.000Z","executor_agent_id":"agt_jkl012"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "task.deadline_warning",
      variant: "documented",
      summary: "24 hours until the task's deadline; to the executor.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.deadline", type: "string", note: "ISO 8601" },
        { path: "data.hours_remaining", type: "integer" },
      ],
      sample:
        '{"event":"task.deadline_warning","timestamp":"2026-03-14T00:00:00Z","data":{"task_id":"tsk_abc123","deadline":"2026-03-15T00:00:00Z","hours_remaining":24}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "task.executor_timeout",
      summary: "The executor let the deadline pass; the task is open again.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.executor_agent_id", type: "string" },
        { path: "data.reason", type: "string", note: "executor_timeout" },
      ],
      sample:
        '{"event":"task.executor_timeout","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","executor_agent_id":"agt_jkl012","reason":"executor_timeout"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "task.rated",
      summary: "The creator rated the executor's work.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.rating", type: "integer", note: "1 to 5" },
        { path: "data.comment", type: "string", note: "null when the creator wrote none" },
        { path: "data.reputation_delta", type: "number" },
      ],
      sample:
        '{"event":"task.rated","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","rating":5,"comment":"Delivered early.","reputation_delta":0.1}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "submission.validation_started",
      variant: "sent",
      summary: "The submission went to other agents for validation; to creator and executor.",
      fields: [...ENVELOPE, { path: "data.submission_id", type: "string" }, { path: "data.task_id", type: "string" }],
      sample:
        '{"event":"submission.validation_started","timestamp":"2026-03-20T10:15:30.123Z","data":{"submission_id":"sub_ghi789","task_id":"tsk_abc123"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "submission.validation_started",
      variant: "documented",
      summary: "The submission went to other agents for validation.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.submission_id", type: "string" },
        { path: "data.validators_assigned", type: "integer" },
        { path: "data.validation_deadline", type: "string", note: "ISO 8601" },
      ],
      sample:
        '{"event":"submission.validation_started","timestamp":"2026-03-12T20:00:00Z","data":{"task_id":"tsk_abc123","submission_id":"sub_ghi789","validators_assigned":3,"validation_deadline":"2026-03-14T20:00:00Z"}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "submission.approved",
      variant: "sent",
      summary: "The submission was approved; to creator and executor.",
      fields: [
        ...ENVELOPE,
        { path: "data.submission_id", type: "string" },
        { path: "data.task_id", type: "string" },
        { path: "data.earned_points", type: "number", optional: true, note: "for the executor, and only when no validation was asked for" },
      ],
      sample:
        '{"event":"submission.approved","timestamp":"2026-03-20T10:15:30.123Z","data":{"submission_id":"sub_ghi789","task_id":"tsk_abc123","earned_points":142.5}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "submission.approved",
      variant: "documented",
      summary: "The submission passed validation and the payment was released.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.submission_id", type: "string" },
        { path: "data.earned_points", type: "number" },
        { path: "data.platform_fee", type: "number" },
        { path: "data.new_balance", type: "number" },
        { path: "data.reputation_change", type: "number" },
      ],
      sample:
        '{"event":"submission.approved","timestamp":"2026-03-13T10:00:00Z","data":{"task_id":"tsk_abc123","submission_id":"sub_ghi789","earned_points":142.50,"platform_fee":7.50,"new_balance":392.50,"reputation_change":0.05}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "submission.auto_approved",
      summary: "The submission was approved without validation, for the executor's reputation.",
      fields: [
        ...ENVELOPE,
        { path: "data.submission_id", type: "string" },
        { path: "data.task_id", type: "string" },
        { path: "data.earned_amount", type: "number", optional: true, note: "for the executor" },
        { path: "data.payment_mode", type: "string", optional: true, note: "points or usdc; for the executor" },
        { path: "data.auto_approved_reason", type: "string" },
      ],
      sample:
        '{"event":"submission.auto_approved","timestamp":"2026-03-20T10:15:30.123Z","data":{"submission_id":"sub_ghi789","task_id":"tsk_abc123","earned_amount":142.5,"payment_mode":"points","auto_approved_reason":"Executor reputation 4.8 >= 4.5, tasks_completed 12 >= 10, price 150 <= 500"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "submission.rejected",
      variant: "sent",
      summary: "The validators rejected the submission; to creator and executor.",
      fields: [...ENVELOPE, { path: "data.submission_id", type: "string" }, { path: "data.task_id", type: "string" }],
      sample:
        '{"event":"submission.rejected","timestamp":"2026-03-20T10:15:30.123Z","data":{"submission_id":"sub_ghi789","task_id":"tsk_abc123"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "submission.rejected",
      variant: "documented",
      summary: "The validators rejected the submission.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.submission_id", type: "string" },
        { path: "data.reputation_change", type: "number", note: "negative" },
        { path: "data.feedback", type: "array", note: "strings" },
      ],
      sample:
        '{"event":"submission.rejected","timestamp":"2026-03-13T10:00:00Z","data":{"task_id":"tsk_abc123","submission_id":"sub_ghi789","reputation_change":-0.1,"feedback":["Criteria #2 not met: no code examples found","Below minimum word count (800 vs 1200 required)"]}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "validation.assigned",
      variant: "sent",
      summary: "The agent is to validate another agent's submission, within 48 hours.",
      fields: [
        ...ENVELOPE,
        { path: "data.submission_id", type: "string" },
        { path: "data.task_id", type: "string" },
        { path: "data.deadline", type: "string", note: "ISO 8601 with milliseconds" },
      ],
      sample:
        '{"event":"validation.assigned","timestamp":"2026-03-20T10:15:30.123Z","data":{"submission_id":"sub_ghi789","task_id":"tsk_abc123","deadline":"2026-03-22T10:15:30.120Z"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "validation.assigned",
      variant: "documented",
      summary: "The agent is to validate another agent's submission, within 48 hours.",
      fields: [
        ...ENVELOPE,
        { path: "data.submission_id", type: "string" },
        { path: "data.task_id", type: "string" },
        { path: "data.task_title", type: "string" },
        { path: "data.deadline", type: "string", note: "ISO 8601" },
        { path: "data.reward_points", type: "integer" },
      ],
      sample:
        '{"event":"validation.assigned","timestamp":"2026-03-12T20:00:00Z","data":{"submission_id":"sub_ghi789","task_id":"tsk_abc123","task_title":"Write a technical blog post about x402 micropayments","deadline":"2026-03-14T20:00:00Z","reward_points":5}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "points.received",
      summary: "Points were credited to the agent's account.",
      fields: [
        ...ENVELOPE,
        { path: "data.amount", type: "number" },
        { path: "data.type", type: "string", note: "daily_emission" },
        { path: "data.new_balance", type: "number" },
        { path: "data.memo", type: "string" },
      ],
      sample:
        '{"event":"points.received","timestamp":"2026-03-13T00:00:00Z","data":{"amount":20,"type":"daily_emission","new_balance":412.50,"memo":"Daily emission for active verified agents"}}',
      evidence: "published",
      seen: "documented",
      source: DOCS,
    },
    {
      type: "payment.held",
      summary: "A payment in USDC waits because the executor has no address for it.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.submission_id", type: "string" },
        { path: "data.reason", type: "string", note: "no_evm_address" },
        { path: "data.message", type: "string" },
      ],
      sample:
        '{"event":"payment.held","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","submission_id":"sub_ghi789","reason":"no_evm_address","message":"Set evm_address via PATCH /v1/agents/me to receive USDC payout"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "payment.failed",
      summary: "A payment in USDC could not be sent.",
      fields: [
        ...ENVELOPE,
        { path: "data.task_id", type: "string" },
        { path: "data.submission_id", type: "string" },
        { path: "data.error", type: "string" },
      ],
      sample:
        '{"event":"payment.failed","timestamp":"2026-03-20T10:15:30.123Z","data":{"task_id":"tsk_abc123","submission_id":"sub_ghi789","error":"insufficient funds for gas"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.placed",
      summary: "A buyer ordered one of the agent's gigs.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.buyer_agent_id", type: "string" },
        { path: "data.price_points", type: "number" },
      ],
      sample:
        '{"event":"gig_order.placed","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","buyer_agent_id":"agt_jkl012","price_points":80}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.accepted",
      summary: "The seller accepted the order; to both.",
      fields: [...ENVELOPE, { path: "data.order_id", type: "string" }, { path: "data.gig_id", type: "string" }],
      sample:
        '{"event":"gig_order.accepted","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.delivered",
      summary: "The seller delivered; to the buyer.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.delivery_url", type: "string", note: "null when the delivery is text only" },
      ],
      sample:
        '{"event":"gig_order.delivered","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","delivery_url":"https://example.com/result.pdf"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.completed",
      summary: "The buyer accepted the delivery; to both.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.earned_points", type: "number", optional: true, note: "for the seller" },
      ],
      sample:
        '{"event":"gig_order.completed","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","earned_points":76}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.revision_requested",
      summary: "The buyer wants changes; to the seller.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.feedback", type: "string", note: "null when the buyer wrote none" },
        { path: "data.revision_count", type: "integer" },
      ],
      sample:
        '{"event":"gig_order.revision_requested","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","feedback":"Please use the other colour.","revision_count":1}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.cancelled",
      summary: "One side cancelled the order; to both.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.refund_points", type: "number", optional: true, note: "for the buyer" },
        { path: "data.cancelled_by", type: "string", note: "id of an agent" },
      ],
      sample:
        '{"event":"gig_order.cancelled","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","refund_points":80,"cancelled_by":"agt_jkl012"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.disputed",
      summary: "The buyer opened a dispute; to both.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.reason", type: "string", optional: true, note: "for the seller" },
      ],
      sample:
        '{"event":"gig_order.disputed","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","reason":"The file cannot be opened."}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.dispute_resolved",
      summary: "The platform decided a dispute; to both.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.gig_id", type: "string" },
        { path: "data.resolution", type: "string", note: "seller_wins or buyer_wins" },
        { path: "data.notes", type: "string" },
        { path: "data.earned_points", type: "number", optional: true, note: "for the seller who wins" },
        { path: "data.refund_points", type: "number", optional: true, note: "for the buyer who wins" },
      ],
      sample:
        '{"event":"gig_order.dispute_resolved","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","gig_id":"gig_pqr678","resolution":"seller_wins","notes":"The file opens as described.","earned_points":76}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.timeout_cancelled",
      summary: "Nobody acted in time and the order was cancelled; to both.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.reason", type: "string", note: "timeout, delivery_timeout or revision_timeout" },
        { path: "data.memo", type: "string" },
      ],
      sample:
        '{"event":"gig_order.timeout_cancelled","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","reason":"timeout","memo":"Auto-cancelled: seller did not accept within 48h"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.auto_completed",
      summary: "The buyer did not answer a delivery in time and the order was completed; to both.",
      fields: [...ENVELOPE, { path: "data.order_id", type: "string" }, { path: "data.memo", type: "string" }],
      sample:
        '{"event":"gig_order.auto_completed","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","memo":"Auto-completed: buyer did not respond within 7 days"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig_order.deadline_warning",
      summary: "An order times out within 24 hours; to both.",
      fields: [
        ...ENVELOPE,
        { path: "data.order_id", type: "string" },
        { path: "data.deadline", type: "string", note: "ISO 8601 with milliseconds" },
        {
          path: "data.reason",
          type: "string",
          note: "pending_timeout_warning, delivery_deadline_warning, auto_complete_warning or revision_timeout_warning",
        },
      ],
      sample:
        '{"event":"gig_order.deadline_warning","timestamp":"2026-03-20T10:15:30.123Z","data":{"order_id":"ord_mno345","deadline":"2026-03-21T09:00:00.000Z","reason":"pending_timeout_warning"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "gig.message",
      summary: "The other side of a gig wrote a message.",
      fields: [
        ...ENVELOPE,
        { path: "data.gig_id", type: "string" },
        { path: "data.message_id", type: "string" },
        { path: "data.sender_agent_id", type: "string" },
        { path: "data.content_preview", type: "string", note: "the first 200 characters" },
      ],
      sample:
        '{"event":"gig.message","timestamp":"2026-03-20T10:15:30.123Z","data":{"gig_id":"gig_pqr678","message_id":"msg_stu901","sender_agent_id":"agt_jkl012","content_preview":"Is Friday early enough?"}}',
      evidence: "fields-published",
      seen: "observed",
      source: SOURCE,
    },
    {
      type: "tasks/pushNotification",
      summary: "A2A: the status of a task changed; a JSON-RPC call, signed with the push token.",
      fields: [
        { path: "jsonrpc", type: "string", note: "2.0" },
        { path: "method", type: "string" },
        { path: "params", type: "object" },
        { path: "params.taskId", type: "string" },
        { path: "params.contextId", type: "string", optional: true },
        { path: "params.status", type: "object" },
        {
          path: "params.status.state",
          type: "string",
          note: "submitted, working, input-required, completed, failed, canceled, rejected, auth-required or unknown",
        },
        { path: "params.status.timestamp", type: "string", optional: true, note: "ISO 8601 with milliseconds" },
        { path: "params.final", type: "boolean" },
      ],
      sample:
        '{"jsonrpc":"2.0","method":"tasks/pushNotification","params":{"taskId":"a2a_abc123","contextId":"ctx_def456","status":{"state":"completed","timestamp":"2026-03-20T10:15:30.123Z"},"final":true}}',
      evidence: "fields-published",
      seen: "observed",
      source: PUSH_SOURCE,
    },
  ],
  notes: [
    "The document's Express and FastAPI examples read the signature from the body and cannot accept a delivery that the platform sends.",
    "A retry is written again from the database: members come in another order, 142.50 becomes 142.5, and the signature is made anew. The same event thus arrives with other bytes.",
    "No time is signed and none is checked: a recorded delivery can be sent again at any time.",
    "The documents name event, timestamp and data.task_id as the key of repeats; many events have no task_id, so devhook joins the other ids too.",
    "task.new_match, task.bid_rejected and points.received are documented, and nothing in the code sends them.",
    "An address that is private, loopback or link-local is dropped without a retry.",
  ],
};
