/**
 * Puts several events of a device into one record (`payload.pack`): a record costs far more than what one more event in it does. It
 * stands where messages are accepted: each has its room, and is counted, whether or not its record is on its way (contract §12).
 */
import type { ResolvedPacking } from '../../config/resolved-config.js';
import type { Id } from '../../api/uplink.js';
import type { Clock } from '../../core/clock.js';
import { DeadlineTimer } from '../../core/deadline-timer.js';
import { bytesOf, copyRecord } from '../../record/outgoing-record.js';
import type { Outcomes } from '../delivery/outcomes.js';
import type { QueueSize } from '../delivery/limits.js';
import type { Packing, PackingHooks } from '../delivery/packing.js';
import type { Pending } from '../delivery/pending.js';
import { OpenPack } from './open-pack.js';
import { PackedMessages } from './packed-messages.js';

/** A record begins with room for so many events like its first one, at most: an open one is memory that no bound counts. */
const MOST_EXPECTED = 8;

/** The records of one mapping that are open. */
class OpenPacks {
  readonly bounds: ResolvedPacking;
  readonly #byDevice = new Map<Id | null, OpenPack>();
  #oldest: OpenPack | null = null;
  #newest: OpenPack | null = null;
  /** How large the last one became: the next one may do the same. */
  #lastBytes = 0;

  constructor(bounds: ResolvedPacking) {
    this.bounds = bounds;
  }

  /** The first one whose time is up. */
  get oldest(): OpenPack | null {
    return this.#oldest;
  }

  of(deviceId: Id | null): OpenPack | undefined {
    return this.#byDevice.get(deviceId);
  }

