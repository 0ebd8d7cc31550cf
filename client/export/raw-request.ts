import { firstHeader } from "../../shared/http/headers.ts";
import type { Delivery } from "../ledger/records.ts";
import { messageBytes } from "./message-bytes.ts";

/** The request as HTTP/1.1; a body that came in chunks is one chunk, since nobody recorded where they ended. */
export function rawRequest({ method, target, headers, body }: Delivery): Buffer {
  const isChunked = firstHeader(headers, "transfer-encoding") !== undefined;
  const end = Buffer.from("0\r\n\r\n");
  const size = Buffer.from(`${body.bytes.length.toString(16)}\r\n`);
  const chunk = body.bytes.length === 0 ? [end] : [size, body.bytes, Buffer.from("\r\n"), end];
  return messageBytes(`${method} ${target} HTTP/1.1`, headers, isChunked ? Buffer.concat(chunk) : body.bytes);
}
