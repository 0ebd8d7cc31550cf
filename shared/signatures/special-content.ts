import { firstHeader, type HeaderList } from "../http/headers.ts";
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
  const root = message.json()?.root;
  const items = root === undefined ? undefined : nodeAt(root, "notificationItems");
  // a delivery holds one item; what a second one said would stand beside a signature that does not cover it
  if (items?.kind !== "array" || items.items.length !== 1) return undefined;
  const fields = ADYEN_FIELDS.map((field) => value(`${ADYEN_ITEM}.${field}`));
  if (fields.every((field) => field === undefined)) return undefined;
  return Buffer.from(fields.map((field) => field ?? "").join(":"), "utf8");
}

/** The two headers that every canonical request of Contentful holds. */
const CONTENTFUL_LIST = "x-contentful-signed-headers";
const CONTENTFUL_TIME = "x-contentful-timestamp";

/**
 * Contentful, "Request verification": method, encoded target, headers and body on lines, as @contentful/node-apps-toolkit 3.16.1 puts them together. Of the
 * headers that the list names those count that are there, by name; the list itself counts as its sorted names. Escapes of the target are encoded once more.
 */
function contentfulContent(message: Message, url: string | undefined): Buffer | undefined {
  const list = firstHeader(message.headers, CONTENTFUL_LIST);
  const time = firstHeader(message.headers, CONTENTFUL_TIME);
  const target = url === undefined ? undefined : encodedTarget(targetOf(url));
  if (list === undefined || time === undefined || target === undefined || !/^\d{1,15}$/.test(time)) return undefined;
  // the package takes no list that does not at least name list and time
  if (list.split(",").length < 2) return undefined;
  const values = firstValues(message.headers);
  const names = [...new Set([...list.split(",").map((name) => name.toLowerCase()), CONTENTFUL_LIST, CONTENTFUL_TIME])];
  const there = names.filter((name) => values.has(name)).sort();
  const headers = there.map((name) => {
    if (name === CONTENTFUL_LIST) return `${name}:${there.join(",")}`;
    if (name === CONTENTFUL_TIME) return `${name}:${Number(time)}`;
    return `${name}:${(values.get(name) ?? "").trim()}`;
  });
  return Buffer.concat([Buffer.from(`${message.method}\n${target}\n${headers.join(";")}\n`, "latin1"), message.body]);
}

/** The first value of each header, by its name in lower case: a list of names may be as long as the headers are. */
function firstValues(headers: HeaderList): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let i = headers.length - 2; i >= 0; i -= 2) values.set((headers[i] ?? "").toLowerCase(), headers[i + 1] ?? "");
  return values;
}

/** @returns undefined when the target cannot be encoded */
function encodedTarget(target: string): string | undefined {
  const [path = "", search = ""] = target.split("?");
  try {
    return encodeURI(search === "" ? path : `${path}?${encodeURIComponent(search)}`);
  } catch {
    return undefined;
  }
}

function bodyReader(message: Message): (path: string) => string | undefined {
  const json = message.json();
  return (path) => (json === undefined ? undefined : scalarOf(nodeAt(json.root, path)));
}
