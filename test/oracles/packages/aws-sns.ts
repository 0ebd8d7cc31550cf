import { createHash } from "node:crypto";
import https from "node:https";
import { PassThrough } from "node:stream";
import { vi } from "vitest";
import { rsaKeys } from "../made-keys.ts";
import { load, type Oracle, REQUEST } from "../oracle.ts";

type Package = new () => { validate(message: string, done: (error: Error | null) => void): void };
/** The two members of a response that the package reads. */
type Answer = PassThrough & { statusCode: number };

const KEYS = { keys: rsaKeys(), otherKeys: rsaKeys() };

function answerWith(key: string): void {
  vi.spyOn(https, "get").mockImplementation(((_url: string, answered: (answer: Answer) => void) => {
    const answer = Object.assign(new PassThrough(), { statusCode: 200 });
    answered(answer);
    answer.end(key);
    return new PassThrough();
  }) as unknown as typeof https.get);
}

function message(type: string, version: "1" | "2", more: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    JSON.stringify(
      {
        Type: type,
        MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        TopicArn: "arn:aws:sns:us-west-2:123456789012:MyTopic",
        Message: 'Jürgen said "hello"\n{}',
        Timestamp: "2026-05-02T00:54:06.655Z",
        SignatureVersion: version,
        Signature: "",
        SigningCertURL: "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-made-up.pem",
        ...more,
      },
      null,
      2,
    ),
  );
}

function sns(type: string, version: "1" | "2", more: Readonly<Record<string, string>>): Oracle {
  return {
    provider: "aws-sns",
    scheme: `v${version}`,
    package: "sns-validator",
    what: `${type}${more["Subject"] === undefined ? "" : " with a subject"}`,
    ...KEYS,
    request: { ...REQUEST, headers: ["Content-Type", "text/plain; charset=UTF-8"], body: message(type, version, more) },
    accepts(request, key) {
      answerWith(key);
      // the package keeps every certificate that it fetched by its URL, which is not signed: each key gets one of its own
      const text = request.body.toString().replace("made-up.pem", `${createHash("sha256").update(key).digest("hex")}.pem`);
      return new Promise((resolve) => {
        new (load<Package>("sns-validator"))().validate(text, (error) => resolve(error === null));
      });
    },
    takes: [{ what: /^byte \d+ of Signature /, because: "it decodes base64 leniently" }],
    refuses: [{ what: /^byte \d+ of SigningCertURL /, because: "it fetches the certificate from there; devhook is given it" }],
  };
}

export const snsNotification = sns("Notification", "1", {
  Subject: "A subject",
  UnsubscribeURL: "https://sns.us-west-2.amazonaws.com/?a=1",
});
export const snsWithoutSubject = sns("Notification", "2", {});
export const snsConfirmation = sns("SubscriptionConfirmation", "2", {
  Token: "2336412f37",
  SubscribeURL: "https://sns.us-west-2.amazonaws.com/?b=2",
});
