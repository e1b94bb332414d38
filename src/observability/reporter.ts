/** How faults are told: as `error` events and to the host's logger. */
import type { Clock } from '../core/clock.js';
import type { NorthwardError } from '../api/errors.js';
import type { Events } from '../core/emitter.js';
import { needsPerson } from '../kafka/port/codes.js';
import { RepeatLimiter, within, type Occurrences } from '../core/log-limiter.js';
import type { Logger } from '../api/uplink.js';

/** The same cause is told at most once a minute, with the count of those held back (contract §7). */
export class Reporter {
  readonly #events: Events;
  readonly #logger: Logger;
  readonly #limiter: RepeatLimiter<NorthwardError>;
  #ending = false;

  constructor(events: Events, logger: Logger, clock: Clock) {
    this.#events = events;
    this.#logger = logger;
    this.#limiter = new RepeatLimiter(clock, (error, occurrences) => {
      this.#tell(error, occurrences);
    });
  }

  error(error: NorthwardError): void {
    this.#limiter.note(`${error.code} ${error.message}`, error);
  }

  /** The next failure is news again. */
  wellAgain(): void {
    this.#ending = true;
    this.#limiter.clear();
    this.#ending = false;
  }

  /** Tells what is pending. */
  close(): void {
    this.#ending = true;
    this.#limiter.close();
    this.#ending = false;
  }

  #tell(error: NorthwardError, { count, withinMs }: Occurrences): void {
    const { code, hint, message } = error;
    const level = needsPerson(code) ? 'error' : 'warn';
    if (withinMs === null) this.#logger[level](message, { code, hint });
    else {
      const times = count === 1 ? 'once more' : `${count} more times`;
      this.#logger[level](`${message} (${times} ${within(withinMs)})`, { code, hint, repeated: count });
    }
    // What is over is no event any more.
    if (!this.#ending) this.#events.emit('error', error);
  }
}
