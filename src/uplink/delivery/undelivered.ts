/**
 * Tells failures as events, in a turn of their own: a listener may publish again at once without finding
 * the pipeline in the middle of something.
 */
import { DeferredEvents } from '../../core/deferred-events.js';
import type { Clock } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import type { Undelivered } from '../../api/events.js';
import type { UplinkKind } from '../../api/uplink.js';
import { headerTexts } from '../../record/outgoing-record.js';
import { deviceOf } from '../event/refusal.js';
import type { Pending } from './pending.js';

/** Where the events go now; `null`: nobody listens, so nothing is built. */
export type UndeliveredSink = () => ((message: Undelivered) => void) | null;

export class UndeliveredEvents {
  readonly #sink: UndeliveredSink;
  readonly #deferred: DeferredEvents;

  constructor(clock: Clock, sink: UndeliveredSink) {
    this.#deferred = new DeferredEvents(clock);
    this.#sink = sink;
  }

  /** Call before the record goes back to the pool. */
  add(pending: Pending, kind: UplinkKind, error: NorthwardError): void {
    if (this.#sink() === null) return;
    const { deviceId, deviceName } = error;
    this.#push({ error, kind, deviceId, deviceName, record: recordOf(pending) });
  }

  /** An event that did not even enter the pipeline. */
  addRefused(kind: UplinkKind, data: unknown, error: NorthwardError): void {
    if (this.#sink() === null) return;
    this.#push({ error, kind, ...deviceOf(data), record: null });
  }

  /** Resolves when all has been told. */
  told(): Promise<void> {
    return this.#deferred.told();
  }

  #push(message: Undelivered): void {
    this.#deferred.add(() => this.#sink()?.(message));
  }
}

function recordOf(pending: Pending): Undelivered['record'] {
  const { topic, key, value, timestampMs } = pending;
  if (topic === '' || value === null) return null;
  return { topic, key, value: Buffer.from(value), headers: headerTexts(pending), timestampMs };
}
