import type { Pending } from '../delivery/pending.js';

/** Messages of one lane in the order of acceptance, linked through the messages themselves. Each is in one list at most. */
export class LaneList {
  #oldest: Pending | null = null;
  #newest: Pending | null = null;

  get oldest(): Pending | null {
    return this.#oldest;
  }

  append(pending: Pending): void {
    this.#insertAfter(this.#newest, pending);
  }

  prepend(pending: Pending): void {
    this.#insertAfter(null, pending);
  }

  /** These take the place of one that is in there. */
  replace(pending: Pending, by: readonly Pending[]): void {
    let older = pending.olderInLane;
    this.remove(pending);
    for (const each of by) {
      this.#insertAfter(older, each);
      older = each;
    }
  }

  has(pending: Pending): boolean {
    return pending.laneList === this;
  }

  /** Fine when it is not in there. */
  remove(pending: Pending): void {
    if (pending.laneList !== this) return;
    const { olderInLane: older, newerInLane: newer } = pending;
    if (older === null) this.#oldest = newer;
    else older.newerInLane = newer;
    if (newer === null) this.#newest = older;
    else newer.olderInLane = older;
    pending.olderInLane = null;
    pending.newerInLane = null;
    pending.laneList = null;
  }

  #insertAfter(older: Pending | null, pending: Pending): void {
    if (pending.laneList !== null) throw new Error('a message is in two lists of its lane');
    const newer = older === null ? this.#oldest : older.newerInLane;
    pending.olderInLane = older;
    pending.newerInLane = newer;
    pending.laneList = this;
    if (older === null) this.#oldest = pending;
    else older.newerInLane = pending;
    if (newer === null) this.#newest = pending;
    else newer.olderInLane = pending;
  }
}
