import type { ResponseHead } from "../../shared/http/exchange.ts";
import { firstHeader, isHeaderValue, isToken } from "../../shared/http/headers.ts";

/** bytes of status line and headers, more is malformed: as much as the relay takes of a request */
const MAX_HEAD_BYTES = 65_536;
/** headers of one answer: what crosses the link (1,024, spec.md section 3) less some for what a relay adds */
const MAX_HEADERS = 1_000;
/** interim answers before the final one */
const MAX_INTERIM = 16;
/** bytes of a chunk-size line with its extensions, and of all trailers together */
const MAX_LINE_BYTES = 8_192;

/** RFC 9112 section 4. The reason phrase may be missing together with its space: many servers leave it so. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
/** RFC 9112 section 7.1, without white space; 13 hexadecimal digits stay below 2^53 */
const CHUNK_SIZE =
  /^([0-9a-fA-F]{1,13})(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/;
/** RFC 9110 section 8.6 */
const LENGTH = /^[0-9]{1,15}$/;

const FRAMING: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);
const TOO_LARGE = `its status line and headers are larger than ${MAX_HEAD_BYTES} bytes`;

/** Hears an answer as it is parsed. */
export type ParserEvents = {
  readonly information: (head: ResponseHead) => void;
  /** `length` is what Content-Length promises, where it frames the body */
  readonly head: (head: ResponseHead, framing: { readonly length: number | undefined }) => void;
  /** body bytes, views of what was pushed: the hearer's during the call only */
  readonly data: (bytes: Buffer) => void;
  /** the answer is whole */
  readonly end: () => void;
};

/** An answer that is not HTTP/1.1 as RFC 9112 has it. The message says what is wrong, without repeating bytes of it. */
export class MalformedAnswer extends Error {
  override readonly name = "MalformedAnswer";
}

/**
 * Parses one answer of the app from bytes, in any pieces. Written here because byte fidelity needs it: header lines stay as they were, and what two
 * readers could read differently is refused instead of guessed. Strict where a lenient parser would let a broken app pass here and fail elsewhere.
 */
export class ResponseParser {
  readonly #events: ParserEvents;
  readonly #method: string;
  readonly #upgradeAsked: boolean;
  #state: "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "until-close" | "whole" | "upgraded" = "head";
  /** bytes of an unfinished head or line: a copy, what was pushed is the pusher's again after the call */
  #rest: Buffer | undefined;
  #left = 0;
  #expected = 0;
  #trailerBytes = 0;
  #interim = 0;
  #keepAlive = false;
  #keepAliveSeconds: number | undefined;

  /** @param request its method, since HEAD has answers without a body, and whether it asked for an upgrade */
  constructor(events: ParserEvents, request: { readonly method: string; readonly upgrade: boolean }) {
    this.#events = events;
    this.#method = request.method;
    this.#upgradeAsked = request.upgrade;
  }

  /** Whether the answer is whole. */
  get whole(): boolean {
    return this.#state === "whole";
  }

  /** Whether the connection has left HTTP (101): what follows is raw. */
  get upgraded(): boolean {
    return this.#state === "upgraded";
  }

  /** Whether the final head has been seen. */
  get headSeen(): boolean {
    return this.#state !== "head";
  }

  /** Whether the connection may serve another request. */
  get reusable(): boolean {
    return this.#state === "whole" && this.#keepAlive;
  }

  /** Seconds that the app keeps an idle connection, if it said so. */
  get keepAliveSeconds(): number | undefined {
    return this.#keepAliveSeconds;
  }

