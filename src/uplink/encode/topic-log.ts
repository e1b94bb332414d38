import type { RecordRoute } from './record-route.js';

/** Beyond this many topics neither the count grows nor collisions are looked for. */
const MAX_TOPICS = 10_000;

/** Longer renderings are not remembered. */
const MAX_RENDERING = 1_000;

/** From about here on small batches, and what the client does for each topic, are what takes the time. */
const MANY_TOPICS = 1_000;

/** So many pairs that collide are told; whoever has more has heard of it. */
const MAX_PAIRS_TOLD = 100;

type Warn = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/**
 * Remembers which renderings became which topic, to warn once where two became the same, or where Kafka takes two for the
 * same: it refuses to make a topic that differs from another one by `.` and `_` only. Bounded.
 */
export class TopicLog {
  /** Topic → its first rendering; `null` once it was warned about. */
  readonly #renderings = new Map<string, string | null>();
  /** What Kafka compares → the first topic of that. */
  readonly #firsts = new Map<string, string>();
  #pairsTold = 0;
  readonly #warn: Warn;

  /** @param others topics that are used beside those of the uplink */
  constructor(warn: Warn, others: readonly string[] = []) {
    this.#warn = warn;
    for (const topic of new Set(others)) this.#compare(topic);
  }

  get size(): number {
    return this.#renderings.size;
  }

  /** The topic that came first, and collides with this one. */
  rivalOf(topic: string): string | undefined {
    const first = this.#firsts.get(comparable(topic));
    return first === topic ? undefined : first;
  }

  note({ renderedTopic: rendered, topic }: RecordRoute): void {
    const first = this.#renderings.get(topic);
    if (first === rendered || first === null) return;
    if (first === undefined) {
      this.#add(topic, rendered);
      return;
    }
    this.#renderings.set(topic, null);
    this.#warn('two renderings of topic templates become one Kafka topic', {
      topic,
      renderings: [first, rendered],
    });
  }

  #add(topic: string, rendered: string): void {
    if (this.#renderings.size >= MAX_TOPICS || rendered.length > MAX_RENDERING) return;
    this.#renderings.set(topic, rendered);
    this.#compare(topic);
    if (this.#renderings.size !== MANY_TOPICS) return;
    this.#warn(
      `${MANY_TOPICS} distinct topics so far: small batches, and further clients, cost more than fewer topics would. ` +
        'Tell devices apart by the key, or see docs/throughput.md',
      { topics: MANY_TOPICS },
    );
  }

  #compare(topic: string): void {
    const form = comparable(topic);
    const first = this.#firsts.get(form);
    if (first === undefined) this.#firsts.set(form, topic);
    if (first === undefined || first === topic || this.#pairsTold >= MAX_PAIRS_TOLD) return;
    this.#pairsTold += 1;
    this.#warn(
      'two topics collide for Kafka, which tells "." and "_" not apart: it never makes the second one. ' +
        'Set uplink.topicPolicy to sanitize_hash, or change the template or the name of a device',
      { topics: [first, topic] },
    );
  }
}

function comparable(topic: string): string {
  return topic.replaceAll('.', '_');
}
