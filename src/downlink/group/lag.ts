/**
 * How far behind each partition is. What the client knows of a partition's end comes with the records it fetches, so of
 * a partition that is paused it stands still, just when the lag matters: the brokers are asked about those.
 */
import type { Timer } from '../../core/clock.js';
import { own } from '../../core/fault.js';
import type { PartitionLag } from '../../api/metrics.js';
import type { TopicPartition } from '../../kafka/port/consumer-port.js';
import type { CurrentClient, DownlinkContext } from '../context.js';
import type { OwnedPartition, Ownership } from './partition.js';

/** From one answer to the next question. */
const EVERY_MS = 5_000;
const ASK_MS = 2_000;

interface AskedEnd {
  readonly end: number;
  /** What the client knew at that time. */
  readonly known: number | null;
}

type Context = Pick<DownlinkContext, 'clock' | 'onError'>;

export class Lag {
  readonly #context: Context;
  readonly #client: CurrentClient;
  readonly #owned: Pick<Ownership, 'all'>;
  readonly #asked = new Map<OwnedPartition, AskedEnd>();
  #timer: Timer | undefined;
  #asking = false;
  #closed = false;

  constructor(context: Context, client: CurrentClient, owned: Pick<Ownership, 'all'>) {
    this.#context = context;
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
    this.#timer = this.#context.clock.after(ms, () => {
      this.#timer = undefined;
      this.#askPaused();
    });
  }

  #askPaused(): void {
    for (const partition of this.#asked.keys()) if (partition.revoked) this.#asked.delete(partition);
    const partitions = this.#owned.all.filter(({ paused }) => paused);
    if (partitions.length === 0) return;
    this.#asking = true;
    const asked = this.#ask(partitions).finally(() => {
      this.#asking = false;
      this.#askIn(EVERY_MS);
    });
    own(asked, 'Asking for the ends of partitions', this.#context);
  }

  async #ask(partitions: readonly OwnedPartition[]): Promise<void> {
    // Without an answer the last one stands; that brokers are away is told by the connection.
    const ends = await this.#client.port?.ends(partitions.map(placeOf), ASK_MS).catch(() => null);
    for (const [index, partition] of partitions.entries()) {
      const end = ends?.[index] ?? null;
      if (end !== null && !partition.revoked)
        this.#asked.set(partition, { end, known: this.#knownEnd(partition) });
    }
  }
}

function placeOf({ topic, partition }: OwnedPartition): TopicPartition {
  return { topic, partition };
}
