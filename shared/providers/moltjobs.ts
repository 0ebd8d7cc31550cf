import type { EventField, Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const BLOG: Source = { grade: "official-doc", from: "moltjobs.io blog, How to Set Up Webhooks for Your AI Agent", date: "2026-11-21" };
const GUIDE: Source = { grade: "official-doc", from: "github.com/Moltjobs/docs 093b6b8 guides/webhooks.md", date: "2026-06-10" };

const SIGNED_ENVELOPE: readonly EventField[] = [
  { path: "id", type: "string", note: "begins with evt_; also in MoltJobs-Delivery" },
  { path: "type", type: "string", note: "also in MoltJobs-Event" },
  { path: "createdAt", type: "string", note: "ISO 8601 without milliseconds" },
  { path: "data", type: "object" },
];
const UNSIGNED_ENVELOPE: readonly EventField[] = [
  { path: "event", type: "string" },
  { path: "timestamp", type: "string", note: "ISO 8601 with milliseconds" },
  { path: "agentId", type: "string" },
  { path: "data", type: "object" },
  { path: "data.jobId", type: "string" },
];

/** Two generations that share nothing but two event names: signed (guide of June 2026) and unsigned (the blog). */
export const moltjobs: Provider = {
  id: "moltjobs",
  name: "MoltJobs",
  recognise: [
    [{ place: { in: "header", name: "MoltJobs-Signature" } }],
    [{ place: { in: "header", name: "MoltJobs-Event" } }, { place: { in: "header", name: "MoltJobs-Delivery" } }],
    [
      {
        place: { in: "body", path: "event" },
        equals: ["job.assigned", "job.rejected", "job.approved", "message.created"],
      },
      { place: { in: "body", path: "agentId" } },
      { place: { in: "body", path: "data.jobId" } },
    ],
  ],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "MoltJobs-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "MoltJobs-Signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "s",
          tolerance: { old: 300, future: 300 },
          inclusive: false,
        },
        extraHeaders: [
          ["MoltJobs-Event", "{body:type}"],
          ["MoltJobs-Delivery", "{body:id}"],
        ],
        source: GUIDE,
      },
    ],
    unsigned: {
      note: "The blog's generation of webhooks carries no signature, so nothing proves who sent a delivery of that kind.",
      source: BLOG,
    },
  },
  secret: { called: "signing secret", where: "shown when the webhook is created in the dashboard", source: GUIDE },
  event: {
    type: [
      { in: "body", path: "type" },
      { in: "body", path: "event" },
    ],
    id: [
      { in: "body", path: "id" },
      { in: "header", name: "MoltJobs-Delivery" },
    ],
    derivedId: [
      { in: "body", path: "event" },
      { in: "body", path: "data.jobId" },
      { in: "body", path: "timestamp" },
    ],
    source: GUIDE,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, note: "The blog's number; the guide says within a few seconds.", source: BLOG },
    success: { value: "2xx", source: BLOG },
    retries: {
      value: { attempts: 3, waits: [30, 300] },
      note: "The blog speaks of three attempts in all and of three intervals (30 s, 5 min, 30 min): three attempts have room for two. The guide has no numbers.",
      source: BLOG,
    },
    disable: "not found",
  },
  events: [
    {
      type: "job.assigned",
      variant: "unsigned",
      summary: "A poster chose the agent's bid; the job is the agent's.",
      fields: [
        ...UNSIGNED_ENVELOPE,
        { path: "data.jobTitle", type: "string" },
        { path: "data.proposedUsdc", type: "string", note: "decimal number as text" },
        { path: "data.assignedAt", type: "string", note: "ISO 8601" },
      ],
      sample:
        '{"event":"job.assigned","timestamp":"2025-01-21T10:30:00.000Z","agentId":"agt_abc123","data":{"jobId":"job_xyz789","jobTitle":"Write 3 product descriptions for SaaS tool","proposedUsdc":"8.00","assignedAt":"2025-01-21T10:30:00.000Z"}}',
      evidence: "published",
      seen: "documented",
      source: BLOG,
    },
    {
      type: "job.rejected",
      summary: "The poster rejected the submitted work.",
      fields: [...UNSIGNED_ENVELOPE, { path: "data.rejectionReason", type: "string", optional: true }],
      sample:
        '{"event":"job.rejected","timestamp":"2025-01-22T09:15:00.000Z","agentId":"agt_abc123","data":{"jobId":"job_xyz789","rejectionReason":"The second description is missing."}}',
      evidence: "fields-published",
      seen: "documented",
      source: BLOG,
    },
    {
      type: "job.approved",
      variant: "unsigned",
      summary: "The poster approved the work and the payment is released.",
      fields: [...UNSIGNED_ENVELOPE, { path: "data.usdcAmount", type: "string", optional: true, note: "decimal number as text" }],
      sample:
        '{"event":"job.approved","timestamp":"2025-01-22T11:00:00.000Z","agentId":"agt_abc123","data":{"jobId":"job_xyz789","usdcAmount":"8.00"}}',
      evidence: "fields-published",
      seen: "documented",
      source: BLOG,
    },
    {
      type: "message.created",
      summary: "The poster wrote the agent a message about a job.",
      fields: [...UNSIGNED_ENVELOPE, { path: "data.content", type: "string" }],
      sample:
        '{"event":"message.created","timestamp":"2025-01-21T12:00:00.000Z","agentId":"agt_abc123","data":{"jobId":"job_xyz789","content":"Could you add a short introduction?"}}',
      evidence: "fields-published",
      seen: "documented",
      source: BLOG,
    },
    {
      type: "job.assigned",
      variant: "signed",
      summary: "The agent's bid was chosen; the job is the agent's.",
      fields: SIGNED_ENVELOPE,
      sample:
        '{"id":"evt_2aB1","type":"job.assigned","createdAt":"2026-06-08T09:00:00Z","data":{"jobId":"job_8H2k9xQ","agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "job.heartbeat_missed",
      summary: "An expected heartbeat did not come in time; the job may be marked as stalled.",
      fields: SIGNED_ENVELOPE,
      sample:
        '{"id":"evt_2aB2","type":"job.heartbeat_missed","createdAt":"2026-06-08T10:05:00Z","data":{"jobId":"job_8H2k9xQ","agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "job.submitted",
      summary: "A submission was recorded for the job.",
      fields: SIGNED_ENVELOPE,
      sample:
        '{"id":"evt_2aB3","type":"job.submitted","createdAt":"2026-06-08T12:00:00Z","data":{"jobId":"job_8H2k9xQ","agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "job.approved",
      variant: "signed",
      summary: "The poster approved the submission; the release of the payment has begun.",
      fields: SIGNED_ENVELOPE,
      sample:
        '{"id":"evt_2aB4","type":"job.approved","createdAt":"2026-06-08T14:30:00Z","data":{"jobId":"job_8H2k9xQ","agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "job.paid",
      summary: "The payment was released: 95 % to the agent, 5 % to the platform.",
      fields: [
        ...SIGNED_ENVELOPE,
        { path: "data.jobId", type: "string" },
        { path: "data.agentId", type: "string" },
        { path: "data.payoutUsdc", type: "string", note: "decimal number as text" },
        { path: "data.feeUsdc", type: "string", note: "decimal number as text" },
        { path: "data.txHash", type: "string", note: "transaction on Base" },
      ],
      sample:
        '{"id":"evt_2aB7","type":"job.paid","createdAt":"2026-06-08T14:40:00Z","data":{"jobId":"job_8H2k9xQ","agentId":"agt_9aF","payoutUsdc":"42.75","feeUsdc":"2.25","txHash":"0xabc123..."}}',
      evidence: "published",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "job.disputed",
      summary: "A dispute about the job was opened.",
      fields: SIGNED_ENVELOPE,
      sample:
        '{"id":"evt_2aB8","type":"job.disputed","createdAt":"2026-06-08T15:00:00Z","data":{"jobId":"job_8H2k9xQ","agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "eval.finalized",
      summary: "A quiz session ended and its grading is done.",
      fields: SIGNED_ENVELOPE,
      sample: '{"id":"evt_2aB9","type":"eval.finalized","createdAt":"2026-06-08T16:00:00Z","data":{"agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
    {
      type: "eval.certified",
      summary: "A passed eval gave the agent a certification.",
      fields: SIGNED_ENVELOPE,
      sample: '{"id":"evt_2aBA","type":"eval.certified","createdAt":"2026-06-08T16:00:05Z","data":{"agentId":"agt_9aF"}}',
      evidence: "invented",
      seen: "documented",
      source: GUIDE,
    },
  ],
  notes: [
    "The blog names the event in event and lists four kinds; the guide names it in type and lists eight. Only job.assigned and job.approved are in both lists.",
    "After the last attempt the event is put into the agent's AgentMail inbox instead: GET /agents/{id}/messages?unread=true.",
    "The blog's example of repeats reads event.id, which its own sample does not have; devhook then joins event, data.jobId and timestamp.",
    "The guide's Node example looks at the last v1 of several only and throws when one is not 64 hex digits long; devhook compares every one.",
    "Examples with X-MoltJobs-Signature are other people's: no document of MoltJobs names that header.",
  ],
};
