import type { Route } from './route.js';

/** Beyond this many topics neither the count grows nor collisions are looked for. */
const MAX_TOPICS = 10_000;

/** Longer renderings are not remembered. */
const MAX_RENDERING = 1_000;

/** The native client looks topics up one by one: from about here on that is what takes the time. */
const MANY_TOPICS = 1_000;

/** Remembers which renderings became which topic, to warn once where two became the same. Bounded. */
export class TopicLog {
  /** Topic → its first rendering; `null` once it was warned about. */
  readonly #renderings = new Map<string, string | null>();
  readonly #warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;

  constructor(warn: (message: string, fields: Readonly<Record<string, unknown>>) => void) {
    this.#warn = warn;
  }

  get size(): number {
    return this.#renderings.size;
  }

  note({ renderedTopic: rendered, topic }: Route): void {
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
    if (this.#renderings.size !== MANY_TOPICS) return;
    this.#warn(
      `${MANY_TOPICS} distinct topics so far: every publish searches them one by one, and small batches cost the most. ` +
        'Use fewer topics and tell devices apart by the key (docs/performance.md)',
      { topics: MANY_TOPICS },
    );
  }
}
