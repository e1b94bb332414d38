/** The partitions that this member owns: found by the record, for each record. */
import type { TopicPartition } from '../kafka/consumer-port.js';
import type { OwnedPartition } from './owned-partition.js';

export class Ownership {
  readonly #byTopic = new Map<string, Array<OwnedPartition | undefined>>();
  #all: OwnedPartition[] = [];

  get all(): readonly OwnedPartition[] {
    return this.#all;
  }

  find({ topic, partition }: TopicPartition): OwnedPartition | undefined {
    return this.#byTopic.get(topic)?.[partition];
  }

  add(partition: OwnedPartition): void {
    const known = this.#byTopic.get(partition.topic);
    const partitions = known ?? [];
    if (known === undefined) this.#byTopic.set(partition.topic, partitions);
    partitions[partition.partition] = partition;
    this.#all = [...this.#all, partition];
  }

  remove(partition: OwnedPartition): void {
    const partitions = this.#byTopic.get(partition.topic);
    if (partitions !== undefined) partitions[partition.partition] = undefined;
    this.#all = this.#all.filter((each) => each !== partition);
  }
}
