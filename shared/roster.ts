/**
 * Those that are open at the moment, in no order. For members that come and go thousands of times a second: a Map or Set that they pass through grows
 * new tables all the time, and one table that has lived long enough keeps all later ones, with everybody who ever stood in them, until V8 collects its
 * whole heap.
 */
export class Roster<T extends { place: number }> implements Iterable<T> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Adds `member`, which is in no roster; its `place` belongs to the roster until it has left. */
  add(member: T): void {
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Takes `member` out, if it is in this roster. */
  delete(member: T): void {
    const { place } = member;
    if (this.#members[place] !== member) return;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[place] = last;
    last.place = place;
  }

  /** Looks at all of them, one by one. */
  find(wanted: (member: T) => boolean): T | undefined {
    return this.#members.find(wanted);
  }

  /** Those that are in it now: they may leave, and others come, while one iterates. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members][Symbol.iterator]();
  }
}
