import type { LossCause } from '../api/store.js';
import type { DataGap } from './port.js';

const MOST_GAPS = 256;

/** What Kafka is still to be told of the losses. */
export class Gaps {
  #gaps: DataGap[];
  #lastId: number;

  constructor(gaps: readonly DataGap[] = []) {
    this.#gaps = [...gaps];
    this.#lastId = gaps.reduce((highest, { id }) => Math.max(highest, id), 0);
  }

  get all(): readonly DataGap[] {
    return this.#gaps;
  }

  /** Neighbours become one, with an id of its own: who tells Kafka of one of them now tells too much later, never too little. */
  add(
    lane: string,
    kind: DataGap['kind'],
    cause: LossCause,
    count: number,
    fromMs: number | null,
    toMs: number | null,
    before: number,
  ): void {
    this.#lastId += 1;
    const gap = { id: this.#lastId, lane, kind, fromMs, toMs, count, cause, before };
    const neighbour = this.#gaps.findLast((other) => isAlike(other, gap));
    if (neighbour !== undefined) this.#replace([neighbour], merged(neighbour, gap));
    else this.#gaps.push(gap);
    while (this.#gaps.length > MOST_GAPS) this.#shorten();
  }

  /** @returns false: it is not there any more */
  acknowledge(id: number): boolean {
    const left = this.#gaps.filter((gap) => gap.id !== id);
    const found = left.length < this.#gaps.length;
    this.#gaps = left;
    return found;
  }

  /** The two oldest that can become one do, even where the kind is not the same, or the lane. */
  #shorten(): void {
    const [oldest] = this.#gaps;
    if (oldest === undefined) return;
    const others = this.#gaps.slice(1);
    const other = others.find(({ lane }) => lane === oldest.lane) ?? others[0];
    if (other !== undefined) this.#replace([oldest, other], merged(oldest, other));
  }

  #replace(old: readonly DataGap[], gap: DataGap): void {
    this.#lastId += 1;
    this.#gaps = this.#gaps.filter((other) => !old.includes(other));
    this.#gaps.push({ ...gap, id: this.#lastId });
  }
}

function isAlike(a: DataGap, b: DataGap): boolean {
  return a.lane === b.lane && a.kind === b.kind && a.cause === b.cause;
}

function merged(a: DataGap, b: DataGap): DataGap {
  return {
    ...b,
    kind: a.kind === b.kind ? a.kind : 'unknown',
    fromMs: either(a.fromMs, b.fromMs, Math.min),
    toMs: either(a.toMs, b.toMs, Math.max),
    count: a.count + b.count,
    before: a.lane === b.lane ? Math.max(a.before, b.before) : b.before,
  };
}

function either(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  if (a === null) return b;
  return b === null ? a : choose(a, b);
}
