import { flat, quote } from '../../language/json/json-text.js';
import type { Id } from '../../api/uplink.js';
import { checkId } from '../event/check.js';
import { Generations } from '../../core/generations.js';
import type { Point } from '../event/points.js';

/** Point keys of one generation; hosts use the same few names for all devices. */
const MAX_KEYS = 4096;
/** Longer names and ids are not kept, so that the cache stays small whatever the host sends. */
const MAX_LENGTH = 200;

interface Head {
  /** The first id that came with the key. */
  readonly pointId: Id | null;
  /** The text up to the value, with that id: of the first point in a list, and of a further one. */
  readonly first: string;
  readonly next: string;
  /** The same from behind the id: many devices share their names, each with ids of its own. */
  readonly afterId: string;
}

const FIRST = '{"point_id":';
/** Ends the point before, too: fewer pieces make a faster text. */
const NEXT = '},{"point_id":';

/** The text before a point's value, kept per point key: quoting five names costs a quarter of an event. */
export class PointHeads {
  readonly #heads = new Generations<string, Head>(MAX_KEYS);

  /** The text up to the value; a further point's begins with the end of the one before. */
  of({ pointId, pointKey }: Point, isFirst: boolean): string {
    const head = this.#heads.get(pointKey) ?? this.#add(pointId, pointKey);
    if (head.pointId === pointId) return isFirst ? head.first : head.next;
    return (isFirst ? FIRST : NEXT) + idText(pointId) + head.afterId;
  }

  #add(pointId: Id | null, pointKey: string): Head {
    const afterId = flat(`,"point_key":${quote(pointKey)},"value":`);
    const id = idText(pointId);
    const head = { pointId, first: flat(FIRST + id + afterId), next: flat(NEXT + id + afterId), afterId };
    if (Math.max(pointKey.length, id.length) <= MAX_LENGTH) this.#heads.set(pointKey, head);
    return head;
  }
}

export function idText(id: Id | null): string {
  return typeof id === 'string' ? quote(id) : `${id === null ? null : checkId(id, 'pointId')}`;
}
