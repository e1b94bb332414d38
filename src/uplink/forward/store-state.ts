/** Whether the store works, and what keeps it from that: for errors, `metrics()` and `health()`. */
import type { NorthwardError } from '../../api/errors.js';
import type { StoreMetrics } from '../../api/store.js';
import type { Clock } from '../../core/clock.js';
import type { StoreFacts } from '../../observability/health.js';
import type { Store } from '../../store/port.js';

export class StoreState {
  readonly #store: Store;
  readonly #clock: Clock;
  #trouble: { readonly error: NorthwardError; readonly at: number } | null = null;
  /** A fault of the library: it will never work. */
  broken = false;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  degraded(error: NorthwardError): void {
    this.#trouble = { error, at: this.#trouble?.at ?? this.#clock.monotonic() };
  }

  /** @returns whether there was trouble before */
  works(): boolean {
    const wasDegraded = this.#trouble !== null;
    this.#trouble = null;
    return wasDegraded;
  }

  /** Why it does not work. */
  get why(): string {
    return this.#trouble?.error.message ?? 'the store is not open';
  }

  get metrics(): StoreMetrics {
    const metrics = this.#store.metrics();
    const { state } = metrics;
    // Nobody waits for it to open any more.
    return state === 'opening' && this.#trouble !== null ? { ...metrics, state: 'degraded' } : metrics;
  }

  /** What `health()` looks at. */
  get facts(): Omit<StoreFacts, 'rejects'> {
    const { working, fullAt } = this.#store;
    const { fullInMs } = this.#store.metrics();
    return {
      state: working ? 'working' : this.#trouble === null ? 'opening' : 'degraded',
      trouble: this.#trouble,
      broken: this.broken,
      fullInMs,
      fullAt,
    };
  }

  /** Messages on disk that are not done. */
  get onDisk(): number {
    return this.#store.metrics().lanes.reduce((sum, { messages }) => sum + messages, 0);
  }
}
