/**
 * Recognises events that were already done, by their id (contract §6). An id is remembered only after success,
 * for a time and up to a number; the longest remembered goes first.
 */
import type { DownlinkEvent } from '../command-model.js';
import type { ResolvedDownlink } from '../config/resolve.js';

/** The place of a record: the same one is never its own duplicate. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

interface Memory<R> {
  readonly place: Place;
  readonly reply: R | undefined;
  /** Monotonic ms. */
  readonly at: number;
}

/** `R`: what is remembered of the reply. */
export class Dedupe<R> {
  readonly #settings: ResolvedDownlink['dedupe'];
  readonly #monotonic: () => number;
  readonly #done = new Map<string, Memory<R>>();

  constructor(settings: ResolvedDownlink['dedupe'], monotonic: () => number) {
    this.#settings = settings;
    this.#monotonic = monotonic;
  }

  /** The id that duplicates share; `null`: it has none, or duplicates are not looked for. */
  idOf(event: DownlinkEvent): string | null {
    if (!this.#settings.enabled) return null;
    const id = event.kind === 'command_received' ? event.data.commandId : event.data.requestId;
    return id === '' ? null : `${event.kind} ${id}`;
  }

  /** The event of this id is done. */
  remember(id: string, place: Place, reply: R | undefined): void {
    this.#done.delete(id);
    this.#done.set(id, { place, reply, at: this.#monotonic() });
    for (const oldest of this.#done.keys()) {
      if (this.#done.size <= this.#settings.maxEntries) break;
      this.#done.delete(oldest);
    }
  }

  /** What is remembered of the id, unless by this very record; `null`: it was not done, or too long ago. */
  find(id: string, place: Place): { readonly reply: R | undefined; readonly first: Place } | null {
    const memory = this.#done.get(id);
    if (memory === undefined) return null;
    if (this.#monotonic() - memory.at > this.#settings.windowMs) {
      this.#done.delete(id);
      return null;
    }
    return samePlace(memory.place, place) ? null : { reply: memory.reply, first: memory.place };
  }
}

function samePlace(a: Place, b: Place): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
}
