/** A northward object with a store, on ports with faults that only our own tests need, and a clock that the test drives. */
import { assemble } from '../../src/assemble.js';
import type { NorthwardError } from '../../src/api/errors.js';
import type { DeliveredEvent, LostEvent } from '../../src/api/events.js';
import type { StoreLaneMetrics } from '../../src/api/store.js';
import type { PublishOptions } from '../../src/api/uplink.js';
import type { KafkaNorthward } from '../../src/api/northward.js';
import { CommitTurns } from '../../src/store/commit-scheduler.js';
import { DiskStore } from '../../src/store/store.js';
import { MemoryClock } from '../../src/testing/memory-clock.js';
import { createMemoryDisk, type MemoryDisk } from '../../src/testing/memory-disk.js';
import { FaultyConsumers } from './memory-consumer.js';
import { FaultyProducers } from './memory-producer.js';
import { follow, type Published } from './storing-gateway.js';

type Json = Record<string, unknown>;

export class StoringPorts {
  readonly clock = new MemoryClock(1_700_000_000_000);
  readonly producers = new FaultyProducers({ clock: this.clock });
  readonly disk: MemoryDisk;
  /** As it was configured. */
  readonly document: Json & { readonly uplink: Json };
  readonly northward: KafkaNorthward;
  readonly delivered: DeliveredEvent[] = [];
  readonly lost: LostEvent[] = [];
  readonly undelivered: string[] = [];
  readonly errors: NorthwardError[] = [];

  /** Telemetry goes to the topic of its device's name. */
  constructor(
    options: {
      store?: Json;
      uplink?: Json;
      disk?: MemoryDisk;
      key?: string;
      retryPolicy?: Json;
      topics?: Json;
    } = {},
  ) {
    const {
      store = {},
      uplink = {},
      disk = createMemoryDisk(),
      key = '{{device_id}}',
      retryPolicy,
      topics = {},
    } = options;
    this.disk = disk;
    this.document = {
      app: { id: 1 },
      connection: { bootstrapServers: 'memory:9092' },
      uplink: {
        telemetry: { enabled: true, topic: '{{device_name}}', key },
        ...uplink,
        store: { path: '/store', ...store },
      },
      downlink: { enabled: false },
      topics,
      ...(retryPolicy === undefined ? {} : { retryPolicy }),
    };
    this.northward = assemble(
      this.document,
      {},
      {
        clock: this.clock,
        producer: () => this.producers,
        consumer: () => new FaultyConsumers(),
        store: (of, clock, listener) => new DiskStore(of, disk.boot(), clock, new CommitTurns(), listener),
      },
    );
    this.northward.on('delivered', (event) => this.delivered.push(event));
    this.northward.on('lost', (event) => this.lost.push(event));
    this.northward.on('undelivered', ({ error }) => this.undelivered.push(error.code));
    this.northward.on('error', (error) => this.errors.push(error));
  }

  async start(): Promise<this> {
    await this.northward.start();
    await this.clock.settle();
    return this;
  }

  publish(topic: string, n: number, options?: PublishOptions): Published {
    const event = {
      deviceId: 1,
      deviceName: topic,
      timestamp: 1_700_000_000_000 + n,
      values: { n },
    };
    return follow(this.northward.publishTelemetry(event, options));
  }

  publishAll(topic: string, from: number, to: number): Published[] {
    return Array.from({ length: to - from }, (_, i) => this.publish(topic, from + i));
  }

  /** What the client was handed of a topic, as `n`, in order. */
  handed(topic: string): number[] {
    return this.producers.handed
      .filter((record) => record.topic === topic)
      .map(({ timestampMs }) => timestampMs - 1_700_000_000_000);
  }

  /** The same, each only for the first time. */
  handedOnce(topic: string): number[] {
    return [...new Set(this.handed(topic))];
  }

  async until(what: string, isTrue: () => boolean, stepMs = 100, longestMs = 600_000): Promise<void> {
    await this.clock.settle();
    for (let ms = 0; !isTrue(); ms += stepMs) {
      if (ms > longestMs) throw new Error(`waited in vain: ${what}`);
      await this.clock.advance(stepMs);
    }
  }

  async stop(): Promise<void> {
    await this.clock.runUntilEnd(this.northward.stop({ timeoutMs: 1_000 }), () => false);
  }

  lane(name = 'telemetry'): StoreLaneMetrics {
    const found = this.northward.metrics().store?.lanes.find(({ lane }) => lane === name);
    if (found === undefined) throw new Error(`no lane ${name}`);
    return found;
  }
}
