/**
 * How far behind each partition is. What the client knows of a partition's end comes with the records it fetches, so of
 * a partition that is paused it stands still, just when the lag matters: the brokers are asked about those.
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { PartitionLag } from '../../api/metrics.js';
import type { TopicPartition } from '../../kafka/port/consumer-port.js';
import type { CurrentClient } from '../context.js';
import type { OwnedPartition, Ownership } from './partition.js';

/** From one answer to the next question. */
const EVERY_MS = 5_000;
const ASK_MS = 2_000;

interface AskedEnd {
  readonly end: number;
  /** What the client knew at that time. */
  readonly known: number | null;
}

export class Lag {
  readonly #clock: Clock;
  readonly #client: CurrentClient;
  readonly #owned: Pick<Ownership, 'all'>;
  readonly #asked = new Map<OwnedPartition, AskedEnd>();
  #timer: Timer | undefined;
  #asking = false;
  #closed = false;

  constructor(clock: Clock, client: CurrentClient, owned: Pick<Ownership, 'all'>) {
    this.#clock = clock;
    this.#client = client;
    this.#owned = owned;
  }

  /** Partitions were paused: their ends are asked for from now on, one question at a time, until they are read again. */
  paused(): void {
    if (this.#timer === undefined && !this.#asking) this.#askIn(0);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Of every partition, as far as it is known; asks nobody. */
  all(): PartitionLag[] {
    return this.#owned.all.map((partition) => {
      const end = this.#endOf(partition);
      const { topic, partition: number, tracker } = partition;
      return { topic, partition: number, lag: end === null ? null : Math.max(0, end - tracker.mark) };
    });
  }

  #endOf(partition: OwnedPartition): number | null {
    const known = this.#knownEnd(partition);
    const asked = this.#asked.get(partition);
    if (asked === undefined) return known;
    // Read again, and the client has heard something since: it hears of everything from now on.
    if (partition.paused || known === asked.known) return asked.end;
    this.#asked.delete(partition);
    return known;
  }

  #knownEnd(partition: OwnedPartition): number | null {
    return this.#client.port?.knownBounds(placeOf(partition))?.high ?? null;
  }

  #askIn(ms: number): void {
    if (this.#closed) return;
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    const owned = this.#owned.all;
    for (const partition of this.#asked.keys()) if (partition.revoked) this.#asked.delete(partition);
    const partitions = owned.filter(({ paused }) => paused);
    if (partitions.length === 0) return;
    this.#asking = true;
    // Without an answer the last one stands; that brokers are away is told by the connection.
    const ends = await this.#client.port?.ends(partitions.map(placeOf), ASK_MS).catch(() => null);
    this.#asking = false;
    for (const [index, partition] of partitions.entries()) {
      const end = ends?.[index] ?? null;
      if (end !== null && !partition.revoked)
        this.#asked.set(partition, { end, known: this.#knownEnd(partition) });
    }
    this.#askIn(EVERY_MS);
  }
}

function placeOf({ topic, partition }: OwnedPartition): TopicPartition {
  return { topic, partition };
}
