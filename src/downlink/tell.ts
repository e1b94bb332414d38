import type { Clock } from '../clock.js';
import type { DownlinkEvents, RecordPlace } from '../downlink-events.js';
import type { LossLog } from '../loss-log.js';

type Name = keyof DownlinkEvents;
type Payload<E extends Name> = DownlinkEvents[E][0];

export interface EventSink {
  has(event: Name): boolean;
  emit<E extends Name>(event: E, payload: Payload<E>): void;
}

/** What the logger hears of each event, whether or not anybody listens; `null`: nothing was lost. */
type Lines = { readonly [E in Name]: ((log: LossLog, payload: Payload<E>) => void) | null };

const LINES: Lines = {
  'command-ignored': (log, { topic }) => {
    log.note('ignored', topic);
  },
  'decode-error': (log, { error, record, outcome }) => {
    log.note(outcome === 'drop' ? 'undecodableDropped' : 'undecodable', record.topic, {
      error,
      text: placeOf(record),
    });
  },
  'command-expired': (log, { kind, meta }) => {
    log.note('expired', `${meta.topic}, ${kind}`, { text: placeOf(meta) });
  },
  'command-duplicate': (log, { kind, meta, first }) => {
    const text = `${placeOf(meta)}, done at ${first.topic} ${placeOf(first)}`;
    log.note('duplicate', `${meta.topic}, ${kind}`, { text });
  },
  'command-unanswerable': null,
  'command-dropped': (log, { meta, error }) => {
    log.note('dropped', meta.topic, { error });
  },
  'dead-letter': (log, event) => {
    log.note('deadLettered', event.topic, { error: event.error, text: placeOf(event) });
  },
  'offset-held': (log, event) => {
    log.note('held', event.topic, { error: event.error, text: placeOf(event) });
  },
  'partition-paused': (log, { topic, partition, mark, unfinished, held }) => {
    const text = `${unfinished} unfinished and ${held} held behind offset ${mark}`;
    log.note('paused', `${topic} ${partition}`, { text });
  },
  'offset-reset': (log, { topic, partition, from, to }) => {
    log.note('offsetReset', `${topic} ${partition}`, { text: `reading goes on at ${to} instead of ${from}` });
  },
  committed: null,
  rebalance: (log, event) => {
    log.rebalance(event);
  },
};

function placeOf({ partition, offset }: RecordPlace): string {
  return `partition ${partition} offset ${offset}`;
}

/**
 * Tells events: the logger at once, listeners in a turn of their own, in order, so that one may call back at once
 * without finding the downlink in the middle of something. Nothing is built for an event of which nobody hears.
 */
export class Tell {
  readonly #clock: Clock;
  readonly #sink: EventSink;
  readonly #log: LossLog;
  #waiting: Array<() => void> = [];
  #telling: Promise<void> | null = null;

  constructor(clock: Clock, sink: EventSink, log: LossLog) {
    this.#clock = clock;
    this.#sink = sink;
    this.#log = log;
  }

  /** Whether a listener is there. */
  hears(event: Name): boolean {
    return this.#sink.has(event);
  }

  tell<E extends Name>(event: E, payload: () => Payload<E>): void {
    const line = LINES[event];
    const heard = this.#sink.has(event);
    if (line === null && !heard) return;
    const built = payload();
    line?.(this.#log, built);
    if (heard) this.#later(event, built);
  }

  /** Resolves when all has been told. */
  async told(): Promise<void> {
    while (this.#telling !== null) await this.#telling;
  }

  #later<E extends Name>(event: E, built: Payload<E>): void {
    this.#waiting.push(() => {
      this.#sink.emit(event, built);
    });
    this.#telling ??= new Promise((resolve) => {
      this.#clock.soon(() => {
        const waiting = this.#waiting;
        this.#waiting = [];
        this.#telling = null;
        for (const each of waiting) each();
        resolve();
      });
    });
  }
}
