/** A northward object in memory that packs telemetry, and a clock that the test drives. */
import type { KafkaNorthward } from '../../src/api/northward.js';
import type { Undelivered } from '../../src/api/events.js';
import type { TelemetryData } from '../../src/api/uplink.js';
import { headerTexts } from '../../src/record/outgoing-record.js';
import { MemoryClock } from '../../src/testing/memory-clock.js';
import type { Handed } from '../../src/testing/memory-producer.js';
import { FaultyProducers } from './memory-producer.js';
import { memoryNorthward } from './memory-northward.js';
import { follow, type Published } from './storing-gateway.js';

type Json = Record<string, unknown>;

export const START = 1_700_000_000_000;

/** A record as a reader sees it: the values that were published, in order. */
export interface SeenRecord {
  readonly topic: string;
  readonly ns: readonly number[];
  readonly timestampMs: number;
}

export class PackingGateway {
  readonly clock = new MemoryClock(START);
  readonly producers = new FaultyProducers({ clock: this.clock });
  readonly northward: KafkaNorthward;
  readonly undelivered: Undelivered[] = [];

  /** Telemetry as rows, of all devices in one topic, by default with packing as it is by default. */
  constructor({ telemetry = {}, pack = {}, ...uplink }: Json & { telemetry?: Json; pack?: Json } = {}) {
    const mapping = {
      topic: 'data',
      key: '{{device_id}}',
      payload: { mode: 'timeseries_rows', pack },
      ...telemetry,
    };
    const made = memoryNorthward(
      { uplink: { telemetry: mapping, ...uplink } },
      {},
      this.clock,
      this.producers,
    );
    this.northward = made.northward;
    this.northward.on('undelivered', (message) => this.undelivered.push(message));
  }

  async start(): Promise<this> {
    await this.northward.start();
    await this.clock.settle();
    return this;
  }

  publish(n: number, device = 1, more: Partial<TelemetryData> = {}): Published {
    return follow(this.northward.publishTelemetry(telemetry(n, device, more)));
  }

  publishAll(from: number, to: number, device = 1): Published[] {
    return Array.from({ length: to - from }, (_, i) => this.publish(from + i, device));
  }

  /** What the client was handed, in order. */
  get records(): SeenRecord[] {
    return this.producers.handed.map(seen);
  }

  get packs(): number[][] {
    return this.records.map(({ ns }) => [...ns]);
  }

  headers(index: number): Json {
    const record = this.producers.handed[index];
    return record === undefined ? {} : headerTexts(record);
  }

  async stop(): Promise<void> {
    await this.clock.runUntilEnd(this.northward.stop({ timeoutMs: 1_000 }), () => false);
  }
}

export function telemetry(n: number, device = 1, more: Partial<TelemetryData> = {}): TelemetryData {
  const pointKey = 'n';
  return {
    deviceId: device,
    deviceName: `d${device}`,
    timestamp: START + n,
    values: [{ pointId: 1, pointKey, value: n }],
    ...more,
  };
}

export function seen({
  topic,
  value,
  timestampMs,
}: Pick<Handed, 'topic' | 'value' | 'timestampMs'>): SeenRecord {
  return { topic, ns: numbersIn(value), timestampMs };
}

/** The values of the point `n`, whatever the mode. */
export function numbersIn(value: Buffer | null): number[] {
  const body = JSON.parse(String(value)) as readonly { value?: number; values?: { n: number }; n?: number }[];
  return body.map((each) => each.value ?? each.values?.n ?? each.n ?? NaN);
}
