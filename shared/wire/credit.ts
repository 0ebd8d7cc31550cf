import { INITIAL_CREDIT, MAX_CREDIT } from "./constants.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What one side may still send on one direction of a stream (spec.md 3.4). */
export class SendCredit {
  #left = INITIAL_CREDIT;

  /** bytes that may be sent now */
  get left(): number {
    return this.#left;
  }

  /** Counts `bytes` as sent; the caller has looked at {@link left}. */
  spend(bytes: number): void {
    this.#left -= bytes;
  }

  /** @throws ProtocolError `credit-overflow` when the peer grants beyond the limit */
  add(bytes: number): void {
    if (this.#left + bytes > MAX_CREDIT) throw new ProtocolError("credit-overflow", `${this.#left} + ${bytes} bytes`);
    this.#left += bytes;
  }
}

/** What one side has let the other send, and when it is time to grant more (spec.md 3.4). */
export class ReceiveCredit {
  #left = INITIAL_CREDIT;
  #handedOn = 0;

  /** @throws ProtocolError `credit-exceeded` when the peer sends more than it was granted */
  receive(bytes: number): void {
    if (bytes > this.#left) throw new ProtocolError("credit-exceeded", `${bytes} bytes with a credit of ${this.#left}`);
    this.#left -= bytes;
  }

  /** Counts `bytes` as handed on; gives back the bytes to grant now, 0 while it is too early to bother the peer. */
  handOn(bytes: number): number {
    this.#handedOn += bytes;
    if (this.#handedOn < INITIAL_CREDIT / 2) return 0;
    const grant = this.#handedOn;
    this.#handedOn = 0;
    this.#left += grant;
    return grant;
  }
}
