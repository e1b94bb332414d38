/** How faults are told: as `error` events and to the host's logger. */
import type { Clock } from './clock.js';
import type { NorthwardError } from './errors.js';
import type { Events } from './events.js';
import { needsPerson } from './kafka/error-map.js';
import { RepeatLimiter } from './log-limiter.js';
import type { Logger } from './model.js';

/** The same cause is told at most once a minute, with the count of those held back (contract §7). */
export class Reporter {
  readonly #events: Events;
  readonly #logger: Logger;
  readonly #limiter: RepeatLimiter;

  constructor(events: Events, logger: Logger, clock: Clock) {
    this.#events = events;
    this.#logger = logger;
    this.#limiter = new RepeatLimiter(() => clock.monotonic());
  }

  error(error: NorthwardError): void {
    const held = this.#limiter.pass(`${error.code} ${error.message}`);
    if (held === null) return;
    const fields = { code: error.code, hint: error.hint, ...(held > 0 ? { repeated: held } : {}) };
    if (needsPerson(error.code)) this.#logger.error(error.message, fields);
    else this.#logger.warn(error.message, fields);
    this.#events.emit('error', error);
  }

  /** The next failure is news again. */
  wellAgain(): void {
    this.#limiter.clear();
  }
}
