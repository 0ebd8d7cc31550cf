import { firstHeader, type HeaderList } from "../http/headers.ts";
import { type JsonText, readJson } from "./json-text.ts";

/** What a message is made of. */
export type MessageParts = {
  readonly method: string;
  /** the public URL that the sender called, whole (latin1); undefined when it is not known */
  readonly url: string | undefined;
  /** another spelling of the URL that the sender may have used, where what is known cannot tell (`/name` and `/name/` of a tunnel) */
  readonly urlAlso?: string | undefined;
  readonly headers: HeaderList;
  /** the bytes as received */
  readonly body: Buffer;
};

/** One request as signatures see it. JSON and form are read on first use, once. */
export type Message = MessageParts & {
  /** undefined when the body is not JSON */
  readonly json: () => JsonText | undefined;
  /** fields of a form body in their order; undefined when its content type is another */
  readonly form: () => readonly (readonly [string, string])[] | undefined;
};

/** @returns a {@link Message}; the bytes are not copied and must not change while it is in use */
export function createMessage({ method, url, urlAlso, headers, body }: MessageParts): Message {
  let json: JsonText | undefined | "unread" = "unread";
  let form: readonly (readonly [string, string])[] | undefined | "unread" = "unread";
  return {
    method,
    url,
    urlAlso,
    headers,
    body,
    json: () => (json === "unread" ? (json = readJson(body)) : json),
    form: () => (form === "unread" ? (form = readForm(headers, body)) : form),
  };
}

/** The same message with other parts. */
export function changedMessage(message: Message, change: Partial<MessageParts>): Message {
  const { method, url, urlAlso, headers, body } = message;
  return createMessage({ method, url, urlAlso, headers, body, ...change });
}

/** Path and query of the URL, as written. */
export function targetOf(url: string): string {
  const path = url.indexOf("/", url.indexOf("://") + 3);
  return path < 0 ? "/" : url.slice(path);
}

/** The decoded values of a query parameter. */
export function queryValues(url: string, name: string): readonly string[] {
  const at = url.indexOf("?");
  return at < 0 ? [] : new URLSearchParams(url.slice(at + 1).split("#", 1)[0]).getAll(name);
}

function readForm(headers: HeaderList, body: Buffer): readonly (readonly [string, string])[] | undefined {
  const type = firstHeader(headers, "content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type.trim())) return undefined;
  return [...new URLSearchParams(body.toString("utf8"))];
}
