/** `commands()`: hands commands to one loop of the host (contract §6). */
import type { Command, CommandsOptions } from '../../api/commands.js';
import type { HostCommand } from './host-command.js';
import { CommandError } from '../../api/errors.js';

/** Where the iterators get their commands. */
export interface CommandStream {
  take(): HostCommand | undefined;
  /** Calls back when a command may be ready, or the stream has ended. */
  wait(waiter: () => void): void;
  /** A waiter that no longer waits, or that leaves something for others. */
  leave(waiter: () => void): void;
  readonly ended: boolean;
}

type Result = IteratorResult<Command, undefined>;
const DONE: Result = Object.freeze({ done: true, value: undefined });

export class CommandIterator implements AsyncIterableIterator<Command, undefined> {
  readonly #stream: CommandStream;
  readonly #manualAck: boolean;
  readonly #signal: AbortSignal | undefined;
  /** Calls of `next()` that wait, in order. */
  readonly #calls: Array<(result: Result) => void> = [];
  /** In the loop's hands; more than one only where `next()` is called again before it has resolved. */
  #current: HostCommand[] = [];
  #waiting = false;
  #ended = false;

  constructor(stream: CommandStream, { signal, manualAck }: CommandsOptions) {
    this.#stream = stream;
    this.#manualAck = manualAck === true;
    this.#signal = signal;
    if (signal?.aborted === true) this.#ended = true;
    else signal?.addEventListener('abort', this.#onAbort);
  }

  next(): Promise<Result> {
    // Without taking the list apart: there is one at a time, thousands a second.
    for (let command = this.#current.pop(); command !== undefined; command = this.#current.pop()) {
      command.acknowledge();
    }
    if (this.#over) {
      this.#end();
      return Promise.resolve(DONE);
    }
    const command = this.#calls.length === 0 ? this.#stream.take() : undefined;
    if (command !== undefined) return Promise.resolve(this.#handOut(command));
    return new Promise((resolve) => {
      this.#calls.push(resolve);
      this.#wait();
    });
  }

  /** The loop was left. */
  return(): Promise<Result> {
    const message = 'The loop was left before the command was acknowledged';
    return this.throw(new CommandError('COMMAND_FAILED', message));
  }

  throw(error?: unknown): Promise<Result> {
    for (const command of this.#current.splice(0)) command.giveBack(error);
    this.#end();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get #over(): boolean {
    return this.#ended || this.#stream.ended;
  }

  #handOut(command: HostCommand): Result {
    if (!this.#manualAck) this.#current.push(command);
    return { done: false, value: command as unknown as Command };
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#stream.wait(this.#onReady);
  }

  readonly #onReady = (): void => {
    this.#waiting = false;
    while (this.#calls.length > 0 && !this.#over) {
      const command = this.#stream.take();
      if (command === undefined) {
        this.#wait();
        return;
      }
      this.#calls.shift()?.(this.#handOut(command));
    }
    // The host's signal may outlive this object many times over.
    if (this.#over) this.#end();
  };

  readonly #onAbort = (): void => {
    this.#end();
  };

  #end(): void {
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#stream.leave(this.#onReady);
    for (const call of this.#calls.splice(0)) call(DONE);
  }
}

/** The one stream that all iterators share: each command goes to one of them. */
export class SharedStream implements CommandStream {
  readonly #source: Pick<CommandStream, 'take'>;
  /** In the order in which they began to wait. */
  readonly #waiters = new Set<() => void>();
  #ended = false;

  constructor(source: Pick<CommandStream, 'take'>) {
    this.#source = source;
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(): HostCommand | undefined {
    return this.#ended ? undefined : this.#source.take();
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
