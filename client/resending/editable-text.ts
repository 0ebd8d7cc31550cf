import { flatHeaders, type HeaderList, headerPairs, isHeaderValue, isToken } from "../../shared/http/headers.ts";
import type { SentRequest } from "../ledger/records.ts";

/** What is wrong with an edited text; `line` counts from 1. */
export type TextFault = { readonly kind: "fault"; readonly line: number; readonly why: string };

/** A request as a person has edited it. */
export type EditedText = { readonly kind: "request"; readonly request: SentRequest } | TextFault;

/** Headers alone, as a person has edited them. */
export type EditedHeaders = { readonly kind: "headers"; readonly headers: HeaderList } | TextFault;

/** Stands above the request line when the body is written in Base64. */
const BASE64_MARK = "@body base64";
/** Bytes from 0x80 on are no space here, as 0xa0 is to \s. */
const REQUEST_LINE = /^([^ \t]+) +([^ \t]+) +HTTP\/1\.[01][ \t]*$/;
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;
/** A line of Base64. */
const BASE64_LINE = /.{1,76}/g;

/**
 * A request as a text that survives an editor: remarks, request line, header lines, an empty line, the body, and one more line end, which editors like to
 * add. In the lines above the body a character up to ÿ stands for one byte, as in `show --json`. A body that is no plain text, or whose line ends
 * are of several kinds (which editors make alike), is written in Base64.
 * @param remarks lines that are not read again
 */
export function editableText({ method, target, headers, body }: SentRequest, remarks: readonly string[]): Buffer {
  const lineEnd = lineEndOf(body);
  const newline = lineEnd ?? "\n";
  const head = [
    ...remarks.map((remark) => `# ${remark}`),
    ...(lineEnd === undefined ? [BASE64_MARK] : []),
    `${method} ${target} HTTP/1.1`,
    ...headerLines(headers),
    "",
  ];
  const written = lineEnd === undefined ? Buffer.from(base64Lines(body)) : body;
  const end = body.length === 0 ? "" : newline;
  return Buffer.concat([Buffer.from(head.map((line) => line + newline).join("")), written, Buffer.from(end)]);
}

/** Reads what {@link editableText} wrote and somebody has changed. Framing headers are as they stand there. */
export function readEditedText(file: Buffer): EditedText {
  const lines = new Lines(file);
  let isBase64 = false;
  let first = lines.next();
  while (first !== undefined && isRemark(first)) {
    isBase64 ||= first.trim() === BASE64_MARK;
    first = lines.next();
  }
  const [, method = "", target = ""] = REQUEST_LINE.exec(first ?? "") ?? [];
  if (!isToken(method) || !TARGET.test(target))
    return { kind: "fault", line: lines.number, why: "here should be the request line, as in POST /hooks HTTP/1.1" };

  const pairs: HeaderLine[] = [];
  for (let line = lines.next(); line !== undefined && line !== ""; line = lines.next()) {
    const header = readHeaderLine(line);
    if (typeof header === "string") return { kind: "fault", line: lines.number, why: header };
    pairs.push(header);
  }

  const written = lines.rest().replace(/\r?\n$/, "");
  const headers = flatHeaders(pairs);
  if (!isBase64) return { kind: "request", request: { method, target, headers, body: Buffer.from(written, "latin1") } };
  const wrong = written.split("\n").findIndex((line) => !/^[A-Za-z0-9+/]*={0,2}\s*$/.test(line));
  const packed = written.replace(/\s+/g, "");
  if (wrong >= 0 || packed.length % 4 !== 0 || packed.slice(0, -2).includes("=")) {
    const line = lines.number + 1 + Math.max(wrong, 0);
    return { kind: "fault", line, why: `this is no Base64; to write the body as text, take the line ${BASE64_MARK} out` };
  }
  return { kind: "request", request: { method, target, headers, body: Buffer.from(packed, "base64") } };
}

