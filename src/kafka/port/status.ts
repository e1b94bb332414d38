/** Connection state of one side (contract §7). */
import type { NorthwardError } from '../../api/errors.js';
import type { ConnectionState, StateChange } from '../../api/events.js';

/** What a side waits for where nothing has failed. */
export interface Awaited {
  readonly text: string;
  readonly hint?: string;
}

const NO_ANSWER: Awaited = { text: 'no broker answered' };

/** What the connection's own machinery reads and writes of a status. */
export interface LinkStatus {
  readonly state: ConnectionState;
  connected(): void;
  trying(reason?: NorthwardError): void;
  failed(reason: NorthwardError): void;
  disconnected(): void;
}

export class ConnectionStatus implements LinkStatus {
  readonly #onChange: (change: StateChange) => void;
  #state: ConnectionState = 'disconnected';
  #reason: NorthwardError | undefined;
  #awaited = NO_ANSWER;
  #wasConnected = false;
  readonly #watchers = new Set<() => void>();
  #ended = false;

  constructor(onChange: (change: StateChange) => void) {
    this.#onChange = onChange;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The last reason; stays until the side is connected. */
  get reason(): NorthwardError | undefined {
    return this.#reason;
  }

  /** What it waits for, where there is no reason. */
  get awaited(): Awaited {
    return this.#awaited;
  }

  connected(): void {
    this.#wasConnected = true;
    this.#move('connected', undefined);
  }

  /** Trying: `connecting` before the first success, `reconnecting` after it. */
  trying(reason?: NorthwardError, awaited = NO_ANSWER): void {
    this.#awaited = awaited;
    this.#move(this.#wasConnected ? 'reconnecting' : 'connecting', reason ?? this.#reason);
  }

  failed(reason: NorthwardError): void {
    this.#move('failed', reason);
  }

  /** The end: an object lives once, and what comes late changes nothing. */
  disconnected(): void {
    this.#move('disconnected', undefined);
    this.#ended = true;
  }

  /** Waits until the side is connected, or has given up for good, or `over` aborts. */
  async waitConnected(over: AbortSignal): Promise<'connected' | 'given_up' | 'over'> {
    for (let waited = false; ; waited = true) {
      // What changes in the end is not waited for any more.
      if (waited && over.aborted) return 'over';
      if (this.#state === 'connected') return 'connected';
      if (this.#reason?.code === 'RETRIES_EXHAUSTED') return 'given_up';
      if (over.aborted) return 'over';
      await this.#changed(over);
    }
  }

  /** Calls back whenever the state has changed. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  /** Whoever waits no longer leaves nothing behind: an outage may be long, and the waits many. */
  #changed(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done);
        over.removeEventListener('abort', done);
        resolve();
      };
      this.#watchers.add(done);
      over.addEventListener('abort', done);
    });
  }

  #move(state: ConnectionState, reason: NorthwardError | undefined): void {
    if (this.#ended) return;
    const previous = this.#state;
    const givenUp = reason?.code === 'RETRIES_EXHAUSTED' && this.#reason !== reason;
    this.#reason = reason;
    if (state === previous && !givenUp) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
    this.#onChange({ state, previous, ...(reason === undefined ? {} : { reason }) });
  }
}

/** From bad to good; a side that is not enabled does not count. */
const ORDER: readonly ConnectionState[] = [
  'failed',
  'disconnected',
  'reconnecting',
  'connecting',
  'connected',
];

/** The worst of the enabled sides. */
export function worstOf(states: readonly ConnectionState[]): ConnectionState {
  return ORDER.find((state) => states.includes(state)) ?? 'disconnected';
}
