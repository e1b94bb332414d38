import type { Clock } from '../clock.js';
import type { DownlinkEvents } from '../downlink-events.js';

type Name = keyof DownlinkEvents;
type Payload<E extends Name> = DownlinkEvents[E][0];

export interface EventSink {
  has(event: Name): boolean;
  emit<E extends Name>(event: E, payload: Payload<E>): void;
}

/**
 * Tells events in a turn of their own, in order: a listener may call back at once without finding the downlink
 * in the middle of something. Nothing is built for an event that nobody listens to.
 */
export class Tell {
  readonly #clock: Clock;
  readonly #sink: EventSink;
  #waiting: Array<() => void> = [];
  #telling: Promise<void> | null = null;

  constructor(clock: Clock, sink: EventSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  tell<E extends Name>(event: E, payload: () => Payload<E>): void {
    if (!this.#sink.has(event)) return;
    const built = payload();
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

  /** Resolves when all has been told. */
  async told(): Promise<void> {
    while (this.#telling !== null) await this.#telling;
  }
}
