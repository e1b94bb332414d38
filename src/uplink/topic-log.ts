import type { Route } from './route.js';

/** Beyond this many topics neither the count grows nor collisions are looked for. */
const MAX_TOPICS = 10_000;

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
      if (this.#renderings.size < MAX_TOPICS) this.#renderings.set(topic, rendered);
      return;
    }
    this.#renderings.set(topic, null);
    this.#warn('two renderings of topic templates become one Kafka topic', {
      topic,
      renderings: [first, rendered],
    });
  }
}
