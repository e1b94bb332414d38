import { createMemoryNorthward, type MemoryNorthward } from '../../src/testing/index.js';
import type { Harness } from './harness.js';

/** The double itself is all that there is: the latest one. */
export function memoryHarness(): Harness {
  let double: MemoryNorthward | undefined;
  const latest = (): MemoryNorthward => {
    if (double === undefined) throw new Error('make() comes first');
    return double;
  };
  return {
    make: (config) => {
      double = createMemoryNorthward({ connection: { bootstrapServers: 'memory:9092' }, ...config });
      return double;
    },
    prepare: () => Promise.resolve(),
    send: async (topic, { headers = {}, ...record }) => {
      const { offset } = await latest().deliver(topic, { ...record, headers: Object.entries(headers) });
      return offset;
    },
    read: async (topic, count) => {
      await latest().settle();
      const { published, deadLettered } = latest();
      const found = [...published, ...deadLettered]
        .filter((record) => record.topic === topic)
        .slice(0, count);
      if (found.length < count) throw new Error(`${topic} has ${found.length} of ${count} records`);
      return found.map(({ partition, offset, timestampMs, raw: { key, value, headers } }) => {
        const texts = headers.map(([name, bytes]) => [name, bytes.toString()] as const);
        return { topic, partition, offset, timestampMs, key, value, headers: texts };
      });
    },
    committed: async (_groupId, topic) => {
      await latest().settle();
      return latest().committed[topic] ?? null;
    },
    passTime: (ms) => latest().advanceTime(ms),
    stop: () => Promise.resolve(),
  };
}
