import type { LossCause, LossEntry } from '../api/store.js';
import { bytesOf, type OutgoingRecord } from '../record/outgoing-record.js';
import { eventsIn } from '../record/packed-events.js';
import { Gaps } from './gaps.js';
import { LossLedger } from './ledger.js';
import type { StoreState } from './state.js';
import { sumsOf, type Lost } from './stored-record.js';

/** What is lost, by the ledger, and what Kafka is still to be told of it. */
export class Books {
  readonly #now: () => number;
  readonly #changed: () => void;
  #ledger = new LossLedger();
  #gaps = new Gaps();

  /** @param now Unix ms */
  constructor(now: () => number, changed: () => void) {
    this.#now = now;
    this.#changed = changed;
  }

  begin(state: StoreState | null): void {
    this.#ledger = LossLedger.from(state?.ledger);
    this.#gaps = new Gaps(state?.gaps);
  }

  get gaps(): Gaps {
    return this.#gaps;
  }

  get entries(): readonly LossEntry[] {
    return this.#ledger.entries();
  }

  get state(): Pick<StoreState, 'ledger' | 'gaps'> {
    return { ledger: this.#ledger.toJSON(), gaps: this.#gaps.all };
  }

  /** @param inOrder their positions are those of the lane */
  records(lane: string, cause: LossCause, records: readonly Lost[], inOrder: boolean): void {
    for (const { kind, count, bytes, firstMs, lastMs, from } of sumsOf(records)) {
      this.#enter(cause, lane, kind, count, bytes, firstMs, lastMs, inOrder ? from : 0);
    }
  }

  /** @param before everything below is to be done before Kafka is told of it */
  record(
    lane: string,
    cause: LossCause,
    record: Pick<OutgoingRecord, 'kind' | 'timestampMs' | 'value' | 'key' | 'packed'>,
    before: number,
  ): void {
    const { kind, timestampMs, packed } = record;
    this.#enter(cause, lane, kind, eventsIn(packed), bytesOf(record), timestampMs, timestampMs, before);
  }

  /** Nothing is known of them but their number. */
  places(lane: string, cause: LossCause, count: number, before: number): void {
    this.#enter(cause, lane, 'unknown', count, 0, null, null, before);
  }

  #enter(
    cause: LossCause,
    lane: string,
    kind: LossEntry['kind'],
    count: number,
    bytes: number,
    firstMs: number | null,
    lastMs: number | null,
    before: number,
  ): void {
    this.#ledger.add(cause, lane, kind, count, bytes, firstMs, lastMs, false, this.#now());
    // Of what tells of a gap, no gap is told again.
    if (kind !== 'data_gap') this.#gaps.add(lane, kind, cause, count, firstMs, lastMs, before);
    this.#changed();
  }
}
