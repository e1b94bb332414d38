/** The queues of all topics, and which of them may send. */
import { TopicQueue } from './pending.js';

/** The line of queues that have something to send and may, in turn. Each stands in it once. */
export class ReadyLine {
  #head: TopicQueue | null = null;
  #tail: TopicQueue | null = null;

  get head(): TopicQueue | null {
    return this.#head;
  }

  push(queue: TopicQueue): void {
    if (queue.inLine) return;
    queue.inLine = true;
    queue.nextInLine = null;
    if (this.#tail === null) this.#head = queue;
    else this.#tail.nextInLine = queue;
    this.#tail = queue;
  }

  shift(): void {
    const queue = this.#head;
    if (queue === null) return;
    this.#head = queue.nextInLine;
    if (this.#head === null) this.#tail = null;
    queue.inLine = false;
    queue.nextInLine = null;
  }
}

/** Topics whose queues are kept although nothing is on its way. */
const KEEP_IDLE = 10_000;

/** Queues by topic. Bounded: idle ones are dropped when there are many. */
export class TopicQueues {
  readonly #queues = new Map<string, TopicQueue>();
  #pruneAt = KEEP_IDLE;

  get(topic: string): TopicQueue {
    const known = this.#queues.get(topic);
    if (known !== undefined) return known;
    if (this.#queues.size >= this.#pruneAt) this.#prune();
    const queue = new TopicQueue(topic);
    this.#queues.set(topic, queue);
    return queue;
  }

  values(): Iterable<TopicQueue> {
    return this.#queues.values();
  }

  #prune(): void {
    this.#drop((queue) => queue.broken === null);
    // Of topics that are missing or forbidden, the oldest go as well: their next message finds that out again.
    this.#drop(() => this.#queues.size > KEEP_IDLE / 2);
    this.#pruneAt = Math.max(KEEP_IDLE, 2 * this.#queues.size);
  }

  /** Idle queues only, in the order in which they came. */
  #drop(when: (queue: TopicQueue) => boolean): void {
    for (const [topic, queue] of this.#queues) {
      const used = !queue.idle || queue.aside || queue.undecided > 0;
      if (!used && when(queue)) this.#queues.delete(topic);
    }
  }
}
