import { quote } from '../../mapping/json-text.js';
import type { Id } from '../../model.js';
import { Generations } from '../generations.js';
import type { Point } from '../points.js';

/** Point keys of one generation; hosts use the same few names for all devices. */
const MAX_KEYS = 4096;
/** Longer names are not kept, so that the cache stays small whatever the host sends. */
const MAX_KEY_LENGTH = 200;

interface Head {
  /** The first id that came with the key. */
  readonly pointId: Id | null;
  /** The text up to the value, with that id. */
  readonly text: string;
  /** The same from behind the id: many devices share their names, each with ids of its own. */
  readonly afterId: string;
}

/** The text before a point's value, kept per point key: quoting five names costs a quarter of an event. */
export class PointHeads {
  readonly #heads = new Generations<string, Head>(MAX_KEYS);

  of({ pointId, pointKey }: Point): string {
    const head = this.#heads.get(pointKey) ?? this.#add(pointId, pointKey);
    return head.pointId === pointId ? head.text : headText(pointId, head.afterId);
  }

  #add(pointId: Id | null, pointKey: string): Head {
    const afterId = `,"point_key":${quote(pointKey)},"value":`;
    const head = { pointId, text: headText(pointId, afterId), afterId };
    if (pointKey.length <= MAX_KEY_LENGTH) this.#heads.set(pointKey, head);
    return head;
  }
}

function headText(pointId: Id | null, afterId: string): string {
  return '{"point_id":' + idText(pointId) + afterId;
}

export function idText(id: Id | null): string {
  return typeof id === 'string' ? quote(id) : `${id}`;
}
