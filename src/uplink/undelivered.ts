/**
 * Tells failures as events, in a turn of their own: a listener may publish again at once without finding
 * the pipeline in the middle of something.
 */
import type { Clock } from '../clock.js';
import type { NorthwardError } from '../errors.js';
import type { Undelivered } from '../events.js';
import type { UplinkKind } from '../model.js';
import { headerTexts } from '../record/outgoing-record.js';
import { deviceOf } from './refusal.js';
import type { Pending } from './pending.js';

/** Where the events go now; `null`: nobody listens, so nothing is built. */
export type UndeliveredSink = () => ((message: Undelivered) => void) | null;

export class UndeliveredEvents {
  readonly #clock: Clock;
  readonly #sink: UndeliveredSink;
  #waiting: Undelivered[] = [];
  #telling: Promise<void> | null = null;

  constructor(clock: Clock, sink: UndeliveredSink) {
    this.#clock = clock;
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

  /** Resolves when all that was added until now has been told; listeners may add more. */
  told(): Promise<void> {
    return this.#telling ?? Promise.resolve();
  }

  #push(message: Undelivered): void {
    this.#waiting.push(message);
    this.#telling ??= new Promise((resolve) => {
      this.#clock.soon(() => {
        const messages = this.#waiting;
        this.#waiting = [];
        this.#telling = null;
        const emit = this.#sink();
        for (const each of messages) emit?.(each);
        resolve();
      });
    });
  }
}

function recordOf(pending: Pending): Undelivered['record'] {
  const { topic, key, value, timestampMs } = pending;
  if (topic === '' || value === null) return null;
  return { topic, key, value: Buffer.from(value), headers: headerTexts(pending), timestampMs };
}
