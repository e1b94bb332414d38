/** The one stream that all iterators share: each command goes to one of them. */
import type { Dispatcher } from './dispatcher.js';
import type { HostCommand } from './host-command.js';
import type { CommandStream } from './iterator.js';

export class DispatcherStream implements CommandStream {
  readonly #dispatcher: Dispatcher;
  /** In the order in which they began to wait. */
  readonly #waiters = new Set<() => void>();
  #ended = false;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(): HostCommand | undefined {
    return this.#ended ? undefined : this.#dispatcher.take();
  }

  wait(waiter: () => void): void {
    this.#waiters.add(waiter);
  }

  leave(waiter: () => void): void {
    this.#waiters.delete(waiter);
  }

  /** A command may be taken. */
  ready(): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter();
      return;
    }
  }

  /** Every loop comes to its end. */
  end(): void {
    this.#ended = true;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }
}
