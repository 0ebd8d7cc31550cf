import type { HeaderList } from "../../shared/http/headers.ts";

/** The header lines as they stood on the wire, each with CRLF. */
export function headerBytes(headers: HeaderList): Buffer {
  let text = "";
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return Buffer.from(text, "latin1");
}

/** A whole message: first line, headers, empty line, body. A body that came in chunks stands there without its chunk marks. */
export function messageBytes(firstLine: string, headers: HeaderList, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${firstLine}\r\n`, "latin1"), headerBytes(headers), Buffer.from("\r\n"), body]);
}
