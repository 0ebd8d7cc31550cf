/**
 * Bytes of request bodies that may be held in memory at once: a total, and a share for each tunnel. Who gets no place waits with its socket
 * unread, in order of arrival within its tunnel.
 */
export class BodyBudget {
  readonly #total: number;
  readonly #share: number;
  readonly #accounts = new Map<string, { used: number; waiting: Claim[] }>();
  #used = 0;
  /** claims that wait, of all tunnels */
  #queued = 0;

  /**
   * @param total bytes for all tunnels together
   * @param share bytes for one tunnel
   */
  constructor(total: number, share: number) {
    this.#total = total;
    this.#share = share;
  }

  /** bytes in use */
  get used(): number {
    return this.#used;
  }

  /**
   * Calls `granted` when `bytes` are free, at once if they are.
   * @returns gives the bytes back, or the place in the queue; may be called more than once
   */
  take(tunnel: string, bytes: number, granted: () => void): () => void {
    let account = this.#accounts.get(tunnel);
    if (account === undefined) this.#accounts.set(tunnel, (account = { used: 0, waiting: [] }));
    const claim: Claim = { bytes, granted, state: "waiting" };
    if (account.waiting.length === 0 && this.#fits(account.used, bytes)) {
      this.#grant(account, claim);
    } else {
      account.waiting.push(claim);
      this.#queued += 1;
    }
    return () => this.#release(tunnel, claim);
  }

  #fits(used: number, bytes: number): boolean {
    return used + bytes <= this.#share && this.#used + bytes <= this.#total;
  }

  #grant(account: { used: number }, claim: Claim): void {
    claim.state = "held";
    account.used += claim.bytes;
    this.#used += claim.bytes;
    claim.granted();
  }

  #release(tunnel: string, claim: Claim): void {
    const account = this.#accounts.get(tunnel);
    if (account === undefined || claim.state === "released") return;
    if (claim.state === "held") {
      account.used -= claim.bytes;
      this.#used -= claim.bytes;
    } else {
      account.waiting.splice(account.waiting.indexOf(claim), 1);
      this.#queued -= 1;
    }
    claim.state = "released";
    // the total may have been what others waited for, so that every queue is looked at, its own first
    this.#serve(account);
    if (account.used === 0 && account.waiting.length === 0) this.#accounts.delete(tunnel);
    if (this.#queued === 0) return;
    for (const other of this.#accounts.values()) if (other.waiting.length > 0) this.#serve(other);
  }

  #serve(account: { used: number; waiting: Claim[] }): void {
    for (;;) {
      const next = account.waiting[0];
      if (next === undefined || !this.#fits(account.used, next.bytes)) return;
      account.waiting.shift();
      this.#queued -= 1;
      this.#grant(account, next);
    }
  }
}

type Claim = { readonly bytes: number; readonly granted: () => void; state: "waiting" | "held" | "released" };
