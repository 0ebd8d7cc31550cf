import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** bytes: the head and the copied body of nearly every request */
const SCRATCH_BYTES = 32_768;

/**
 * Memory in which small requests are put together, one for all connections: the kernel mostly takes them during the call, and a buffer for each of them
 * would be the largest piece of garbage that it leaves.
 */
export class Scratch {
  #buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /** Writes `head` (latin1) and `body` with one system call. */
  write(socket: Socket, head: string, body: Buffer): void {
    const length = head.length + body.length;
    // a TLS socket never takes them at once
    const shared = length <= SCRATCH_BYTES && !(socket instanceof TLSSocket);
    const bytes = shared ? this.#buffer : Buffer.allocUnsafe(length);
    bytes.write(head, 0, "latin1");
    body.copy(bytes, head.length);
    socket.write(shared ? bytes.subarray(0, length) : bytes);
    // the socket still reads it
    if (shared && socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }
}
