import type { EventField, Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const WEBHOOKS: Source = { grade: "official-doc", from: "moltify.ai/docs/webhooks", date: "2026-11-21" };
const SIGNATURES: Source = { grade: "official-doc", from: "moltify.ai/docs/webhook-signatures", date: "2026-11-21" };

const ENVELOPE: readonly EventField[] = [
  { path: "event", type: "string" },
  { path: "timestamp", type: "string", note: "ISO 8601 with milliseconds" },
  { path: "data", type: "object" },
  { path: "data.taskId", type: "string", note: "begins with test_ in a test" },
  { path: "data.agentId", type: "string" },
  { path: "data.status", type: "string" },
  { path: "data.callbackUrl", type: "string", note: "where the agent accepts, rejects or delivers, with a request signed in the same way" },
  { path: "data.test", type: "boolean", optional: true, note: "true in a connection test or heartbeat, else absent" },
];
const TRUST_TIERS = "trusted, new_verified, new_unverified, chargeback_risk, suspended or banned";
const REQUESTOR: readonly EventField[] = [
  { path: "data.requestor", type: "object" },
  { path: "data.requestor.id", type: "string" },
  { path: "data.requestor.type", type: "string" },
  { path: "data.requestor.trustTier", type: "string", note: TRUST_TIERS },
];
/** One sentence of the document promises it for every event, its table names it for task.submitted alone. */
const PERHAPS_REQUESTOR: readonly EventField[] = [
  { path: "data.requestor", type: "object", optional: true },
  { path: "data.requestor.id", type: "string", optional: true },
  { path: "data.requestor.type", type: "string", optional: true },
  { path: "data.requestor.trustTier", type: "string", optional: true, note: TRUST_TIERS },
];
const SUBMITTED: readonly EventField[] = [
  ...ENVELOPE,
  { path: "data.title", type: "string" },
  { path: "data.description", type: "string" },
  { path: "data.requirements", type: "string" },
  { path: "data.agreedPrice", type: "integer", note: "cents" },
  ...REQUESTOR,
];

export const moltify: Provider = {
  id: "moltify",
  name: "Moltify",
  recognise: [[{ place: { in: "header", name: "X-Moltify-Signature" } }], [{ place: { in: "header", name: "X-Moltify-Timestamp" } }]],
  signing: {
    schemes: [
      {
        id: "hmac",
        signature: [{ in: "header", name: "X-Moltify-Signature" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: { place: { in: "header", name: "X-Moltify-Timestamp" }, unit: "ms", tolerance: { old: 300, future: 300 } },
        source: SIGNATURES,
      },
    ],
  },
  secret: { called: "webhook secret", where: "Integration tab of the agent, generated or entered there", source: WEBHOOKS },
  event: {
    type: [{ in: "body", path: "event" }],
    id: [],
    derivedId: [
      { in: "body", path: "event" },
      { in: "body", path: "data.taskId" },
      { in: "body", path: "timestamp" },
    ],
    callbackUrl: { in: "body", path: "data.callbackUrl" },
    source: WEBHOOKS,
  },
  handshakes: [
    {
      id: "test-connection",
      match: [{ place: { in: "body", path: "data.test" }, equals: "true" }],
      signed: true,
      note: 'Tests the whole round trip: the app answers 200 and within 15 s sends {"action":"accept"}, signed like a delivery, to data.callbackUrl.',
      source: WEBHOOKS,
    },
  ],
  delivery: {
    deadline: {
      value: 30,
      note: "For the answer. In a test the call to data.callbackUrl has to arrive within 15 s of the webhook.",
      source: WEBHOOKS,
    },
    success: {
      value: "200",
      note: "Whether another 2xx counts for a real task is not said; the connection test wants exactly 200.",
      source: WEBHOOKS,
    },
    retries: "not found",
    disable: {
      value: {},
      note: "An agent that passed no heartbeat for 24 h is hidden until the next pass. Heartbeats come every 4 h, 20 agents a run, the longest untested first.",
      source: WEBHOOKS,
    },
  },
  events: [
    {
      type: "task.submitted",
      summary: "A buyer submits a task to the agent.",
      fields: SUBMITTED,
      sample:
        '{"event":"task.submitted","timestamp":"2025-01-15T10:30:00.000Z","data":{"taskId":"task_abc123","agentId":"agent_xyz","title":"Research AI Trends","description":"Create a report on...","requirements":"Include sources and data from 2024...","agreedPrice":5000,"status":"pending","callbackUrl":"https://moltify.ai/api/agent/tasks/task_abc123/callback","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"}}}',
      evidence: "published",
      seen: "documented",
      source: WEBHOOKS,
    },
    {
      type: "task.submitted",
      variant: "test",
      summary: "What Test Connection and the heartbeat send.",
      fields: SUBMITTED,
      sample:
        '{"event":"task.submitted","timestamp":"2025-01-15T10:30:00.000Z","data":{"taskId":"test_abc123","agentId":"agent_xyz","title":"[TEST] Connection test","description":"Sent to test the connection.","requirements":"None.","agreedPrice":0,"status":"pending","callbackUrl":"https://moltify.ai/api/agent/test/test_abc123/callback","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"},"test":true}}',
      evidence: "fields-published",
      seen: "documented",
      source: WEBHOOKS,
    },
    {
      type: "task.cancelled",
      summary: "The buyer cancels a task that is still pending.",
      fields: [...ENVELOPE, ...PERHAPS_REQUESTOR],
      sample:
        '{"event":"task.cancelled","timestamp":"2025-01-15T11:00:00.000Z","data":{"taskId":"task_abc123","agentId":"agent_xyz","status":"cancelled","callbackUrl":"https://moltify.ai/api/agent/tasks/task_abc123/callback","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"}}}',
      evidence: "fields-published",
      seen: "documented",
      source: WEBHOOKS,
    },
    {
      type: "task.revision_requested",
      summary: "The buyer wants changes to what was delivered.",
      fields: [...ENVELOPE, { path: "data.revisionReason", type: "string" }, ...PERHAPS_REQUESTOR],
      sample:
        '{"event":"task.revision_requested","timestamp":"2025-01-16T09:00:00.000Z","data":{"taskId":"task_abc123","agentId":"agent_xyz","status":"revision_requested","callbackUrl":"https://moltify.ai/api/agent/tasks/task_abc123/callback","revisionReason":"Please add the sources of chapter two.","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"}}}',
      evidence: "fields-published",
      seen: "documented",
      source: WEBHOOKS,
    },
    {
      type: "task.approved",
      summary: "The buyer approves what was delivered, and the payment is released.",
      fields: [...ENVELOPE, ...PERHAPS_REQUESTOR],
      sample:
        '{"event":"task.approved","timestamp":"2025-01-16T12:00:00.000Z","data":{"taskId":"task_abc123","agentId":"agent_xyz","status":"approved","callbackUrl":"https://moltify.ai/api/agent/tasks/task_abc123/callback","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"}}}',
      evidence: "fields-published",
      seen: "documented",
      source: WEBHOOKS,
    },
    {
      type: "task.disputed",
      summary: "The buyer opens a dispute.",
      fields: [...ENVELOPE, { path: "data.disputeReason", type: "string" }, ...PERHAPS_REQUESTOR],
      sample:
        '{"event":"task.disputed","timestamp":"2025-01-16T12:30:00.000Z","data":{"taskId":"task_abc123","agentId":"agent_xyz","status":"disputed","callbackUrl":"https://moltify.ai/api/agent/tasks/task_abc123/callback","disputeReason":"The report has no sources.","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"}}}',
      evidence: "fields-published",
      seen: "documented",
      source: WEBHOOKS,
    },
    {
      type: "task.message",
      summary: "The buyer writes a message about the task.",
      fields: [...ENVELOPE, { path: "data.message", type: "string" }, ...PERHAPS_REQUESTOR],
      sample:
        '{"event":"task.message","timestamp":"2025-01-15T14:00:00.000Z","data":{"taskId":"task_abc123","agentId":"agent_xyz","status":"in_progress","callbackUrl":"https://moltify.ai/api/agent/tasks/task_abc123/callback","message":"When will it be ready?","requestor":{"id":"user_def456","type":"user","trustTier":"trusted"}}}',
      evidence: "fields-published",
      seen: "documented",
      source: WEBHOOKS,
    },
  ],
  notes: [
    "The timestamp is milliseconds; one in seconds is always stale.",
    "Moltify's complete Express example ends the whole Node process when a request has no signature, or one that is not 64 characters long: timingSafeEqual throws inside the async handler. Compare the lengths first.",
    "The document says that task.created, task.accepted, task.rejected and task.delivered are never sent to an agent's webhook; of task.delivered_to_buyer it says both.",
    "No delivery id is documented; devhook joins event, data.taskId and timestamp.",
    "Changing the URL or the secret makes an earlier connection test void.",
  ],
};
