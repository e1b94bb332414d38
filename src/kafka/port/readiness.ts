/**
 * A consumer is connected when a broker answers and the group has given it its partitions, with their
 * positions (contract §7); a producer needs the first only.
 */
import type { NorthwardError } from '../../api/errors.js';
import type { TopicPartition } from './consumer-port.js';
import type { ConnectionStatus, Awaited, LinkStatus } from './status.js';
import type { ConnectionState } from '../../api/events.js';

const NO_PARTITIONS: Awaited = {
  text: 'a broker answers, but the consumer group has not given its partitions',
  hint:
    'A group waits for members that left without a word, up to session.timeout.ms (45 s). ' +
    'The library goes on trying; ready() may be called again.',
};

export class GroupReadiness implements LinkStatus {
  readonly #status: ConnectionStatus;
  #linked = false;
  #positioned = false;
  /** What the group refuses. */
  #trouble: NorthwardError | undefined;
  /** What a topic refuses, by topic: another topic that works says nothing about it. */
  readonly #refused = new Map<string, NorthwardError>();
  /** Of these, those that are only suspected: the broker did not say which topic it meant. */
  readonly #suspects = new Set<string>();
  /** What else the consumer reported, since the group last worked. */
  #hindrance: NorthwardError | undefined;

  constructor(status: ConnectionStatus) {
    this.#status = status;
  }

  /** Of the link: what the monitor wants to know. */
  get state(): ConnectionState {
    return this.#linked ? 'connected' : this.#status.state;
  }

  connected(): void {
    this.#linked = true;
    this.#judge();
  }

  trying(reason?: NorthwardError): void {
    this.#linked = false;
    this.#status.trying(reason);
  }

  failed(reason: NorthwardError): void {
    this.#linked = false;
    this.#status.failed(reason);
  }

  disconnected(): void {
    this.#linked = false;
    this.#status.disconnected();
  }

  /** The group has given partitions, none perhaps: what it refused is granted. */
  positioned(): void {
    this.#positioned = true;
    this.#trouble = undefined;
    this.#hindrance = undefined;
    this.#judge();
  }

  /** The membership is gone. */
  unpositioned(): void {
    this.#positioned = false;
    this.#judge();
  }

  /** Records of these topics came, or their marks were committed: what was refused there is granted. */
  works(places: readonly TopicPartition[]): void {
    for (const { topic } of places) this.#grant(topic);
    this.positioned();
  }

  /** A person is needed. */
  refused(trouble: NorthwardError): void {
    this.#trouble = trouble;
    this.#judge();
  }

  /** A person is needed for one of these topics; which one is known where it is the only one. */
  topicsRefused(trouble: NorthwardError, topics: readonly string[]): void {
    for (const topic of topics) {
      if (topics.length > 1 && !this.#refused.has(topic)) this.#suspects.add(topic);
      this.#refused.set(topic, trouble);
    }
    this.#judge();
  }

  /** A commit of these topics was refused: the others were suspected without cause. */
  commitRefused(places: readonly TopicPartition[]): void {
    const found = new Set(places.map(({ topic }) => topic));
    if (![...this.#suspects].some((topic) => found.has(topic))) return;
    for (const topic of this.#suspects) if (!found.has(topic)) this.#grant(topic);
    this.#judge();
  }

  /** Some topic is refused. */
  get anyRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** It goes on trying: this is why there are no partitions yet. */
  hindered(hindrance: NorthwardError): void {
    this.#hindrance = hindrance;
    if (!this.#positioned) this.#judge();
  }

  #grant(topic: string): void {
    this.#refused.delete(topic);
    this.#suspects.delete(topic);
  }

  /** The worst of the group and its topics. */
  #judge(): void {
    if (!this.#linked) return;
    const [refused] = this.#refused.values();
    const trouble = this.#trouble ?? refused;
    if (trouble !== undefined) this.#status.failed(trouble);
    else if (this.#positioned) this.#status.connected();
    else this.#status.trying(this.#hindrance, NO_PARTITIONS);
  }
}
