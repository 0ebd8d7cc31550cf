/** Header lines as `[name, value]`, each character one byte (latin1). */
export type HeaderLines = readonly (readonly [string, string])[];

/** The first lines of a message. */
type MessageHead = {
  readonly startLine: string;
  readonly headers: HeaderLines;
};

/** How the end of a body is told. */
export type BodyEnd = { readonly kind: "length"; readonly bytes: number } | { readonly kind: "chunked" } | { readonly kind: "close" };

/** What a message's reader hears. `head` says how the body ends, or `interim` when another head follows, or `raw` when HTTP is over. */
export type MessageEvents = {
  readonly head: (head: MessageHead) => BodyEnd | "interim" | "raw";
  readonly data: (bytes: Buffer) => void;
  /** the message is whole; `chunks` are the sizes of its chunks */
  readonly end: (chunks: readonly number[]) => void;
};

/** All values of `name` (any case). */
export function valuesOf(headers: HeaderLines, name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** What Content-Length and Transfer-Encoding say; undefined when they say nothing. */
export function framingOf(headers: HeaderLines): BodyEnd | undefined {
  if (valuesOf(headers, "transfer-encoding").length > 0) return { kind: "chunked" };
  const [length] = valuesOf(headers, "content-length");
  return length === undefined ? undefined : { kind: "length", bytes: Number(length) };
}

/**
 * Reads HTTP/1.1 messages from bytes in any pieces, one after the other. Knows nothing of the product's own parsers: what it sees is what went over
 * the wire.
 */
export class MessageReader {
  readonly #events: MessageEvents;
  #buffer: Buffer = Buffer.alloc(0);
  #state: "head" | "length" | "chunk-size" | "chunk" | "trailers" | "close" | "raw" = "head";
  #left = 0;
  #chunks: number[] = [];

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Whether no message is under way. */
  get between(): boolean {
    return this.#state === "head" && this.#buffer.length === 0;
  }

  push(bytes: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    while (this.#buffer.length > 0 && this.#step());
  }

  /** The connection has ended in good order. */
  close(): void {
    if (this.#state === "close") this.#end();
  }

  /** @returns whether there may be more to do with what is there */
  #step(): boolean {
    switch (this.#state) {
      case "head": {
        const text = this.#until("\r\n\r\n");
        if (text === undefined) return false;
        this.#head(text);
        return true;
      }
      case "length":
      case "chunk": {
        const piece = this.#take(Math.min(this.#left, this.#buffer.length));
        this.#left -= piece.length;
        if (piece.length > 0) this.#events.data(piece);
        if (this.#left > 0) return false;
        if (this.#state === "length") this.#end();
        else if (this.#until("\r\n") === undefined) return false;
        else this.#state = "chunk-size";
        return true;
      }
      case "chunk-size": {
        const line = this.#until("\r\n");
        if (line === undefined) return false;
        this.#left = Number.parseInt(line, 16);
        if (this.#left > 0) this.#chunks.push(this.#left);
        this.#state = this.#left === 0 ? "trailers" : "chunk";
        return true;
      }
      case "trailers": {
        const line = this.#until("\r\n");
        if (line === "") this.#end();
        return line !== undefined;
      }
      case "close":
      case "raw":
        this.#events.data(this.#take(this.#buffer.length));
        return false;
    }
  }

  #head(text: string): void {
    const [startLine = "", ...lines] = text.split("\r\n");
    const headers = lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")] as const;
    });
    const end = this.#events.head({ startLine, headers });
    if (end === "interim") return;
    if (end === "raw") this.#state = "raw";
    else if (end.kind === "chunked") this.#state = "chunk-size";
    else if (end.kind === "close") this.#state = "close";
    else {
      this.#state = "length";
      this.#left = end.bytes;
      if (end.bytes === 0) this.#end();
    }
  }

  #end(): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#state = "head";
    this.#events.end(chunks);
  }

  #until(mark: string): string | undefined {
    const at = this.#buffer.indexOf(mark, 0, "latin1");
    if (at === -1) return undefined;
    const text = this.#buffer.toString("latin1", 0, at);
    this.#buffer = this.#buffer.subarray(at + mark.length);
    return text;
  }

  #take(length: number): Buffer {
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }
}
