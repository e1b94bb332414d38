/** While a person is needed, a changed secret or TLS file may fix the connection: contract §2. */
import { pause, type Clock } from '../../core/clock.js';
import { libraryFault, type TellFault } from '../../core/fault.js';
import { backoffMs, type RetryPolicy } from '../../core/backoff.js';

export interface SecretWatchOptions {
  readonly clock: Clock;
  /** How often to look. */
  readonly policy: RetryPolicy;
  readonly stopping: AbortSignal;
  /** Nobody needs it any more. */
  readonly over: () => boolean;
  readonly changed: () => Promise<boolean>;
  readonly onChanged: () => void;
  readonly onFault: TellFault;
}

export class SecretWatch {
  readonly #options: SecretWatchOptions;
  #watching: Promise<void> | undefined;

  constructor(options: SecretWatchOptions) {
    this.#options = options;
  }

  /** Looks, at growing intervals, until something changed or nobody needs it. */
  start(): void {
    this.#watching ??= this.#watch()
      .catch((cause: unknown) => {
        this.#options.onFault(libraryFault('Watching the secrets', cause));
      })
      .finally(() => {
        this.#watching = undefined;
      });
  }

  /** Resolves when it does nothing more; abort `stopping` first. */
  async ended(): Promise<void> {
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { clock, policy, stopping, over, changed, onChanged } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      await pause(clock, backoffMs(policy, Math.min(attempt, 30)), stopping);
      if (stopping.aborted || over()) return;
      // What cannot be read at the moment is not there to be used.
      if (!(await changed().catch(() => false))) continue;
      onChanged();
      return;
    }
  }
}
