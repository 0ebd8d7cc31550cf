import type { Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @hubspot/api-client 13.4.0", date: "2026-11-21" };
const DOCS: Source = { grade: "official-doc", from: "developers.hubspot.com, validating requests", date: "2026-11-21" };
const WORKFLOWS: Source = {
  grade: "official-doc",
  from: "developers.hubspot.com/docs/methods/workflows/webhook_information",
  date: "2026-11-21",
};
const ARTICLE: Source = { grade: "third-party", from: "insightsalesglobal.com, HubSpot webhooks and retries", date: "2026-11-21" };

const OLDER: Pick<Scheme, "signature" | "algorithm" | "encoding" | "key" | "source"> = {
  signature: [{ in: "header", name: "X-HubSpot-Signature" }],
  algorithm: "sha256",
  encoding: "hex",
  key: { form: "text" },
  source: PACKAGE,
};
const VERSION = "X-HubSpot-Signature-Version";

export const hubspot: Provider = {
  id: "hubspot",
  name: "HubSpot",
  recognise: [[{ place: { in: "header", name: "X-HubSpot-Signature-v3" } }], [{ place: { in: "header", name: "X-HubSpot-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v3",
        signature: [{ in: "header", name: "X-HubSpot-Signature-v3" }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{method}{url}{body}{timestamp}",
        time: { place: { in: "header", name: "X-HubSpot-Request-Timestamp" }, unit: "ms", tolerance: { old: 300, future: null } },
        urlVariants: ["decoded"],
        source: PACKAGE,
      },
      {
        ...OLDER,
        id: "v2",
        note: "A plain hash, not an HMAC, over secret, method, URL and body.",
        when: [{ place: { in: "header", name: VERSION }, equals: "v2" }],
        signed: "{secret}{method}{url}{body}",
        extraHeaders: [[VERSION, "v2"]],
      },
      {
        ...OLDER,
        id: "v1",
        note: "A plain hash, not an HMAC, over secret and body.",
        when: [{ place: { in: "header", name: VERSION }, equals: "v1" }],
        signed: "{secret}{body}",
        extraHeaders: [[VERSION, "v1"]],
      },
    ],
  },
  secret: { called: "client secret of the app", source: DOCS },
  event: {
    type: [{ in: "body", path: "0.subscriptionType" }],
    id: [],
    derivedId: [
      { in: "body", path: "0.eventId" },
      { in: "body", path: "0.subscriptionId" },
      { in: "body", path: "0.objectId" },
    ],
    attempt: { in: "body", path: "0.attemptNumber" },
    batch: true,
    source: ARTICLE,
  },
  handshakes: [],
  delivery: {
    deadline: {
      value: 30,
      note: "Webhooks of workflows, with 3 seconds for the connection; for webhooks of apps nothing was found.",
      source: WORKFLOWS,
    },
    success: "not found",
    retries: {
      value: { overSeconds: 259_200 },
      note: "Webhooks of workflows; not after a 4xx, but after 429. For webhooks of apps nothing official was found; others say 10 tries over a day.",
      source: WORKFLOWS,
    },
    disable: "not found",
  },
  notes: [
    "A delivery may carry v2 and v3 at once; v3 is the one that is checked.",
    "v2 and v3 cover the public URL: a proxy that changes host, scheme or query breaks them.",
    "One delivery holds a list of events; type and id shown are those of the first.",
  ],
};
