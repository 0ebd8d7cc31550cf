import type { Address } from "../contestants/contestant.ts";

/** The first bytes of a request. */
export function requestHead(
  address: Address,
  { method, path, bodyBytes }: { method: "GET" | "POST"; path: string; bodyBytes: number },
): string {
  const body = method === "POST" ? `Content-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n` : "";
  return `${method} ${address.base}${path} HTTP/1.1\r\nHost: ${address.host}\r\nUser-Agent: devhook-bench\r\n${body}\r\n`;
}

/** What an answer's first bytes say of it. */
export type AnswerHead = {
  readonly status: number;
  /** bytes from the answer's beginning to its body */
  readonly headBytes: number;
  readonly bodyBytes: number;
  readonly keepAlive: boolean;
};

/**
 * Reads the head of an answer with a Content-Length: the apps here send no other, and no contestant may make one of it.
 * @returns undefined while the head is not whole
 * @throws when it is no such answer
 */
export function readHead(bytes: Buffer): AnswerHead | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (status === undefined || length === undefined) throw new Error(`no answer with a length: ${head.slice(0, 200)}`);
  return { status: Number(status), headBytes: end + 4, bodyBytes: Number(length), keepAlive: !/\r\nconnection: *close/i.test(head) };
}
