/** Since when a side is not connected: the beginning of the outage, whatever states it goes through. */
import type { Clock } from '../core/clock.js';
import type { ConnectionStatus } from '../kafka/port/status.js';
import type { ConnectionFacts } from './health.js';

export class ConnectionWatch {
  readonly #status: ConnectionStatus;
  /** Monotonic ms; `null`: it is connected, or was not started. */
  #downAt: number | null = null;

  constructor(status: ConnectionStatus, clock: Clock) {
    this.#status = status;
    status.watch(() => {
      if (status.state === 'connected') this.#downAt = null;
      else this.#downAt ??= clock.monotonic();
    });
  }

  /** @param ended there is no client, and none will be made */
  facts(ended: boolean): ConnectionFacts {
    const { state, reason, awaited } = this.#status;
    return { state, downAt: this.#downAt, reason, awaited, ended };
  }
}
