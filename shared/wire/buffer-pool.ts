/** bytes of one buffer: a turn's small frames, or one DATA frame of the largest size with room to spare */
const POOLED_BYTES = 131_072;
/** buffers kept when nobody uses them: 1 MiB */
const KEPT_BUFFERS = 8;

/**
 * Buffers for outgoing messages, lent until the socket has taken them. Large bodies would otherwise leave a fresh buffer for each piece to the garbage
 * collector, which lets tens of megabytes gather before it acts. One pool serves all links of a process, so that an idle link holds none.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of {@link POOLED_BYTES}, or of `bytes` when those are more, with arbitrary content. */
  take(bytes: number): Buffer {
    if (bytes > POOLED_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(POOLED_BYTES);
  }

  /** Gives a buffer back that nobody reads any more. */
  giveBack(buffer: Buffer): void {
    if (buffer.length === POOLED_BYTES && this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
  }
}
