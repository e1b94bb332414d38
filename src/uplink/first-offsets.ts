/**
 * Which receipts without an offset can be believed. When librdkafka learns that a record is stored, it takes the
 * earlier ones of the partition for stored as well, and reports them without an offset: a broker stores no sequence number of a
 * producer before the one in front of it. But one that has nothing of this producer yet takes any number. So the
 * conclusion holds behind a record whose offset was told, and not before (contract §7.2).
 */
export class FirstOffsets {
  /** Partition → place, in the order of sending, of the first record whose offset was told. */
  readonly #first = new Map<number, number>();

  told(partition: number, sequence: number): void {
    const first = this.#first.get(partition);
    if (first === undefined || sequence < first) this.#first.set(partition, sequence);
  }

  /** Whether a record of this place is stored, though its offset was not told. */
  vouchFor(partition: number, sequence: number): boolean {
    return (this.#first.get(partition) ?? Infinity) < sequence;
  }

  /** A new producer begins anew. */
  clear(): void {
    this.#first.clear();
  }
}
