/**
 * A broker judges each partition of a commit, but the client hands on one error for the whole request. So the
 * partitions of a request that was refused are committed one by one: the answers then tell which of them it meant.
 * Those that are refused alone stay out of the others' requests, and are sent again with growing waits of their own.
 */
import type { Clock } from '../../core/clock.js';
import type { OwnedPartition } from './partition.js';

export class RefusedMarks {
  readonly #clock: Clock;
  readonly #waitMs: (failures: number) => number;
  readonly #partitions = new Map<OwnedPartition, { failures: number; dueAt: number }>();

  /** @param waitMs before it is sent again, after so many refusals */
  constructor(clock: Clock, waitMs: (failures: number) => number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  has(partition: OwnedPartition): boolean {
    return this.#partitions.has(partition);
  }

  /** It was refused, and it is not time to try again. */
  waits(partition: OwnedPartition): boolean {
    const state = this.#partitions.get(partition);
    return state !== undefined && state.dueAt > this.#clock.monotonic();
  }

  /** It may be this one that is refused: it is due at once. */
  suspect(partition: OwnedPartition): void {
    this.#partitions.set(partition, { failures: 0, dueAt: this.#clock.monotonic() });
  }

  refused(partition: OwnedPartition): void {
    const failures = (this.#partitions.get(partition)?.failures ?? 0) + 1;
    this.#partitions.set(partition, { failures, dueAt: this.#clock.monotonic() + this.#waitMs(failures) });
  }

  accepted(partition: OwnedPartition): void {
    this.#partitions.delete(partition);
  }

  /** All are due at once. */
  makeAllDue(): void {
    for (const state of this.#partitions.values()) state.dueAt = this.#clock.monotonic();
  }

  /** One to send now. */
  next(): OwnedPartition | undefined {
    const now = this.#clock.monotonic();
    for (const [partition, { dueAt }] of this.#partitions) {
      if (partition.revoked) this.#partitions.delete(partition);
      else if (dueAt <= now) return partition;
    }
    return undefined;
  }

  /** Ms until the next one is due; `undefined`: there is none. */
  get nextInMs(): number | undefined {
    const due = [...this.#partitions].flatMap(([{ revoked }, { dueAt }]) => (revoked ? [] : [dueAt]));
    return due.length === 0 ? undefined : Math.max(0, Math.ceil(Math.min(...due) - this.#clock.monotonic()));
  }

  clear(): void {
    this.#partitions.clear();
  }
}
