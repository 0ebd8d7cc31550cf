import { MAX_MESSAGE } from "./constants.ts";

/**
 * Gathers the frames of one turn of the event loop into one message (spec.md section 2): with many exchanges in flight this saves a
 * system call and a WebSocket head for each of them.
 */
export class MessageBatch {
  readonly #send: (message: Buffer) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  #scheduled = false;

  /** @param send takes one message of at most {@link MAX_MESSAGE} bytes */
  constructor(send: (message: Buffer) => void) {
    this.#send = send;
  }

  /** Adds one frame, given whole or as head and body; frames are never divided among messages. */
  push(head: Buffer, body?: Buffer): void {
    const bytes = head.length + (body?.length ?? 0);
    if (this.#bytes + bytes > MAX_MESSAGE) this.flush();
    this.#parts.push(head);
    if (body !== undefined) this.#parts.push(body);
    this.#bytes += bytes;
    if (this.#scheduled) return;
    this.#scheduled = true;
    // after the poll phase: everything that this turn has read from other sockets is then in the batch too
    setImmediate(this.#turnEnded);
  }

  /** Sends what has gathered, now. */
  flush(): void {
    if (this.#bytes === 0) return;
    const parts = this.#parts;
    const bytes = this.#bytes;
    this.#parts = [];
    this.#bytes = 0;
    this.#send(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, bytes));
  }

  readonly #turnEnded = (): void => {
    this.#scheduled = false;
    this.flush();
  };
}
