import type { Lane } from './lane.js';
import type { LaneOptions, StoreOptions } from './port.js';

const PARKED = '.parked';
/** Parked is at most this part of a lane. */
const PARKED_SHARE = 4;
const FORMER_INTERVAL_MS = 200;

/** The lane that a lane of parked records belongs to. */
export function mainLaneOf(name: string): string {
  return name.endsWith(PARKED) ? name.slice(0, -PARKED.length) : name;
}

/** The lanes of a store, each with one beside it for what is parked. */
export class Lanes {
  readonly #options: StoreOptions;
  readonly #make: (options: LaneOptions) => Lane;
  readonly #lanes = new Map<string, Lane>();
  /** The most important first. */
  readonly #names: string[] = [];
  #all: readonly Lane[] = [];
  #leastFirst: readonly Lane[] = [];

  constructor(options: StoreOptions, make: (options: LaneOptions) => Lane) {
    this.#options = options;
    this.#make = make;
    for (const lane of options.lanes) this.#add(lane);
  }

  #add(options: LaneOptions): void {
    const { name, maxBytes } = options;
    const parked = { ...options, name: `${name}${PARKED}`, maxBytes: maxBytes / PARKED_SHARE };
    this.#names.push(name);
    for (const each of [options, parked]) this.#lanes.set(each.name, this.#make(each));
    this.#all = [...this.#lanes.values()];
    this.#leastFirst = this.#names.toReversed().flatMap((each) => [this.parked(each), this.named(each)]);
  }

  /** A lane, or one of parked records, that only a former configuration had is drained last. */
  addFormer(name: string): void {
    const base = mainLaneOf(name);
    if (this.#lanes.has(base)) return;
    const { maxBytes, lanes } = this.#options;
    this.#add({
      name: base,
      kinds: new Set(),
      storeAfterMs: 0,
      commitIntervalMs: FORMER_INTERVAL_MS,
      maxBytes,
      maxAgeMs: Math.max(...lanes.map(({ maxAgeMs }) => maxAgeMs)),
      evictable: true,
    });
  }

  get all(): readonly Lane[] {
    return this.#all;
  }

  get byImportance(): readonly Lane[] {
    return this.#names.map((name) => this.named(name));
  }

  /** In the order in which they give up records: parked ones before others, since nobody takes them. */
  get leastFirst(): readonly Lane[] {
    return this.#leastFirst;
  }

  parked(name: string): Lane {
    return this.named(`${name}${PARKED}`);
  }

  named(name: string): Lane {
    const lane = this.#lanes.get(name);
    if (lane === undefined) throw new Error(`The store has no lane "${name}".`);
    return lane;
  }

  /** Of the newest sync, ms; `null`: none yet. */
  get lastSyncMs(): number | null {
    const synced = this.all.filter(({ lastSync }) => lastSync !== null);
    const newest = synced.toSorted((a, b) => (b.lastSync?.at ?? 0) - (a.lastSync?.at ?? 0))[0];
    return newest?.lastSync?.tookMs ?? null;
  }
}
