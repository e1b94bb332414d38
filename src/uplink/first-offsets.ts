/** What a delivery report is worth that tells no offset. */
interface Reported {
  readonly partition: number;
  /** Order of sending. */
  readonly sequence: number;
  readonly offset: number | null;
}

/**
 * Which receipts without an offset can be believed. When librdkafka learns that a record is stored, it takes the
 * earlier ones of the partition for stored as well, and reports them without an offset: a broker stores no sequence number of a
 * producer before the one in front of it. But one that has nothing of this producer yet takes any number. So the
 * conclusion holds behind a record whose offset was told, and not before (contract §7.2).
 */
export class FirstOffsets {
  /** Partition → place, in the order of sending, of the first record whose offset was told. */
  readonly #first = new Map<number, number>();

  /** Call it once for each record that is reported as delivered. Whether it may be missing all the same. */
  isGuess({ partition, sequence, offset }: Reported): boolean {
    const first = this.#first.get(partition) ?? Infinity;
    if (offset === null) return sequence < first;
    if (sequence < first) this.#first.set(partition, sequence);
    return false;
  }

  /** A new producer begins anew. */
  clear(): void {
    this.#first.clear();
  }
}
