/** The events of the downlink, and what the logger hears of each. */
import { DeferredEvents } from '../core/deferred-events.js';
import type { Clock } from '../core/clock.js';
import type { DownlinkEvents, RecordPlace, OffsetResetReason } from '../api/events.js';
import type { LossLog } from '../observability/loss-log.js';

type Name = keyof DownlinkEvents;
type Payload<E extends Name> = DownlinkEvents[E][0];

export interface EventSink {
  has(event: Name): boolean;
  emit<E extends Name>(event: E, payload: Payload<E>): void;
}

/** What the logger hears of each event, whether or not anybody listens; `null`: nothing was lost. */
type Lines = { readonly [E in Name]: ((log: LossLog, payload: Payload<E>) => void) | null };

const RESET_REASONS: Readonly<Record<OffsetResetReason, string>> = {
  retention: 'the records in between were removed',
  truncated: 'the log has lost its end',
  recreated: 'the topic was deleted and created again',
  unknown: 'the log is another one, and nothing tells what is the same',
  'not-committed': 'nothing is committed and autoOffsetReset is latest',
};

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
  'offset-reset': (log, { topic, partition, from, to, reason }) => {
    const text = `reading goes on at ${to} instead of ${from}, because ${RESET_REASONS[reason]}`;
    log.note('offsetReset', `${topic} ${partition}`, { text });
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
 * Emits events: to the logger at once, to listeners in a turn of their own, in order, so that one may call back at once
 * without finding the downlink in the middle of something. Nothing is built for an event of which nobody hears.
 */
export class DownlinkEmitter {
  readonly #sink: EventSink;
  readonly #log: LossLog;
  readonly #deferred: DeferredEvents;

  constructor(clock: Clock, sink: EventSink, log: LossLog) {
    this.#deferred = new DeferredEvents(clock);
    this.#sink = sink;
    this.#log = log;
  }

  /** Whether a listener is there. */
  hears(event: Name): boolean {
    return this.#sink.has(event);
  }

  emit<E extends Name>(event: E, payload: () => Payload<E>): void {
    const line = LINES[event];
    const heard = this.#sink.has(event);
    if (line === null && !heard) return;
    const built = payload();
    line?.(this.#log, built);
    if (!heard) return;
    this.#deferred.add(() => {
      this.#sink.emit(event, built);
    });
  }

  /** Resolves when listeners have heard all. */
  allHeard(): Promise<void> {
    return this.#deferred.told();
  }
}
