import type { LossCause } from '../api/store.js';
import type { Clock } from '../core/clock.js';
import type { DamagedSegments } from './kept-aside.js';
import type { Lane } from './lane.js';
import type { StoreFolder } from './store-folder.js';
import type { StoreOptions } from './port.js';

/** How far back the growth of the store is looked at. */
const GROWTH_MS = 60_000;

/** How large the store was. */
interface Sizes {
  /** Monotonic ms. */
  readonly at: number;
  readonly bytes: number;
  readonly lanes: ReadonlyMap<Lane, number>;
}

/** Keeps the store within its bounds: what is least important and oldest goes first. */
export class Quota {
  readonly #options: StoreOptions;
  readonly #clock: Clock;
  readonly #folder: StoreFolder;
  readonly #damaged: DamagedSegments;
  readonly #lanes: () => readonly Lane[];
  /** The store may be so large: as it was when the disk began to have less room than it should, else its own bound. */
  #cap: number;
  /** A bound is reached, and nothing may go. */
  #stuck = false;
  readonly #sizes: Sizes[] = [];
  /** When a bound was last met: something went for it, or was refused. Monotonic ms. */
  #metAt = -Infinity;
  /** When the first of these was that came no more than a minute apart; or the disk began to have too little room. */
  #metFrom = -Infinity;

  /** @param lanes all of them, those whose records go first before the others */
  constructor(
    options: StoreOptions,
    clock: Clock,
    folder: StoreFolder,
    damaged: DamagedSegments,
    lanes: () => readonly Lane[],
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#folder = folder;
    this.#damaged = damaged;
    this.#lanes = lanes;
    this.#cap = options.maxBytes;
  }

  get bytes(): number {
    let bytes = 0;
    for (const lane of this.#lanes()) bytes += lane.bytes;
    return bytes;
  }

  /** Whether a lane takes no record of so many bytes. */
  isFull(lane: Lane, bytes: number): boolean {
    const full = this.#isFull(lane, bytes);
    if (full) this.#meet();
    return full;
  }

  #meet(): void {
    const now = this.#clock.monotonic();
    if (this.fullAt === null) this.#metFrom = now;
    this.#metAt = now;
  }

  /** Since when it is at a bound, monotonic ms; `null`: it is at none. */
  get fullAt(): number | null {
    return this.isLow || this.#clock.monotonic() - this.#metAt <= GROWTH_MS ? this.#metFrom : null;
  }

  #isFull(lane: Lane, bytes: number): boolean {
    if (this.#stuck) return true;
    const rejects = this.#options.whenFull === 'reject_new';
    if (lane.options.evictable && !rejects) return false;
    if (lane.bytes + lane.unsyncedBytes + bytes > lane.options.maxBytes) return true;
    return rejects && this.bytes + lane.unsyncedBytes + bytes > this.#cap;
  }

  /** Before a lane writes so many bytes. Only while no commit is under way. */
  async makeWay(lane: Lane, bytes: number): Promise<void> {
    if (this.#options.whenFull === 'reject_new') return;
    this.#stuck = false;
    const own = lane.options;
    while (own.evictable && lane.bytes + bytes > own.maxBytes) {
      this.#meet();
      if (!(await lane.evictOldest('evicted'))) break;
    }
    const cause = this.#cap < this.#options.maxBytes ? 'disk_full' : 'evicted';
    while (this.bytes + bytes > this.#cap && !this.#stuck) {
      this.#stuck = !(await this.#evict(cause));
    }
  }

  /** The disk has said that it is full. @returns whether there is more room now */
  async onDiskFull(): Promise<boolean> {
    if (await this.#damaged.removeAll()) return true;
    return this.#options.whenFull === 'drop_oldest' && this.#evict('disk_full');
  }

  async #evict(cause: LossCause): Promise<boolean> {
    this.#meet();
    if (await this.#damaged.removeAll()) return true;
    for (const lane of this.#lanes()) {
      if (lane.options.evictable && (await lane.evictOldest(cause))) return true;
    }
    return false;
  }

  /** Every few seconds: looks at the disk, and at how the store grows. */
  async look(): Promise<void> {
    await this.#folder.look();
    const now = this.#clock.monotonic();
    const lanes = new Map(this.#lanes().map((lane) => [lane, lane.bytes]));
    this.#sizes.push({ at: now, bytes: this.bytes, lanes });
    while (this.#sizes.length > 1 && now - (this.#sizes[0]?.at ?? now) > GROWTH_MS) this.#sizes.shift();
    this.measure();
    if (this.bytes < this.#cap) this.#stuck = false;
  }

  /** Takes what is known of the disk into account. */
  measure(): void {
    const { freeBytes } = this.#folder;
    const { maxBytes, minFreeBytes } = this.#options;
    const low = freeBytes !== null && freeBytes < minFreeBytes;
    if (!low) this.#cap = maxBytes;
    else if (this.#cap === maxBytes) {
      this.#metFrom = this.fullAt ?? this.#clock.monotonic();
      this.#cap = Math.min(maxBytes - 1, this.bytes);
    }
  }

  /** Whether the disk has less room than it should. */
  get isLow(): boolean {
    return this.#cap < this.#options.maxBytes;
  }

  /** Until a bound is reached at the rate of the last minute, ms; 0: one was met in that time; `null`: nothing grows. */
  get fullInMs(): number | null {
    if (this.fullAt !== null) return 0;
    const [first] = this.#sizes;
    const last = this.#sizes.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return null;
    const { freeBytes } = this.#folder;
    const { maxBytes, minFreeBytes } = this.#options;
    const free = freeBytes === null ? Infinity : freeBytes - minFreeBytes;
    const left = [...last.lanes].map(([lane, bytes]) =>
      timeLeft(bytes - (first.lanes.get(lane) ?? 0), lane.options.maxBytes - bytes),
    );
    left.push(timeLeft(last.bytes - first.bytes, Math.min(maxBytes - last.bytes, free)));
    const least = Math.min(...left) * (last.at - first.at);
    return least === Infinity ? null : Math.max(0, Math.round(least));
  }
}

/** In units of the time in which it grew so much. */
function timeLeft(grown: number, room: number): number {
  return grown <= 0 ? Infinity : room / grown;
}
