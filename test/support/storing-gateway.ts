/** A gateway in memory with a store, and what tests of the forwarder do with it. */
import type { NorthwardConfig } from '../../src/api/config.js';
import type { DeliveredEvent, LostEvent } from '../../src/api/events.js';
import type { NorthwardError } from '../../src/api/errors.js';
import type { Outcome, PublishOptions, Receipt } from '../../src/api/uplink.js';
import { createMemoryDisk, type MemoryDisk } from '../../src/testing/memory-disk.js';
import { createMemoryNorthward, type MemoryNorthward } from '../../src/testing/memory-northward.js';

type Json = Record<string, unknown>;

export interface StoringOptions {
  readonly store?: Json;
  readonly uplink?: Json;
  readonly disk?: MemoryDisk;
  /** Topic of telemetry. */
  readonly topic?: string;
  readonly key?: string;
  readonly downlink?: Json;
  readonly logger?: (line: string) => void;
}

/** How a publish ended, as soon as it has. */
export interface Published {
  outcome: Outcome | null;
}

export class StoringGateway {
  readonly disk: MemoryDisk;
  readonly northward: MemoryNorthward;
  readonly delivered: DeliveredEvent[] = [];
  readonly lost: LostEvent[] = [];
  readonly undelivered: string[] = [];
  readonly errors: NorthwardError[] = [];
  readonly lines: string[] = [];

  constructor({ store = {}, uplink = {}, disk = createMemoryDisk(), topic, key, downlink }: StoringOptions) {
    this.disk = disk;
    const config = {
      app: { id: 1 },
      connection: { bootstrapServers: 'memory:9092' },
      uplink: {
        telemetry: { enabled: true, topic: topic ?? 'data', key: key ?? '{{device_id}}' },
        alarm: { enabled: true, topic: 'alarms' },
        rpcResponse: { enabled: true, topic: 'answers' },
        writePointResponse: { enabled: true, topic: 'answers' },
        ...uplink,
        store: { path: '/store', ...store },
      },
      downlink: downlink ?? { enabled: false },
    } as unknown as NorthwardConfig;
    const line = (message: string): number => this.lines.push(message);
    this.northward = createMemoryNorthward(config, {
      disk,
      logger: { debug: () => undefined, info: line, warn: line, error: line },
    });
    this.northward.on('delivered', (event) => this.delivered.push(event));
    this.northward.on('lost', (event) => this.lost.push(event));
    this.northward.on('undelivered', ({ error }) => this.undelivered.push(error.code));
    this.northward.on('error', (error) => this.errors.push(error));
  }

  async start(): Promise<this> {
    await this.northward.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.northward.stop({ timeoutMs: 1_000 });
  }

  /** Telemetry of device `device`, told apart by `n`. Its outcome is there as soon as it has one. */
  publish(n: number, device = 1, options?: PublishOptions, text?: string): Published {
    const promise = this.northward.publishTelemetry(
      {
        deviceId: device,
        deviceName: `d${device}`,
        timestamp: 1_700_000_000_000 + n,
        values: { n, ...(text === undefined ? {} : { text }) },
      },
      options,
    );
    return follow(promise);
  }

  /** So many, told apart from `from` on, of one device. */
  publishAll(from: number, to: number, device = 1): Published[] {
    return Array.from({ length: to - from }, (_, i) => this.publish(from + i, device));
  }

  alarm(n: number, options?: PublishOptions): Published {
    const promise = this.northward.publishAlarm(
      {
        deviceId: 1,
        deviceName: 'd1',
        alarmType: `${n}`,
        severity: 'INFO',
        message: '',
        timestamp: 1_700_000_000_000 + n,
      },
      options,
    );
    return follow(promise);
  }

  /** What arrived, as `n`, in the order of arrival; of one key where it is named. */
  arrived(key?: string): number[] {
    return this.northward.published
      .filter((record) => key === undefined || record.key === key)
      .map(({ timestampMs }) => timestampMs - 1_700_000_000_000);
  }

  /** Lets time go on in steps, until it is true. */
  async until(what: string, isTrue: () => boolean, stepMs = 100, longestMs = 600_000): Promise<void> {
    await this.northward.settle();
    for (let ms = 0; !isTrue(); ms += stepMs) {
      if (ms > longestMs) throw new Error(`waited in vain: ${what}`);
      await this.northward.advanceTime(stepMs);
    }
  }

  get backlog(): number {
    return (this.northward.metrics().store?.lanes ?? []).reduce((sum, { messages }) => sum + messages, 0);
  }
}

export function follow(promise: Promise<Receipt>): Published {
  const published: Published = { outcome: null };
  promise.then(
    (receipt) => (published.outcome = receipt),
    (error: NorthwardError) => (published.outcome = { status: 'failed', error }),
  );
  return published;
}

/** What became of them: a status, or the code of an error; `open` without an outcome. */
export function states(published: readonly Published[]): string[] {
  return published.map(({ outcome }) =>
    outcome === null ? 'open' : outcome.status === 'failed' ? outcome.error.code : outcome.status,
  );
}

/** How often each is there. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