/** Header lines alone, as a text to edit; a character up to ÿ stands for one byte. */
export function headerText(headers: HeaderList): Buffer {
  return Buffer.from(
    headerLines(headers)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

/** Reads what {@link headerText} wrote and somebody has changed. Empty lines say nothing. */
export function readHeaderText(file: Buffer): EditedHeaders {
  const lines = new Lines(file);
  const pairs: HeaderLine[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const header = line.trim() === "" ? undefined : readHeaderLine(line);
    if (typeof header === "string") return { kind: "fault", line: lines.number, why: header };
    if (header !== undefined) pairs.push(header);
  }
  return { kind: "headers", headers: flatHeaders(pairs) };
}

/** Method and target of `POST /hooks`, as typed: a character up to ÿ stands for one byte. @returns undefined when they are none */
export function readRequestLine(text: string): Pick<SentRequest, "method" | "target"> | undefined {
  const typed = bytesOf(Buffer.from(text.trim()).toString("latin1")).replace(/ +HTTP\/1\.[01]$/, "");
  const [, method = "", target = ""] = REQUEST_LINE.exec(`${typed} HTTP/1.1`) ?? [];
  return isToken(method) && TARGET.test(target) ? { method, target } : undefined;
}

/** Whether somebody has deleted all of it. */
export function isEmptied(file: Buffer): boolean {
  return file.toString("latin1").trim() === "";
}

/** The lines above the body, decoded, one after the other. */
class Lines {
  readonly #text: string;
  #at = 0;
  /** of the line that {@link next} gave last, from 1 */
  number = 0;

  constructor(file: Buffer) {
    // one character a byte, so that what is left of the text is the body
    this.#text = file.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "");
  }

  next(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    this.number += 1;
    return bytesOf(line.replace(/\r$/, ""));
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }
}

type HeaderLine = readonly [name: string, value: string];

function headerLines(headers: HeaderList): readonly string[] {
  return headerPairs(headers).map(([name, value]) => `${name}: ${value}`);
}

/** @returns what is wrong with it, when it is no header */
function readHeaderLine(line: string): HeaderLine | string {
  const at = line.indexOf(":");
  if (at < 0) return "a header is written as Name: value, and an empty line stands in front of the body";
  const [name, value] = [line.slice(0, at), line.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, "")];
  if (!isToken(name)) return "the name of this header holds characters that HTTP does not allow";
  return isHeaderValue(value) ? [name, value] : "the value of this header holds characters that HTTP does not allow";
}

/** The bytes that a line of the file stands for, one character each. */
function bytesOf(line: string): string {
  const text = textOf(Buffer.from(line, "latin1"));
  // an editor that writes latin1 has left each byte alone; text beyond it is sent as UTF-8
  return text === undefined || /[^\0-\u00ff]/.test(text) ? line : text;
}

function isRemark(line: string): boolean {
  return line.trim() === "" || line.trim() === BASE64_MARK || (line.startsWith("#") && !isWithHash(line));
}

/** A request line whose method begins with #, which HTTP allows. */
function isWithHash(line: string): boolean {
  const [, method = "", target = ""] = REQUEST_LINE.exec(line) ?? [];
  return isToken(method) && TARGET.test(target);
}

/** How the lines of a text end; undefined when it is no plain text, or they end in several ways. */
function lineEndOf(body: Buffer): "\n" | "\r\n" | undefined {
  const text = textOf(body);
  if (text === undefined || /[^\P{Cc}\t\r\n]/u.test(text)) return undefined;
  const withReturn = text.split("\r\n").length - 1;
  if (withReturn === 0) return text.includes("\r") ? undefined : "\n";
  return /(?:^|[^\r])\n|\r(?!\n)/.test(text) ? undefined : "\r\n";
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function base64Lines(body: Buffer): string {
  return (body.toString("base64").match(BASE64_LINE) ?? []).join("\n");
}
