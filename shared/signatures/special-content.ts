import { firstHeader } from "../http/headers.ts";
import { nodeAt, scalarOf } from "./json-text.ts";
import { type Message, targetOf } from "./message.ts";

/** Signed texts that no template can spell, by the name of their placeholder. */
export const SPECIAL_CONTENT: Readonly<
  Record<string, (values: { readonly message: Message; readonly url: string | undefined }) => Buffer | undefined>
> = {
  sns: ({ message }) => snsContent(message),
  adyen: ({ message }) => adyenContent(message),
  contentful: ({ message, url }) => contentfulContent(message, url),
};

const SNS_NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const SNS_CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/**
 * Amazon SNS, "Verifying the signatures of Amazon SNS messages": names and values of a fixed list, each followed by a line feed; a Subject that
 * is not there is left out.
 */
function snsContent(message: Message): Buffer | undefined {
  const value = bodyReader(message);
  const isNotification = value("Type") === "Notification";
  const lines: string[] = [];
  for (const name of isNotification ? SNS_NOTIFICATION : SNS_CONFIRMATION) {
    const found = value(name);
    if (found === undefined && name !== "Subject") return undefined;
    if (found !== undefined) lines.push(`${name}\n${found}\n`);
  }
  return Buffer.from(lines.join(""), "utf8");
}

const ADYEN_ITEM = "notificationItems.0.NotificationRequestItem";
const ADYEN_FIELDS = [
  "pspReference",
  "originalReference",
  "merchantAccountCode",
  "merchantReference",
  "amount.value",
  "amount.currency",
  "eventCode",
  "success",
];

/** Adyen, "Verify HMAC signatures": eight fields of the notification item joined by colons; one that is not there counts as empty. */
function adyenContent(message: Message): Buffer | undefined {
  const value = bodyReader(message);
  const fields = ADYEN_FIELDS.map((field) => value(`${ADYEN_ITEM}.${field}`));
  if (fields.every((field) => field === undefined)) return undefined;
  return Buffer.from(fields.map((field) => field ?? "").join(":"), "utf8");
}

/** Contentful, "Request verification": method, encoded path, the headers that X-Contentful-Signed-Headers lists, and the body, on lines. */
function contentfulContent(message: Message, url: string | undefined): Buffer | undefined {
  const list = firstHeader(message.headers, "x-contentful-signed-headers");
  if (list === undefined || url === undefined) return undefined;
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  const headers: string[] = [];
  for (const name of names) {
    const value = firstHeader(message.headers, name);
    if (value === undefined) return undefined;
    headers.push(`${name}:${value.trim()}`);
  }
  const head = `${message.method.toUpperCase()}\n${encodeURI(targetOf(url))}\n${headers.join(";")}\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), message.body]);
}

function bodyReader(message: Message): (path: string) => string | undefined {
  const json = message.json();
  return (path) => (json === undefined ? undefined : scalarOf(nodeAt(json.root, path)));
}
