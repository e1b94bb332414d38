/**
 * Recognises events that were already done, by their id (contract §6). An id is remembered only after success,
 * for a time and up to a number; the longest remembered goes first. So do the replies, up to a number of bytes.
 */
import type { RecordPlace } from '../../api/events.js';
import { createHash } from 'node:crypto';
import type { DownlinkEvent } from '../../api/commands.js';
import type { ResolvedDownlink } from '../../config/resolve.js';
import { roughSize } from '../group/rough-size.js';
import type { Delivery, OwnedPartition } from '../group/partition.js';

/** About so many bytes of replies are remembered; an older id is still known, but no longer answered again. */
export const MAX_REPLY_BYTES = 33_554_432;

/** A longer id is remembered by its hash. */
const LONGEST_ID = 200;

interface Memory {
  readonly place: RecordPlace;
  /** Monotonic ms. */
  readonly at: number;
}

interface Remembered<R> {
  readonly reply: R;
  readonly bytes: number;
}

/** `R`: what is remembered of the reply. */
export class Dedupe<R> {
  readonly #settings: ResolvedDownlink['dedupe'];
  readonly #monotonic: () => number;
  readonly #done = new Map<string, Memory>();
  /** In the order of `#done`. */
  readonly #replies = new Map<string, Remembered<R>>();
  #replyBytes = 0;

  constructor(settings: ResolvedDownlink['dedupe'], monotonic: () => number) {
    this.#settings = settings;
    this.#monotonic = monotonic;
  }

  /** The id that duplicates share; `null`: it has none, or duplicates are not looked for. */
  idOf(event: DownlinkEvent): string | null {
    if (!this.#settings.enabled) return null;
    const id = event.kind === 'command_received' ? event.data.commandId : event.data.requestId;
    if (id === '') return null;
    return `${event.kind} ${id.length > LONGEST_ID ? createHash('sha256').update(id).digest('hex') : id}`;
  }

  /** The event of this id is done. */
  remember(id: string, place: RecordPlace, reply: R | undefined): void {
    this.#forget(id);
    this.#done.set(id, { place, at: this.#monotonic() });
    if (reply !== undefined) this.#keep(id, reply);
    for (const oldest of this.#done.keys()) {
      if (this.#done.size <= this.#settings.maxEntries) break;
      this.#forget(oldest);
    }
  }

  /** What is remembered of the id, unless by this very record; `null`: it was not done, or too long ago. */
  find(
    id: string,
    place: RecordPlace,
  ): { readonly reply: R | undefined; readonly first: RecordPlace } | null {
    const memory = this.#done.get(id);
    if (memory === undefined) return null;
    if (this.#monotonic() - memory.at > this.#settings.windowMs) {
      this.#forget(id);
      return null;
    }
    if (samePlace(memory.place, place)) return null;
    return { reply: this.#replies.get(id)?.reply, first: memory.place };
  }

  #keep(id: string, reply: R): void {
    const bytes = roughSize(reply);
    if (bytes > MAX_REPLY_BYTES) return;
    this.#replies.set(id, { reply, bytes });
    this.#replyBytes += bytes;
    for (const oldest of this.#replies.keys()) {
      if (this.#replyBytes <= MAX_REPLY_BYTES) break;
      this.#forgetReply(oldest);
    }
  }

  #forget(id: string): void {
    this.#done.delete(id);
    this.#forgetReply(id);
  }

  #forgetReply(id: string): void {
    this.#replyBytes -= this.#replies.get(id)?.bytes ?? 0;
    this.#replies.delete(id);
  }
}

function samePlace(a: RecordPlace, b: RecordPlace): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
}

interface Claim {
  readonly owner: Delivery;
  waiting: readonly Delivery[];
}

const NONE: readonly Delivery[] = [];

/** After so many claims the Map is made again. */
const CLAIMS_PER_MAP = 1_024;

/**
 * Which command of an id is being worked on: its duplicates wait for it (contract §6). Only a command whose turn it is
 * claims its id, so nothing waits in a circle.
 */
export class Claims {
  #claims = new Map<string, Claim>();
  /** Those that the Map has lost. */
  #released = 0;

  /** @returns false: another one has the id; this one waits until that one is finished. */
  claim(id: string, delivery: Delivery): boolean {
    const claim = this.#claims.get(id);
    if (claim === undefined) {
      this.#claims.set(id, { owner: delivery, waiting: NONE });
      return true;
    }
    if (claim.owner === delivery) return true;
    claim.waiting = [...claim.waiting, delivery];
    return false;
  }

  /** It is finished. @returns those that waited for it, in order. */
  release(delivery: Delivery): readonly Delivery[] {
    const { id } = delivery;
    const claim = id === null ? undefined : this.#claims.get(id);
    if (id === null || claim?.owner !== delivery) return NONE;
    this.#claims.delete(id);
    this.#released += 1;
    if (this.#released >= CLAIMS_PER_MAP) this.#renew();
    return claim.waiting;
  }

  /** One that goes on for long keeps V8 from seeing that the commands are gone (see LowWaterMark). */
  #renew(): void {
    this.#claims = new Map(this.#claims);
    this.#released = 0;
  }

  /** The partition is gone. @returns those of other partitions that waited for one of its commands. */
  drop(partition: OwnedPartition): readonly Delivery[] {
    const freed: Delivery[] = [];
    for (const [id, claim] of this.#claims) {
      claim.waiting = claim.waiting.filter((each) => each.partition !== partition);
      if (claim.owner.partition !== partition) continue;
      this.#claims.delete(id);
      freed.push(...claim.waiting);
    }
    return freed;
  }
}
