import type { DeliveredEvent, DeliveredReceipt, Receipt, UplinkKind } from 'ng-kafka-northward';

/** What became of the events of one kind. */
export interface KindProgress {
  readonly kind: UplinkKind;
  topic: string;
  published: number;
  acknowledged: number;
  readBack: number;
}

/** Where a record lies in Kafka: what a receipt promises and the reader finds. */
type Place = Pick<DeliveredReceipt, 'topic' | 'partition' | 'offset'>;

/** Counts every event on its way: published, acknowledged by a receipt, read back by somebody else. */
export class Progress {
  readonly kinds = new Map<UplinkKind, KindProgress>();
  readonly latenciesMs: number[] = [];
  readonly errors = new Map<string, number>();
  /** Events whose kind the configuration switches off. */
  skipped = 0;
  /** Publishes that ended as stored: each ends later, by an event. */
  stored = 0;
  /** Of these, the ones that have not arrived so far, by their id. */
  readonly #onDisk = new Map<string, KindProgress>();
  /** Records that a receipt has promised and nobody has read yet. */
  readonly #promised = new Map<string, KindProgress>();
  /** Records that were read before their receipt came. */
  readonly #early = new Set<string>();

  /** Follows one publish to its end. */
  async follow(kind: UplinkKind, publish: () => Promise<Receipt>): Promise<DeliveredReceipt | undefined> {
    const row = this.#row(kind);
    const began = performance.now();
    row.published += 1;
    try {
      const receipt = await publish();
      if (receipt.status === 'skipped') {
        // The configuration does not want this kind: no fault, but nothing was published either.
        row.published -= 1;
        this.skipped += 1;
        return undefined;
      }
      if (receipt.status === 'stored') {
        this.stored += 1;
        this.#onDisk.set(receipt.id, row);
        return undefined;
      }
      this.latenciesMs.push(performance.now() - began);
      this.#acknowledged(receipt, row);
      return receipt;
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** What was stored has arrived. @returns its receipt; `undefined`: it is no event of the plant */
  arrived({ id, receipt }: DeliveredEvent): DeliveredReceipt | undefined {
    const row = this.#onDisk.get(id);
    if (row === undefined) return undefined;
    this.#onDisk.delete(id);
    this.#acknowledged(receipt, row);
    return receipt;
  }

  /** The independent consumer found a record. */
  found(place: Place): void {
    const row = this.#promised.get(nameOf(place));
    if (row === undefined) {
      this.#early.add(nameOf(place));
      return;
    }
    this.#promised.delete(nameOf(place));
    row.readBack += 1;
  }

  /** Acknowledged records that were not read back so far. */
  get unread(): number {
    return this.#promised.size;
  }

  /** Sum of a column over all kinds. */
  total(column: 'published' | 'acknowledged' | 'readBack'): number {
    return [...this.kinds.values()].reduce((sum, row) => sum + row[column], 0);
  }

  #acknowledged(receipt: DeliveredReceipt, row: KindProgress): void {
    row.topic = receipt.topic;
    row.acknowledged += 1;
    if (this.#early.delete(nameOf(receipt))) row.readBack += 1;
    else this.#promised.set(nameOf(receipt), row);
  }

  #row(kind: UplinkKind): KindProgress {
    const known = this.kinds.get(kind);
    const row = known ?? { kind, topic: '', published: 0, acknowledged: 0, readBack: 0 };
    if (known === undefined) this.kinds.set(kind, row);
    return row;
  }

  #failed(what: string): void {
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
  }
}

function nameOf({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}
