/** What became of the records that a test sent. */
import type { KafkaNorthward } from '../api/northward.js';
import type { RecordPlace } from '../api/events.js';

/**
 * What became of a record: `done` by the host, not for any route (`ignored`), past its time (`expired`), seen before
 * (`duplicate`), or given up: dropped, kept as a dead letter, or held.
 */
export type SentOutcome = 'done' | 'ignored' | 'expired' | 'duplicate' | 'dropped' | 'dead_lettered' | 'held';

type Waiting = Map<number, (outcome: SentOutcome) => void>;

export class Outcomes {
  readonly #waiting = new Map<string, Waiting>();

  constructor(northward: KafkaNorthward) {
    const ends = (outcome: SentOutcome, place: Omit<RecordPlace, 'partition'>): void => {
      this.#end(place.topic, place.offset, outcome);
    };
    northward.on('command-ignored', (record) => ends('ignored', record));
    northward.on('command-expired', ({ meta }) => ends('expired', meta));
    northward.on('command-duplicate', ({ meta }) => ends('duplicate', meta));
    northward.on('command-dropped', ({ meta }) => ends('dropped', meta));
    northward.on('decode-error', ({ record, outcome }) => {
      if (outcome === 'drop') ends('dropped', record);
    });
    northward.on('dead-letter', (place) => ends('dead_lettered', place));
    northward.on('offset-held', (place) => ends('held', place));
    northward.on('committed', (marks) => {
      for (const { topic, offset } of marks) this.#passed(topic, offset);
    });
  }

  /** Resolves when the record has its outcome; `done` when the mark that passes it is committed. */
  of(topic: string, offset: number): Promise<SentOutcome> {
    const waiting = this.#waiting.get(topic) ?? (new Map() as Waiting);
    this.#waiting.set(topic, waiting);
    return new Promise((resolve) => waiting.set(offset, resolve));
  }

  #passed(topic: string, mark: number): void {
    for (const offset of this.#waiting.get(topic)?.keys() ?? []) {
      if (offset < mark) this.#end(topic, offset, 'done');
    }
  }

  #end(topic: string, offset: number, outcome: SentOutcome): void {
    const waiting = this.#waiting.get(topic);
    waiting?.get(offset)?.(outcome);
    waiting?.delete(offset);
  }
}
