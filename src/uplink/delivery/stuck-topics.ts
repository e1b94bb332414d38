/**
 * Topics that the client does not get through to, though they are there: librdkafka keeps the leader epochs of a topic that was
 * deleted and created again, takes the leaders of the new one for older ones, and asks brokers that do not lead it, without end.
 * A new client does not (contract §7.3).
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { ProducerLink } from './limits.js';
import type { TopicQueue } from './pending.js';
import type { Sender } from './sender.js';

const LOOK_MS = 5_000;
/** Longer than a broker waits for a replica that hangs (`replica.lag.time.max.ms`, 30 s), which is no fault of the client. */
const STUCK_MS = 40_000;
/** From one new client to the next, at least; doubled each time that it did not help. */
const PAUSE_MS = 60_000;
const MOST_PAUSE_MS = 900_000;

interface Still {
  readonly arrivals: number;
  /** Monotonic ms. */
  readonly since: number;
}

export class StuckTopics {
  readonly #clock: Clock;
  readonly #sender: Pick<Sender, 'queues'>;
  readonly #link: Pick<ProducerLink, 'connected' | 'askTopic' | 'renewClient'>;
  /** Those of which the client holds something. */
  #still = new Map<TopicQueue, Still>();
  /** One question at a time: where many topics stand still, one answer is enough. */
  #asked: { readonly queue: TopicQueue; readonly at: number } | null = null;
  #pauseMs = PAUSE_MS;
  #renewedAt = -Infinity;
  #timer: Timer | undefined;
  #closed = false;

  /** @param link `askTopic()` is answered by `answer()` */
  constructor(
    clock: Clock,
    sender: Pick<Sender, 'queues'>,
    link: Pick<ProducerLink, 'connected' | 'askTopic' | 'renewClient'>,
  ) {
    this.#clock = clock;
    this.#sender = sender;
    this.#link = link;
  }

  start(): void {
    if (this.#closed) return;
    this.#timer ??= this.#clock.inBackground(LOOK_MS, () => {
      this.#timer = undefined;
      this.start();
      this.#look();
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The broker's answer; `null`: none came. @param led whether each partition has a leader */
  answer(queue: TopicQueue, exists: boolean | null, led: boolean): void {
    if (this.#asked?.queue !== queue) return;
    this.#asked = null;
    const now = this.#clock.monotonic();
    const still = this.#still.get(queue);
    // The next question is about another one.
    this.#still.set(queue, { arrivals: queue.arrivals, since: now });
    if (exists !== true || !led) return;
    if (still?.arrivals !== queue.arrivals || queue.inFlight === 0 || !this.#link.connected) return;
    const passed = now - this.#renewedAt;
    if (passed < this.#pauseMs) return;
    this.#pauseMs = passed > 2 * MOST_PAUSE_MS ? PAUSE_MS : Math.min(this.#pauseMs * 2, MOST_PAUSE_MS);
    this.#renewedAt = now;
    this.#still.clear();
    const seconds = Math.round((now - still.since) / 1_000);
    this.#link.renewClient(
      `nothing of topic ${queue.topic} arrived for ${seconds} s, though it has its leaders; perhaps it was created again`,
    );
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const connected = this.#link.connected;
    if (this.#asked !== null && now - this.#asked.at >= STUCK_MS) this.#asked = null;
    const still = new Map<TopicQueue, Still>();
    for (const queue of this.#sender.queues()) {
      if (queue.inFlight === 0) continue;
      const before = this.#still.get(queue);
      const { arrivals } = queue;
      const since = connected && before?.arrivals === arrivals ? before.since : now;
      still.set(queue, { arrivals, since });
      if (now - since < STUCK_MS || this.#asked !== null) continue;
      this.#asked = { queue, at: now };
      this.#link.askTopic(queue.topic);
    }
    this.#still = still;
  }
}
