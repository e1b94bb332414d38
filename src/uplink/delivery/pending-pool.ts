/** Messages are pooled: nothing is made for each, and the id of a message is its place here. */
import { KeptBytes } from './kept-bytes.js';
import { byAcceptance, REPORTED, SENT, Pending, type TopicQueue } from './pending.js';

/** Pending records to take and give back; grows to the number in use at once. */
export class PendingPool {
  readonly #all: Pending[] = [];
  readonly #free: Pending[] = [];
  readonly #kept = new KeptBytes();

  take(): Pending {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const pending = new Pending(this.#all.length, this.#kept);
    this.#all.push(pending);
    return pending;
  }

  give(pending: Pending): void {
    pending.clear();
    this.#free.push(pending);
  }

  /** What a delivery report is about. */
  at(id: number): Pending | undefined {
    return this.#all[id];
  }

  /** All that a client holds, in the order of acceptance. */
  sent(): Pending[] {
    return this.#all.filter((p) => p.state === SENT).sort(byAcceptance);
  }

  /** Of these ids, those that a client holds, in the order of acceptance. */
  sentOf(ids: readonly number[]): Pending[] {
    const held: Pending[] = [];
    for (const id of ids) {
      const pending = this.#all[id];
      if (pending?.state === SENT) held.push(pending);
    }
    return held.sort(byAcceptance);
  }

  /** What a client holds, and was going to send again when it began a new epoch, may come twice. */
  doubt(): void {
    for (const pending of this.#all) {
      const held = pending.state === SENT || pending.state === REPORTED;
      if (held && pending.queue?.mayHave(pending) === true) pending.resent = true;
    }
  }

  /** Those of a queue that a client holds, or whose report is still to be told to their owners; in no order. */
  heldOf(queue: TopicQueue): Pending[] {
    return this.#all.filter((p) => p.queue === queue && (p.state === SENT || p.state === REPORTED));
  }
}
