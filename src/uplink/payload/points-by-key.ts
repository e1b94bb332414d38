import { compareCodePoints, flat, quote } from '../../language/json/json-text.js';
import { Generations } from '../../core/generations.js';
import type { Point } from '../event/points.js';

/** Keys of one generation whose texts are kept. Longer ones are not. */
const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 200;

/** First keys of one generation. */
const MAX_FIRST_KEYS = 1024;
/** Lists with the same first key: kinds of devices that share names. */
const MAX_LISTS = 4;
/** Where they are more, lists hardly repeat, so that keeping each costs more than it brings: one in so many is. */
const KEEP_ONE_IN = 16;
/** Characters of all lists of one generation. */
const MAX_TEXTS = 4_000_000;
/** Larger lists are not kept, so that the cache stays small whatever the host sends. */
const MAX_POINTS = 1024;
const MAX_LIST_LENGTH = 100_000;
/** What a point takes beside its key, in characters. */
const POINT_LENGTH = 16;

/** How the points of a list are written by key: the last one of each key, in code-point order of the keys. */
export interface KeyOrder {
  /** The keys of the whole list. */
  readonly keys: readonly string[];
  /** Places in the list, in the order of writing. */
  readonly places: readonly number[];
  /** The text before the value, in the order of writing: `"a":`, then `,"b":`. */
  readonly heads: readonly string[];
}

/** The points of all groups, one group after the other. */
export function allPoints(groups: readonly (readonly Point[])[]): readonly Point[] {
  const [only] = groups;
  return groups.length === 1 && only !== undefined ? only : groups.flat();
}

/** The text before a value, of the first member and of a further one. */
interface Head {
  readonly first: string;
  readonly next: string;
}

/** Keeps the order of lists of keys that repeat, and the texts of keys: both cost more than the rest of an event. */
export class PointsByKey {
  readonly #orders = new Generations<string, readonly KeptOrder[]>(MAX_FIRST_KEYS, MAX_TEXTS, lengthOf);
  readonly #heads = new Generations<string, Head>(MAX_KEYS);
  /** Lists that came where others had taken all places. */
  #crowded = 0;

  /** Reads the key of each point. */
  orderOf(points: readonly Point[]): KeyOrder {
    const [first] = points;
    if (first === undefined) return NO_POINTS;
    const known = this.#orders.get(first.pointKey);
    if (known !== undefined) {
      for (const order of known) if (isOrderOf(order, points)) return order;
    }
    return this.#add(points, known);
  }

  #add(points: readonly Point[], known: readonly KeptOrder[] = []): KeyOrder {
    const order = this.#make(points);
    if (known.length === MAX_LISTS && ++this.#crowded % KEEP_ONE_IN !== 0) return order;
    const [first] = order.keys;
    if (first !== undefined && points.length <= MAX_POINTS && order.length <= MAX_LIST_LENGTH) {
      this.#orders.set(first, [order, ...known.slice(0, MAX_LISTS - 1)]);
    }
    return order;
  }

  #make(points: readonly Point[]): KeptOrder {
    const keys: string[] = [];
    const latest = new Map<string, number>();
    let length = points.length * POINT_LENGTH;
    for (const { pointKey } of points) {
      latest.set(pointKey, keys.length);
      keys.push(pointKey);
      length += 2 * pointKey.length;
    }
    const places: number[] = [];
    const heads: string[] = [];
    for (const key of [...latest.keys()].sort(compareCodePoints)) {
      const head = this.#heads.get(key) ?? this.#addHead(key);
      heads.push(places.length === 0 ? head.first : head.next);
      places.push(latest.get(key) ?? 0);
    }
    return { keys, places, heads, length };
  }

  #addHead(key: string): Head {
    const first = flat(quote(key) + ':');
    const head = { first, next: flat(',' + first) };
    if (key.length <= MAX_KEY_LENGTH) this.#heads.set(key, head);
    return head;
  }
}

interface KeptOrder extends KeyOrder {
  /** Characters of its keys and heads, roughly. */
  readonly length: number;
}

const NO_POINTS: KeyOrder = { keys: [], places: [], heads: [] };

function isOrderOf({ keys }: KeyOrder, points: readonly Point[]): boolean {
  if (keys.length !== points.length) return false;
  for (let i = 0; i < keys.length; i += 1) if (keys[i] !== points[i]?.pointKey) return false;
  return true;
}

function lengthOf(_first: string, orders: readonly KeptOrder[]): number {
  let length = 0;
  for (const order of orders) length += order.length;
  return length;
}