  /** What is missing, for an error message. */
  get missing(): string {
    if (this.#state === "head") return this.#rest === undefined ? "before its answer" : "in the middle of its headers";
    if (this.#state === "upgraded") return "that it had upgraded";
    if (this.#state === "length") return `after ${this.#expected - this.#left} of ${this.#expected} bytes of its answer`;
    return "in the middle of its answer";
  }

  /**
   * Takes the next bytes.
   * @returns bytes beyond the end of the answer (of the upgraded protocol, or of nothing that was asked for)
   * @throws MalformedAnswer
   */
  push(chunk: Buffer): Buffer | undefined {
    let bytes = chunk;
    while (bytes.length > 0) {
      switch (this.#state) {
        case "head": {
          const rest = this.#takeHead(bytes);
          if (rest === undefined) return undefined;
          bytes = rest;
          break;
        }
        case "length":
        case "chunk-data": {
          const part = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
          this.#left -= part.length;
          bytes = bytes.subarray(part.length);
          this.#events.data(part);
          if (this.#left === 0) {
            if (this.#state === "length") this.#finish();
            else this.#state = "chunk-end";
          }
          break;
        }
        case "until-close":
          this.#events.data(bytes);
          return undefined;
        case "chunk-end":
        case "chunk-size":
        case "trailers": {
          const taken = this.#takeLine(bytes);
          if (taken === undefined) return undefined;
          bytes = taken.rest;
          this.#line(taken.line);
          break;
        }
        case "whole":
        case "upgraded":
          return bytes;
      }
    }
    return undefined;
  }

  /**
   * The app has closed its side.
   * @returns whether the answer is whole with that
   */
  close(): boolean {
    if (this.#state === "until-close") this.#finish();
    return this.#state === "whole";
  }

  #takeHead(chunk: Buffer): Buffer | undefined {
    const known = this.#rest?.length ?? 0;
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    // the end may lie across the seam
    const end = bytes.indexOf("\r\n\r\n", Math.max(0, known - 3), "latin1");
    if (end === -1) {
      this.#judgeBeginning(bytes, known);
      this.#rest = known === 0 ? Buffer.from(bytes) : bytes;
      return undefined;
    }
    if (end > MAX_HEAD_BYTES) throw new MalformedAnswer(TOO_LARGE);
    this.#rest = undefined;
    this.#head(bytes.toString("latin1", 0, end));
    return bytes.subarray(end + 4);
  }

  /** Whatever can never become a head is refused at once, in whatever pieces it comes: an app that has gone silent after it would time out instead. */
  #judgeBeginning(bytes: Buffer, known: number): void {
    if (known < 7 && !"HTTP/1.".startsWith(bytes.toString("latin1", 0, Math.min(bytes.length, 7)))) {
      throw new MalformedAnswer("it does not begin with an HTTP/1 status line");
    }
    for (let lf = bytes.indexOf(0x0a, known); lf !== -1; lf = bytes.indexOf(0x0a, lf + 1)) {
      if (bytes[lf - 1] !== 0x0d) throw new MalformedAnswer("a line of its head does not end with CR LF");
    }
    // three bytes of the empty line may be there
    if (bytes.length > MAX_HEAD_BYTES + 3) throw new MalformedAnswer(TOO_LARGE);
  }

  #head(text: string): void {
    const lines = text.split("\r\n");
    const status = STATUS_LINE.exec(lines[0] ?? "");
    if (status === null) throw new MalformedAnswer("its status line is not HTTP/1.0 or HTTP/1.1");
    const minor = status[1];
    const code = Number(status[2]);
    const headers: string[] = [];
    for (let i = 1; i < lines.length; i++) this.#header(lines[i] as string, headers);
    if (headers.length > MAX_HEADERS * 2) throw new MalformedAnswer(`it has more than ${MAX_HEADERS} headers`);
    const head: ResponseHead = { status: code, reason: status[3] ?? "", headers };
    if (code < 200 && minor === "0") throw new MalformedAnswer("it has an interim status, which HTTP/1.0 does not know");
    if (code < 200 && code !== 101) return this.#information(head);
    if (code === 101) {
      if (!this.#upgradeAsked) throw new MalformedAnswer("it switches protocols (101) without having been asked");
      this.#state = "upgraded";
      return this.#events.head(head, { length: undefined });
    }
    this.#frame(head, minor === "1" ? "1.1" : "1.0");
  }

  #header(line: string, into: string[]): void {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    // also refuses a folded line, and a name with a space before its colon (RFC 9112 sections 5.1 and 5.2)
    if (colon <= 0 || !isToken(name)) throw new MalformedAnswer("one of its header lines has no proper name");
    const value = trimmed(line, colon + 1);
    if (!isHeaderValue(value)) throw new MalformedAnswer(`its header ${name} holds a control character`);
    // readers disagree about these: Node's takes such a body as not chunked
    if ((name.length === 17 || name.length === 14) && isBlank(line.charCodeAt(line.length - 1)) && FRAMING.has(name.toLowerCase())) {
      throw new MalformedAnswer(`its ${name} has white space behind it`);
    }
    into.push(name, value);
  }

  #information(head: ResponseHead): void {
    // whoever believes these lines would look for the final answer elsewhere than we do
    for (const name of ["content-length", "transfer-encoding", "connection"]) {
      if (firstHeader(head.headers, name) !== undefined) throw new MalformedAnswer(`one of its interim answers has a header ${name}`);
    }
    if (++this.#interim > MAX_INTERIM) throw new MalformedAnswer(`it has more than ${MAX_INTERIM} interim answers`);
    // 100 answers an Expect that we do not send on
    if (head.status !== 100) this.#events.information(head);
  }

  /** RFC 9112 section 6.3, refusing where that lets a recipient choose. */
  #frame(head: ResponseHead, version: "1.0" | "1.1"): void {
    let length: number | undefined;
    let transferEncoding: string | undefined;
    let connection = "";
    for (let i = 0; i < head.headers.length; i += 2) {
      const name = head.headers[i] as string;
      const value = head.headers[i + 1] as string;
      switch (name.length) {
        case 14:
          if (name.toLowerCase() !== "content-length") break;
          if (length !== undefined) throw new MalformedAnswer("it has two Content-Length headers");
          if (!LENGTH.test(value)) throw new MalformedAnswer("its Content-Length is not a number");
          length = Number(value);
          break;
        case 17:
          if (name.toLowerCase() !== "transfer-encoding") break;
          if (transferEncoding !== undefined) throw new MalformedAnswer("it has two Transfer-Encoding headers");
          transferEncoding = value.toLowerCase();
          break;
        case 10:
          if (name.toLowerCase() === "connection") connection += `,${value.toLowerCase()}`;
          else if (name.toLowerCase() === "keep-alive")
            this.#keepAliveSeconds = Number(/timeout=([0-9]{1,6})/i.exec(value)?.[1] ?? Number.NaN);
          break;
        default:
      }
    }
    const options = connection.split(",").map((option) => option.trim());
    this.#keepAlive = version === "1.1" ? !options.includes("close") : options.includes("keep-alive") && !options.includes("close");
    if (transferEncoding !== undefined && length !== undefined)
      throw new MalformedAnswer("it has both Content-Length and Transfer-Encoding");
    if (transferEncoding !== undefined && (transferEncoding !== "chunked" || version === "1.0")) {
      throw new MalformedAnswer("its Transfer-Encoding is not chunked");
    }
    if (this.#method === "HEAD" || head.status === 204 || head.status === 304) {
      // some apps send the body that they announce: on a connection kept open it would be read as the next answer
      if (this.#method === "HEAD" || (length ?? 0) > 0 || transferEncoding !== undefined) this.#keepAlive = false;
      this.#events.head(head, { length: 0 });
      return this.#finish();
    }
    if (transferEncoding !== undefined) {
      this.#state = "chunk-size";
      return this.#events.head(head, { length: undefined });
    }
    if (length === undefined) {
      this.#keepAlive = false;
      this.#state = "until-close";
      return this.#events.head(head, { length: undefined });
    }
    this.#expected = this.#left = length;
    this.#state = "length";
    this.#events.head(head, { length });
    if (length === 0) this.#finish();
  }

  #takeLine(chunk: Buffer): { readonly line: string; readonly rest: Buffer } | undefined {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.indexOf(0x0a);
    if (end === -1 ? bytes.length > MAX_LINE_BYTES : end > MAX_LINE_BYTES)
      throw new MalformedAnswer("a line between its chunks is too long");
    if (end === -1) {
      this.#rest = this.#rest === undefined ? Buffer.from(bytes) : bytes;
      return undefined;
    }
    this.#rest = undefined;
    if (end === 0 || bytes[end - 1] !== 0x0d) throw new MalformedAnswer("a line between its chunks does not end with CR LF");
    return { line: bytes.toString("latin1", 0, end - 1), rest: bytes.subarray(end + 1) };
  }

  #line(line: string): void {
    switch (this.#state) {
      case "chunk-end":
        if (line !== "") throw new MalformedAnswer("a chunk is longer than its size says");
        this.#state = "chunk-size";
        return;
      case "chunk-size": {
        const size = CHUNK_SIZE.exec(line);
        if (size === null) throw new MalformedAnswer("a chunk size is not a hexadecimal number");
        this.#left = Number.parseInt(size[1] ?? "", 16);
        this.#state = this.#left === 0 ? "trailers" : "chunk-data";
        return;
      }
      default: {
        // trailers are read and dropped: few receivers look at them, and a relay may (RFC 9110 section 6.5.1)
        if (line === "") return this.#finish();
        this.#trailerBytes += line.length + 2;
        if (this.#trailerBytes > MAX_LINE_BYTES) throw new MalformedAnswer("its trailers are too long");
        const trailer: string[] = [];
        this.#header(line, trailer);
        if (FRAMING.has((trailer[0] ?? "").toLowerCase())) throw new MalformedAnswer(`one of its trailers is ${trailer[0] ?? ""}`);
      }
    }
  }

  #finish(): void {
    this.#state = "whole";
    this.#events.end();
  }
}

/** `text` from `begin` without the optional white space around it (RFC 9112 section 5). */
function trimmed(text: string, begin: number): string {
  let from = begin;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
