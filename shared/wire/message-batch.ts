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
    const room = this.room(head.length + (body?.length ?? 0));
    head.copy(room);
    body?.copy(room, head.length);
  }

  /**
   * Adds a frame of `length` bytes that the caller writes into the returned buffer, all of it and at once: nothing is copied then.
   * @throws RangeError for a frame beyond {@link MAX_MESSAGE} bytes
   */
  room(length: number): Buffer {
    if (length > MAX_MESSAGE) throw new RangeError(`a frame of ${length} bytes`);
    if (this.#buffer !== undefined && this.#bytes + length > this.#buffer.length) this.flush();
    const buffer = (this.#buffer ??= this.#pool.take(length));
    const begin = this.#bytes;
    this.#bytes += length;
    if (!this.#scheduled) {
      this.#scheduled = true;
      // after the poll phase: everything that this turn has read from other sockets is then in the batch too
      setImmediate(this.#turnEnded);
    }
    return buffer.subarray(begin, this.#bytes);
  }

  /** Sends what has gathered, now. */
  flush(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    this.#buffer = undefined;
    const message = buffer.subarray(0, this.#bytes);
    this.#bytes = 0;
    this.#send(message, () => this.#pool.giveBack(buffer));
  }

  readonly #turnEnded = (): void => {
    this.#scheduled = false;
    this.flush();
  };
}