  open(first: Pending, place: string | null, now: number): OpenPack {
    const expected = Math.min(this.#lastBytes, MOST_EXPECTED * (first.value?.length ?? 0));
    const pack = new OpenPack(first, place, now + this.bounds.maxWaitMs, expected);
    this.#byDevice.set(first.deviceId, pack);
    pack.older = this.#newest;
    if (this.#newest === null) this.#oldest = pack;
    else this.#newest.newer = pack;
    this.#newest = pack;
    return pack;
  }

  /** @returns false: it is not open any more */
  remove(pack: OpenPack): boolean {
    const { deviceId } = pack.first;
    if (this.#byDevice.get(deviceId) !== pack) return false;
    this.#byDevice.delete(deviceId);
    const { older, newer } = pack;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    this.#lastBytes = pack.bytes;
    return true;
  }
}

export class Packer implements Packing {
  readonly #clock: Clock;
  readonly #outcomes: Outcomes;
  readonly #hooks: PackingHooks;
  /** A mapping that has changed has bounds of its own, and mixes with no former one. */
  readonly #byBounds = new Map<ResolvedPacking, OpenPacks>();
  /** Where a record with a key is open, by topic and key. */
  readonly #byPlace = new Map<string, OpenPack>();
  readonly #timer: DeadlineTimer;
  readonly #queue: QueueSize;
  /** Events in records that are open, and their bytes in the room. */
  #waiting = 0;
  #waitingBytes = 0;
  /** Those that wait for the end of this turn only. */
  #urgent: OpenPack[] = [];
  #ended = false;

  constructor(queue: QueueSize, clock: Clock, outcomes: Outcomes, hooks: PackingHooks) {
    this.#queue = queue;
    this.#clock = clock;
    this.#outcomes = outcomes;
    this.#hooks = hooks;
    this.#timer = new DeadlineTimer(clock, (now) => {
      this.#closeDue(now);
    });
  }

  accepted(pending: Pending): void {
    const { pack } = pending;
    if (pack === null) {
      if (this.#byPlace.size > 0) this.#closeBefore(pending);
      this.#hooks.goesOn(pending);
      return;
    }
    const packs = this.#byBounds.get(pack) ?? this.#add(pack);
    const open = packs.of(pending.deviceId);
    if (open === undefined) this.#open(packs, pending);
    else if (open.isLike(pending) && open.bytesWith(pending) <= packs.bounds.maxBytes) {
      open.add(pending);
      this.#waiting += 1;
      this.#waitingBytes += pending.bytes;
      if (open.messages.length >= packs.bounds.maxEvents) this.#close(packs, open);
    } else {
      this.#close(packs, open);
      this.#open(packs, pending);
    }
  }

  /** Where others have filled the queue, their reports make room soon: closing at each of these moments would leave little packed. */
  full(): void {
    const { maxMessages, maxBytes } = this.#queue;
    if (2 * this.#waiting >= maxMessages || 2 * this.#waitingBytes >= maxBytes) this.closeAll();
  }

  /** What the host's logger publishes meanwhile may open others, which have their own time. */
  closeAll(): void {
    this.#timer.cancel();
    for (const packs of this.#byBounds.values()) {
      for (let oldest = packs.oldest; oldest !== null; oldest = packs.oldest) this.#close(packs, oldest);
    }
  }

  /** Mappings may be others from now on. */
  changed(): void {
    this.closeAll();
    for (const [bounds, packs] of this.#byBounds) if (packs.oldest === null) this.#byBounds.delete(bounds);
  }

  end(): void {
    this.#ended = true;
    this.closeAll();
    this.#hooks.roomMade();
  }

  #open(packs: OpenPacks, pending: Pending): void {
    const place = this.#closeBefore(pending);
    const { maxEvents, maxBytes } = packs.bounds;
    // Nothing can join it.
    if (this.#ended || maxEvents === 1 || pending.bytes > maxBytes) {
      this.#hooks.goesOn(pending);
      return;
    }
    const pack = packs.open(pending, place, this.#clock.monotonic());
    this.#waiting += 1;
    this.#waitingBytes += pending.bytes;
    if (place !== null) this.#byPlace.set(place, pack);
    this.#timer.armBy(pack.deadline);
    if (pending.untilStored) this.#closeSoon(pack);
  }

  /** Records of this topic and key that are open are older than the message: they go before it. @returns its place */
  #closeBefore({ topic, key }: Pending): string | null {
    if (key === null) return null;
    const place = `${topic}\0${key.toString('latin1')}`;
    const open = this.#byPlace.get(place);
    if (open !== undefined) {
      this.#closeOf(open);
    }
    return place;
  }

  /** What is to be on disk waits for nothing but what comes in the same turn. */
  #closeSoon(pack: OpenPack): void {
    this.#urgent.push(pack);
    if (this.#urgent.length > 1) return;
    this.#clock.soon(() => {
      const urgent = this.#urgent;
      this.#urgent = [];
      for (const each of urgent) {
        this.#closeOf(each);
      }
      this.#hooks.roomMade();
    });
  }

  #closeDue(now: number): void {
    let due = Infinity;
    for (const packs of this.#byBounds.values()) {
      for (let oldest = packs.oldest; oldest !== null && oldest.deadline <= now; oldest = packs.oldest)
        this.#close(packs, oldest);
      due = Math.min(due, packs.oldest?.deadline ?? Infinity);
    }
    this.#timer.armBy(due);
    this.#hooks.roomMade();
  }

  #add(bounds: ResolvedPacking): OpenPacks {
    const packs = new OpenPacks(bounds);
    this.#byBounds.set(bounds, packs);
    return packs;
  }

  #closeOf(pack: OpenPack): void {
    const packs = pack.first.pack === null ? undefined : this.#byBounds.get(pack.first.pack);
    if (packs !== undefined) this.#close(packs, pack);
  }

  /** Fine when it is closed. */
  #close(packs: OpenPacks, pack: OpenPack): void {
    if (!packs.remove(pack)) return;
    if (pack.place !== null) this.#byPlace.delete(pack.place);
    const { first, messages } = pack;
    this.#waiting -= messages.length;
    this.#waitingBytes -= pack.counted;
    if (messages.length === 1) {
      first.value = pack.close();
      this.#hooks.goesOn(first);
      return;
    }
    this.#hooks.goesOn(this.#recordOf(pack));
  }

  #recordOf(pack: OpenPack): Pending {
    const { first, messages, lengths, timestamps } = pack;
    const record = this.#hooks.take();
    copyRecord(record, first);
    record.value = pack.close();
    record.packed = { lengths, timestamps };
    record.events = messages.length;
    record.bytes = bytesOf(record);
    record.acceptedAt = first.acceptedAt;
    record.untilStored = first.untilStored;
    record.mustBeStored = first.mustBeStored;
    record.owner = new PackedMessages(messages, this.#outcomes, this.#hooks.release);
    this.#hooks.replace(messages, record);
    return record;
  }
}
