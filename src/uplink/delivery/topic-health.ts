/**
 * A broker refuses a whole batch for one record in it. What a topic refused is not sent to it along with others again
 * (contract §7.2): it is refused here, and from time to time one is sent alone, to see whether it still holds.
 */
import type { Clock } from '../../core/clock.js';
import type { DeliveryFailure } from '../../kafka/port/ports.js';
import type { OutgoingRecord } from '../../record/outgoing-record.js';

/** A timestamp nearer to the clock than this is no suspect: a topic has to bear so much. 10 minutes. */
const SUSPECT_MS = 600_000;
/** Messages wait for different times, so the limit shows only roughly. */
const TOLERANCE_MS = 60_000;
const TRY_AGAIN_MS = 60_000;

/** What one topic refuses, as far as its refusals have shown. */
export class BatchRefusals {
  readonly #clock: Clock;
  /** Ms ahead of the clock, or behind it, that are refused. */
  #ahead = Infinity;
  #behind = Infinity;
  /** As the broker told them. */
  #keyless: DeliveryFailure | null = null;
  #untimely: DeliveryFailure | null = null;
  /** Records without a key do arrive: what is refused is refused for something else. */
  #keylessArrives = false;
  /** Monotonic ms. */
  #tryAt = 0;
  /** The farthest timestamps of reports that came together. */
  #farthest: { ahead: number; behind: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It may be tried again, alone. */
  get isDue(): boolean {
    return this.#clock.monotonic() >= this.#tryAt;
  }

  /** A message of a refused batch, which may be the one at fault. `failure`: what its report says. */
  learn(record: OutgoingRecord, failure: DeliveryFailure): void {
    this.#tryAt = this.#clock.monotonic() + TRY_AGAIN_MS;
    if (failure.refusal?.because === 'record') {
      if (record.key === null && !this.#keylessArrives) this.#keyless = failure;
      return;
    }
    this.#untimely = failure;
    const ahead = record.timestampMs - this.#clock.now();
    this.#farthest ??= { ahead: 0, behind: 0 };
    this.#farthest.ahead = Math.max(this.#farthest.ahead, ahead);
    this.#farthest.behind = Math.max(this.#farthest.behind, -ahead);
  }

  /** A record arrived, whatever was known against its like. */
  arrived(record: OutgoingRecord): void {
    if (record.key === null) {
      this.#keyless = null;
      this.#keylessArrives = true;
    }
    if (this.failureFor(record) === null) return;
    this.#ahead = Infinity;
    this.#behind = Infinity;
  }

  /** The failure with which the topic would refuse it; `null`: nothing is known against it. */
  failureFor(record: OutgoingRecord): DeliveryFailure | null {
    this.#conclude();
    if (this.#keyless !== null && record.key === null) return this.#keyless;
    const ahead = record.timestampMs - this.#clock.now();
    return ahead >= this.#ahead || -ahead >= this.#behind ? this.#untimely : null;
  }

  /** The farthest of a batch is at fault, unless it is far off in both directions: then either may be. */
  #conclude(): void {
    if (this.#farthest === null) return;
    const { ahead, behind } = this.#farthest;
    this.#farthest = null;
    if (behind < SUSPECT_MS) this.#ahead = Math.min(this.#ahead, limitFrom(ahead));
    if (ahead < SUSPECT_MS) this.#behind = Math.min(this.#behind, limitFrom(behind));
  }
}

function limitFrom(distance: number): number {
  return distance < SUSPECT_MS ? Infinity : Math.max(SUSPECT_MS, distance - TOLERANCE_MS);
}

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
  /** From this one on they were sent by the next producer. */
  #nextFrom = Infinity;

  /** Call it once for each record that is reported as delivered. Whether it may be missing all the same. */
  isGuess({ partition, sequence, offset }: Reported): boolean {
    if (sequence >= this.#nextFrom) this.clear();
    const first = this.#first.get(partition) ?? Infinity;
    if (offset === null) return sequence < first;
    if (sequence < first) this.#first.set(partition, sequence);
    return false;
  }

  /** All before this one is reported, and another producer goes on. */
  nextProducer(sequence: number): void {
    this.#nextFrom = sequence;
  }

  /** A new producer begins again. */
  clear(): void {
    this.#first.clear();
    this.#nextFrom = Infinity;
  }
}
