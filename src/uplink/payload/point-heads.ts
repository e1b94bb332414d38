import { quote } from '../../mapping/json-text.js';
import type { Id } from '../../model.js';
import { Generations } from '../generations.js';
import type { Point } from '../points.js';

/** Point keys of one generation; hosts use the same few names for all devices. */
const MAX_KEYS = 4096;
/** Longer names are not kept, so that the cache stays small whatever the host sends. */
const MAX_KEY_LENGTH = 200;

interface Head {
  readonly pointId: Id | null;
  readonly text: string;
}

/** The text before a point's value, kept per point key: quoting five names costs a quarter of an event. */
export class PointHeads {
  readonly #heads = new Generations<string, Head>(MAX_KEYS);

  of({ pointId, pointKey }: Point): string {
    const known = this.#heads.get(pointKey);
    if (known !== undefined && known.pointId === pointId) return known.text;
    const text = `{"point_id":${idText(pointId)},"point_key":${quote(pointKey)},"value":`;
    if (pointKey.length <= MAX_KEY_LENGTH) this.#heads.set(pointKey, { pointId, text });
    return text;
  }
}

export function idText(id: Id | null): string {
  return typeof id === 'string' ? quote(id) : `${id}`;
}
