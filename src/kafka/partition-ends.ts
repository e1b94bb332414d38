import type { PartitionOffset } from './consumer-port.js';
import type { Native } from './native.js';

/**
 * How far the client has read, where that does not show by records: control records of transactions and what compaction has
 * removed are passed without one. librdkafka tells each end that it reaches (`enable.partition.eof`).
 */
export class PartitionEnds {
  #ends: PartitionOffset[] = [];

  constructor(client: Pick<InstanceType<Native['KafkaConsumer']>, 'on'>) {
    client.on('partition.eof', (end) => {
      const { topic, partition, offset } = end as PartitionOffset;
      this.#ends.push({ topic, partition, offset });
    });
  }

  /** Those that were told since the last time. */
  take(): readonly PartitionOffset[] {
    if (this.#ends.length === 0) return NONE;
    const ends = this.#ends;
    this.#ends = [];
    return ends;
  }
}

export const NONE: readonly PartitionOffset[] = [];
