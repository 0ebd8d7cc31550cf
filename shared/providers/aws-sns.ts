import type { Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm sns-validator 0.3.5", date: "2026-11-21" };
const HEADERS: Source = { grade: "official-doc", from: "docs.aws.amazon.com/sns/latest/dg/http-header.html", date: "2026-11-21" };
const RETRIES: Source = {
  grade: "official-doc",
  from: "docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.retry.html",
  date: "2026-11-21",
};

/** Both versions sign the same lines. */
const SIGNED: Pick<Scheme, "signature" | "encoding" | "key" | "signed" | "time" | "extraHeaders" | "source"> = {
  signature: [{ in: "body", path: "Signature" }],
  encoding: "base64",
  key: { form: "public" },
  signed: "{sns}",
  time: { place: { in: "body", path: "Timestamp" }, unit: "iso", officialVerifier: "checks no time" },
  extraHeaders: [
    ["x-amz-sns-message-type", "{body:Type}"],
    ["x-amz-sns-message-id", "{body:MessageId}"],
    ["x-amz-sns-topic-arn", "{body:TopicArn}"],
  ],
  source: PACKAGE,
};

export const awsSns: Provider = {
  id: "aws-sns",
  name: "Amazon SNS",
  aliases: ["sns"],
  recognise: [
    [{ place: { in: "header", name: "x-amz-sns-message-type" } }],
    [{ place: { in: "body", path: "SigningCertURL" }, startsWith: "https://sns." }],
  ],
  signing: {
    schemes: [
      { id: "v1", when: [{ place: { in: "body", path: "SignatureVersion" }, equals: "1" }], algorithm: "rsa-sha1", ...SIGNED },
      { id: "v2", when: [{ place: { in: "body", path: "SignatureVersion" }, equals: "2" }], algorithm: "rsa-sha256", ...SIGNED },
    ],
  },
  secret: {
    called: "signing certificate (PEM)",
    where:
      "at the address in SigningCertURL: fetch it yourself, when its host is one of Amazon's (sns.REGION.amazonaws.com); devhook never does",
    source: PACKAGE,
  },
  event: {
    type: [{ in: "header", name: "x-amz-sns-message-type" }],
    id: [
      { in: "header", name: "x-amz-sns-message-id" },
      { in: "body", path: "MessageId" },
    ],
    source: HEADERS,
  },
  handshakes: [
    {
      id: "subscription-confirmation",
      match: [{ place: { in: "header", name: "x-amz-sns-message-type" }, equals: "SubscriptionConfirmation" }],
      signed: true,
      note: "Begins a subscription once SubscribeURL is visited, by your app or by you; devhook never visits it.",
      source: HEADERS,
    },
    {
      id: "unsubscribe-confirmation",
      match: [{ place: { in: "header", name: "x-amz-sns-message-type" }, equals: "UnsubscribeConfirmation" }],
      signed: true,
      note: "Tells of the end of a subscription; visiting SubscribeURL takes it up again, which devhook never does.",
      source: HEADERS,
    },
  ],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: {
      value: { attempts: 4, waits: [20, 20, 20] },
      note: "By default; a delivery policy of the topic or subscription changes it. Statuses 5xx and 429 are tried again.",
      source: RETRIES,
    },
    disable: "not found",
  },
  notes: [
    "The signature covers a list of members and not the bytes of the body; other members can be changed unseen.",
    "The body is JSON, sent as text/plain.",
    "sns-validator leaves Token out of an UnsubscribeConfirmation; devhook takes the list of Amazon's document, which has it.",
  ],
};
