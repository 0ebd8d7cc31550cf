import type { BufferPool } from "./buffer-pool.ts";
import { MAX_MESSAGE } from "./constants.ts";

/**
 * Gathers the frames of one turn of the event loop into one message (spec.md section 2): with many exchanges in flight this saves a
 * system call and a WebSocket head for each of them. Frames are copied as they are pushed: what they were made of may be used again at once.
 */
export class MessageBatch {
  readonly #pool: BufferPool;
  readonly #send: (message: Buffer, sent: () => void) => void;
  #buffer: Buffer | undefined;
  #bytes = 0;
  #scheduled = false;

  /** @param send takes one message of at most {@link MAX_MESSAGE} bytes, and calls `sent` when it reads it no more */
  constructor(pool: BufferPool, send: (message: Buffer, sent: () => void) => void) {
    this.#pool = pool;
    this.#send = send;
  }

  /**
   * Adds one frame, given whole or as head and body; frames are never divided among messages.
   * @throws RangeError for a frame beyond {@link MAX_MESSAGE} bytes
   */
  push(head: Buffer, body?: Buffer): void {
    const length = head.length + (body?.length ?? 0);
    let buffer = (this.#buffer ??= this.#pool.take());
    if (this.#bytes + length > buffer.length) {
      this.flush();
      if (length > buffer.length) return this.#sendLarge(head, body, length);
      buffer = this.#buffer ??= this.#pool.take();
    }
    head.copy(buffer, this.#bytes);
    body?.copy(buffer, this.#bytes + head.length);
    this.#bytes += length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    // after the poll phase: everything that this turn has read from other sockets is then in the batch too
    setImmediate(this.#turnEnded);
  }

  /** Sends what has gathered, now. */
  flush(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    this.#buffer = undefined;
    const bytes = this.#bytes;
    this.#bytes = 0;
    if (bytes === 0) this.#pool.giveBack(buffer);
    else this.#send(buffer.subarray(0, bytes), () => this.#pool.giveBack(buffer));
  }

  #sendLarge(head: Buffer, body: Buffer | undefined, length: number): void {
    if (length > MAX_MESSAGE) throw new RangeError(`a frame of ${length} bytes`);
    this.#send(body === undefined ? head : Buffer.concat([head, body], length), () => {});
  }

  readonly #turnEnded = (): void => {
    this.#scheduled = false;
    this.flush();
  };
}
