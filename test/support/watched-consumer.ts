/** The native consumer, watched: which pauses the client was told, and positions that fail when a test wants it. */
import type { ResolvedConfig } from '../../src/config/resolve.js';
import type {
  ConsumerListener,
  ConsumerPort,
  ConsumerSource,
  TopicPartition,
} from '../../src/kafka/port/consumer-port.js';
import { ConnectionError } from '../../src/api/errors.js';
import { nativeConsumerSource } from '../../src/kafka/client/source.js';

export class WatchedConsumers implements ConsumerSource {
  /** The next questions for committed offsets that fail. */
  positionsThatFail = 0;
  /** The partitions that the client was told to pause, by `topic partition`. */
  readonly paused = new Set<string>();
  #source: ConsumerSource | undefined;

  /** For `assemble`. */
  of(config: ResolvedConfig): ConsumerSource {
    this.#source = nativeConsumerSource(config);
    return this;
  }

  changed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async open(listener: ConsumerListener): Promise<ConsumerPort> {
    if (this.#source === undefined) throw new Error('call of() first');
    const port = await this.#source.open(listener);
    const committed = port.committed.bind(port);
    port.committed = (partitions: readonly TopicPartition[], timeoutMs: number) => {
      if (this.positionsThatFail === 0) return committed(partitions, timeoutMs);
      this.positionsThatFail -= 1;
      return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', 'as the test wants it'));
    };
    const pause = port.pause.bind(port);
    port.pause = (partitions: readonly TopicPartition[]) => {
      for (const each of partitions) this.paused.add(`${each.topic} ${each.partition}`);
      pause(partitions);
    };
    return port;
  }
}
