import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { contentBytes, render } from "../../../shared/signatures/template.ts";
import { messageOf } from "./fixtures.ts";

type Parts = NonNullable<Parameters<typeof messageOf>[0]>;

function content(template: string, parts: Parts): string | undefined {
  const message = messageOf(parts);
  const rendered = render(template, { message, url: message.url, timestamp: undefined, id: undefined, secret: Buffer.alloc(0) });
  return rendered.kind === "missing" ? undefined : contentBytes(rendered.pieces, message.body).toString();
}

describe("{sns}", () => {
  const notification = { Type: "Notification", MessageId: "m", TopicArn: "arn", Subject: "s", Message: "hé\nllo", Timestamp: "t" };
  const confirmation = {
    Type: "SubscriptionConfirmation",
    MessageId: "m",
    Token: "k",
    TopicArn: "arn",
    Message: "hi",
    SubscribeURL: "https://x",
    Timestamp: "t",
  };
  const of = (record: object): string | undefined => content("{sns}", { body: JSON.stringify(record) });

  it("is names and values in the order of Amazon's list", () => {
    expect(of(notification)).toBe("Message\nhé\nllo\nMessageId\nm\nSubject\ns\nTimestamp\nt\nTopicArn\narn\nType\nNotification\n");
    expect(of(confirmation)).toBe(
      "Message\nhi\nMessageId\nm\nSubscribeURL\nhttps://x\nTimestamp\nt\nToken\nk\nTopicArn\narn\nType\nSubscriptionConfirmation\n",
    );
  });

  it("leaves out a subject that is not there, and nothing else", () => {
    const { Subject: _subject, ...rest } = notification;
    expect(of(rest)).toBe("Message\nhé\nllo\nMessageId\nm\nTimestamp\nt\nTopicArn\narn\nType\nNotification\n");
    for (const name of ["Message", "MessageId", "Timestamp", "TopicArn"])
      expect(of({ ...notification, [name]: undefined })).toBeUndefined();
    for (const name of ["Token", "SubscribeURL"]) expect(of({ ...confirmation, [name]: undefined })).toBeUndefined();
    expect(of({ ...notification, Message: {} })).toBeUndefined();
  });
});

describe("{adyen}", () => {
  const of = (item: object): string | undefined =>
    content("{adyen}", { body: JSON.stringify({ notificationItems: [{ NotificationRequestItem: item }] }) });

  it("is eight fields, empty where one is missing", () => {
    expect(
      of({
        pspReference: "p",
        originalReference: "o",
        merchantAccountCode: "m",
        merchantReference: "r",
        amount: { value: 10, currency: "EUR" },
        eventCode: "E",
        success: "true",
      }),
    ).toBe("p:o:m:r:10:EUR:E:true");
    expect(of({ pspReference: "p", success: false })).toBe("p:::::::false");
    expect(of({ other: 1 })).toBeUndefined();
  });
});

describe("{contentful}", () => {
  const headers = [
    "X-Contentful-Signed-Headers",
    "x-b,X-A,x-gone",
    "X-Contentful-Timestamp",
    "007",
    "x-a",
    " one ",
    "X-B",
    "two",
    "x-other",
    "no",
  ];
  const url = "https://relay.example.com/name/h%20k?q=a b&é";

  it("is method, target, the listed headers by name, and body", () => {
    expect(content("{contentful}", { headers, url: "https://relay.example.com/h?q=1", body: "body" })).toBe(
      "POST\n/h?q%253D1\nx-a:one;x-b:two;x-contentful-signed-headers:x-a,x-b,x-contentful-signed-headers,x-contentful-timestamp;x-contentful-timestamp:7\nbody",
    );
  });

  it("needs list, time and URL", () => {
    expect(content("{contentful}", { headers: headers.slice(2), url })).toBeUndefined();
    expect(content("{contentful}", { headers: headers.toSpliced(2, 2), url })).toBeUndefined();
    expect(content("{contentful}", { headers: headers.with(3, "now"), url })).toBeUndefined();
    expect(content("{contentful}", { headers, url: undefined })).toBeUndefined();
    expect(content("{contentful}", { headers, url: "https://x/\ud800" })).toBeUndefined();
  });

  it("ends on a list as long as its headers", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `x-${index}`);
    const many = [...headers.with(1, names.join(",")), ...names.flatMap((name) => [name, "v"])];
    const text = content("{contentful}", { headers: many, url, body: "" }) ?? "";
    expect(createHmac("sha256", "k").update(text).digest("hex")).toHaveLength(64);
    expect(text.split(";")).toHaveLength(20_002);
  });
});
