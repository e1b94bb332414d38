/** How stored messages end, as events and log lines: each once, in a turn of its own. */
import type { Clock } from '../../core/clock.js';
import { DeferredEvents } from '../../core/deferred-events.js';
import type { DeliveredEvent, LostEvent } from '../../api/events.js';
import type { LossCause } from '../../api/store.js';
import type { DeliveredReceipt } from '../../api/uplink.js';
import type { LossLog } from '../../observability/loss-log.js';
import { messageIdAfter, type LostRecord } from '../../store/port.js';

/** Ids that one event lists. */
const MOST_IDS = 1_000;

/** Where the events go now; `null`: nobody listens, so nothing is built. */
export interface StoredEventSinks {
  readonly delivered: () => ((event: DeliveredEvent) => void) | null;
  readonly lost: () => ((event: LostEvent) => void) | null;
}

export class StoredEvents {
  readonly #sinks: StoredEventSinks;
  readonly #losses: LossLog;
  readonly #deferred: DeferredEvents;

  constructor(clock: Clock, sinks: StoredEventSinks, losses: LossLog) {
    this.#sinks = sinks;
    this.#losses = losses;
    this.#deferred = new DeferredEvents(clock);
  }

  /**
   * @param idOf asked only where somebody listens
   * @param events that the record holds: an event for each
   */
  delivered(
    idOf: () => string,
    events: number,
    lane: string,
    receipt: DeliveredReceipt,
    former: boolean,
  ): void {
    if (this.#sinks.delivered() === null) return;
    const first = idOf();
    for (let index = 0; index < events; index += 1) {
      const event = {
        id: messageIdAfter(first, index),
        lane,
        receipt: index === 0 ? receipt : { ...receipt },
        ...(former ? { former } : {}),
      };
      this.#deferred.add(() => this.#sinks.delivered()?.(event));
    }
  }

  /** @param count how many events they are: more than `records` have where nothing tells which they were */
  lost(
    lane: string,
    cause: LossCause,
    records: readonly LostRecord[],
    count: number,
    idOf: (lost: LostRecord) => string,
  ): void {
    if (count === 0) return;
    this.#losses.note('lostFromStore', `${lane} (${cause})`, { count });
    if (this.#sinks.lost() === null) return;
    const former = records.filter((record) => record.former);
    const ofThisLife = records.filter((record) => !record.former);
    const tell = (own: readonly LostRecord[], of: number, isFormer: boolean): void => {
      if (of === 0) return;
      const ids = idsOf(own, idOf);
      const event = { ids, count: of, cause, lane, ...(isFormer ? { former: true as const } : {}) };
      this.#deferred.add(() => this.#sinks.lost()?.(event));
    };
    const ofFormerLives = eventsOf(former);
    tell(former, ofFormerLives, true);
    tell(ofThisLife, count - ofFormerLives, false);
  }

  /** Resolves when all has been told. */
  told(): Promise<void> {
    return this.#deferred.told();
  }
}

function eventsOf(records: readonly LostRecord[]): number {
  return records.reduce((sum, { events }) => sum + events, 0);
}

/** One for each event, as many as are listed. */
function idsOf(records: readonly LostRecord[], idOf: (lost: LostRecord) => string): string[] {
  const ids: string[] = [];
  for (const record of records) {
    const first = idOf(record);
    for (let index = 0; index < record.events; index += 1) {
      if (ids.length === MOST_IDS) return ids;
      ids.push(messageIdAfter(first, index));
    }
  }
  return ids;
}
