/** The events of the object: typed, and safe for the library whatever a listener does. */
import { EventEmitter } from 'eventemitter3';
import { callHost } from './host-call.js';
import type { Logger } from '../api/uplink.js';
import type { NorthwardEvents, EventName, Listener } from '../api/events.js';

/** Every event, by name. */
const NAMES: Readonly<Record<keyof NorthwardEvents, true>> = {
  state: true,
  error: true,
  undelivered: true,
  delivered: true,
  lost: true,
  'command-ignored': true,
  'decode-error': true,
  'command-expired': true,
  'command-duplicate': true,
  'command-unanswerable': true,
  'command-dropped': true,
  'dead-letter': true,
  'offset-held': true,
  'partition-paused': true,
  'offset-reset': true,
  committed: true,
  rebalance: true,
};

export const EVENT_NAMES: readonly string[] = Object.keys(NAMES);

type AnyListener = (...args: unknown[]) => void;

/** An emitter whose listeners can neither throw nor reject into the library. */
export class Events {
  readonly #emitter = new EventEmitter();
  readonly #logger: Logger;
  /** Event → listener → what is registered in its place; the same for the same listener. */
  readonly #guards = new Map<EventName, WeakMap<object, AnyListener>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<E extends EventName>(event: E, listener: Listener<E>): void {
    this.#emitter.on(event, this.#guard(event, listener));
  }

  once<E extends EventName>(event: E, listener: Listener<E>): void {
    this.#emitter.once(event, this.#guard(event, listener));
  }

  off<E extends EventName>(event: E, listener: Listener<E>): void {
    this.#emitter.off(event, this.#guard(event, listener));
  }

  has(event: EventName): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  emit<E extends EventName>(event: E, ...args: NorthwardEvents[E]): void {
    this.#emitter.emit(event, ...args);
  }

  #guard<E extends EventName>(event: E, listener: Listener<E>): AnyListener {
    const guards = this.#guards.get(event) ?? new WeakMap<object, AnyListener>();
    this.#guards.set(event, guards);
    const known = guards.get(listener);
    if (known !== undefined) return known;
    const guarded: AnyListener = (...args) => {
      const call = (): unknown => listener(...(args as NorthwardEvents[E]));
      callHost(call, (error) => this.#threw(event, error));
    };
    guards.set(listener, guarded);
    return guarded;
  }

  #threw(event: EventName, error: unknown): void {
    this.#logger.error(`A listener of "${event}" threw`, { error });
  }
}
