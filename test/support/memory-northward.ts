/** A northward object on memory ports, and what the tests of the uplink publish with it. */
import type { CreateOptions, KafkaNorthward } from '../../src/api/northward.js';
import { assemble } from '../../src/assemble.js';
import type { Clock } from '../../src/core/clock.js';
import type { TelemetryData } from '../../src/api/uplink.js';
import { FaultyConsumers } from './memory-consumer.js';
import { CommitTurns } from '../../src/store/commit-scheduler.js';
import { DiskStore } from '../../src/store/store.js';
import { createMemoryDisk } from '../../src/testing/memory-disk.js';
import { FaultyProducers } from './memory-producer.js';

type Json = Record<string, unknown>;

/** Merges plain objects; anything else in `over` wins. */
function merged(base: Json, over: Json): Json {
  const result: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    const both = [old, value].every((v) => typeof v === 'object' && v !== null && !Array.isArray(v));
    result[key] = both ? merged(old as Json, value as Json) : value;
  }
  return result;
}

const CONFIG: Json = {
  connection: { bootstrapServers: 'memory:9092' },
  uplink: { telemetry: { enabled: true, topic: '{{device_name}}', key: '{{device_id}}' } },
  downlink: { enabled: false },
};

export function memoryNorthward(
  over: Json = {},
  options: CreateOptions = {},
  clock?: Clock,
  producers = new FaultyProducers(),
): { northward: KafkaNorthward; producers: FaultyProducers; consumers: FaultyConsumers } {
  const consumers = new FaultyConsumers();
  const northward = assemble(merged(CONFIG, over), options, {
    producer: () => producers,
    consumer: () => consumers,
    store: (store, storeClock, listener) =>
      new DiskStore(store, createMemoryDisk().boot(), storeClock, new CommitTurns(), listener),
    ...(clock === undefined ? {} : { clock }),
  });
  return { northward, producers, consumers };
}

/** Telemetry of the device (and topic) `name`, told apart by `n`. */
export function reading(name: string, n = 0): TelemetryData {
  return {
    deviceId: 1,
    deviceName: name,
    timestamp: 1_700_000_000_000 + n,
    values: [{ pointId: 1, pointKey: 'n', value: n }],
  };
}

/** Looks again and again, in turns of the event loop, until it is true. */
export async function until(what: string, condition: () => boolean, timeoutMs = 30_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<{
  code?: string;
  message: string;
  retryable?: boolean;
  topic?: string;
  deviceName?: string;
  hint?: string;
  cause?: unknown;
}> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
}
