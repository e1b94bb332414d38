import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { assemble } from '../../../src/assemble.js';
import type { UplinkEvent } from '../../../src/api/uplink.js';
import { MemoryProducers, type Handed } from '../../../src/testing/memory-producer.js';
import { TOPIC, until } from '../../support/downlink-gateway.js';
import { MemoryConsumers } from '../../../src/testing/memory-consumer.js';
import { memoryNorthward } from '../../support/memory-northward.js';
import { runs, watchTheProcess } from './support.js';
import { deliveryFailure } from '../../../src/kafka/port/codes.js';
import type { DeliveryFailure, ProduceAnswer } from '../../../src/kafka/port/ports.js';

watchTheProcess();

describe('§7 what is waited for in an outage leaves nothing behind', () => {
  it('ready() that times out, while start() hangs and while no broker answers', async () => {
    const hangs = memoryNorthward();
    hangs.producers.open = () => new Promise(() => undefined);
    const away = memoryNorthward();
    away.producers.up = false;
    void hangs.northward.start();
    await away.northward.start();
    const wait = async (): Promise<void> => {
      for (const { northward } of [hangs, away]) {
        const ready = (): Promise<unknown> => northward.ready({ timeoutMs: 0 }).catch(() => undefined);
        await Promise.all(Array.from({ length: 5_000 }, ready));
      }
    };
    // 660 bytes were kept of each.
    expect(await growthMb(wait, 0)).toBeLessThan(2);
    for (const { northward } of [hangs, away]) await northward.stop({ timeoutMs: 0 });
  });

  it('loops of commands() that ended, at the signal of the host', async () => {
    const { signal } = new AbortController();
    const ended = AbortSignal.abort();
    const adds = vi.spyOn(signal, 'addEventListener');
    const removes = vi.spyOn(signal, 'removeEventListener');
    const { northward } = memoryNorthward({
      downlink: { enabled: true, writePoint: { enabled: true, topic: TOPIC } },
      app: { id: 1 },
    });
    const loops = Array.from({ length: 3 }, () => northward.commands({ signal }));
    await northward.start();
    const waiting = loops.slice(1).map((loop) => loop.next());
    await northward.stop({ timeoutMs: 0 });
    await Promise.all(waiting);
    await loops[0]?.next();
    expect(removes.mock.calls.length).toBeGreaterThanOrEqual(adds.mock.calls.length);
    const late = vi.spyOn(ended, 'addEventListener');
    await northward.commands({ signal: ended }).next();
    expect(late).not.toHaveBeenCalled();
  });
});

// A test file has a process of its own, so its heap is that of the library and of what the test keeps.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapMb(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

/** What three further rounds cost, once everything that is bounded is full. */
async function growthMb(round: (from: number) => Promise<void> | void, size: number): Promise<number> {
  for (let i = 0; i < 3; i += 1) await round(i * size);
  const before = heapMb();
  for (let i = 3; i < 6; i += 1) await round(i * size);
  return heapMb() - before;
}

/** Every device, point and topic is another one. */
function event(i: number): UplinkEvent {
  return {
    kind: 'telemetry',
    deviceId: `device-${i}`,
    deviceName: `name-${i}-${'x'.repeat(200)}`,
    values: [{ pointId: i % 2_000_000_000, pointKey: `point-${i}`, value: i }],
    timestamp: (i + 1) * 3_600_000,
  };
}

const UNKNOWN_TOPIC = -188;

/** Reports the same of each record, and keeps nothing. */
class Reports extends MemoryProducers {
  readonly #failure: DeliveryFailure | null;

  constructor(code: number) {
    super();
    this.#failure = code === 0 ? null : deliveryFailure(code);
  }

  override take({ id, client }: Handed): ProduceAnswer {
    setImmediate(() => this.listenerOf(client)?.onReport(id, this.#failure, 0, 0));
    return null;
  }
}

const TELEMETRY = { uplink: { telemetry: { topic: '{{device_name}}.{{HH}}', key: '{{device_name}}' } } };
const CONFIG = {
  connection: { bootstrapServers: 'memory' },
  uplink: {
    // Several clients forget topics by the time, not by their number: test/unit/kafka looks at those.
    producer: { topicsPerClient: null },
    telemetry: { enabled: true, ...TELEMETRY.uplink.telemetry },
  },
  downlink: { enabled: false },
};
/** Three rounds fill every cache, and further ones leave them as full: a generation of the largest holds as many. */
const COUNT = runs(8_192).numRuns;
/** Less than half of what keeping the names of three further rounds would take. */
const ROOM_MB = 6;

describe('§4 what is kept of devices, points and topics is bounded', () => {
  it('given ever new names, when previewed, then the heap does not grow', async () => {
    const { northward } = memoryNorthward(TELEMETRY);
    const round = (from: number): void => {
      for (let i = from; i < from + COUNT; i += 1) northward.previewUplink(event(i));
    };
    expect(await growthMb(round, COUNT)).toBeLessThan(ROOM_MB);
  });

  it.each([
    ['that take all', 0, 'delivered'],
    ['that are missing', UNKNOWN_TOPIC, 'failed'],
  ])(
    'given ever new names and topics %s, when published, then the heap does not grow',
    async (_, code, expected) => {
      const northward = assemble(
        CONFIG,
        {},
        { producer: () => new Reports(code), consumer: () => new MemoryConsumers() },
      );
      await northward.start();
      const round = async (from: number): Promise<void> => {
        for (let i = from; i < from + COUNT; i += 4_096) {
          const batch = Array.from({ length: Math.min(4_096, from + COUNT - i) }, (_each, n) => event(i + n));
          const outcomes = await northward.publishBatch(batch);
          expect(outcomes.find(({ status }) => status !== expected)).toBeUndefined();
        }
      };
      expect(await growthMb(round, COUNT)).toBeLessThan(ROOM_MB);
      await northward.stop();
    },
  );
});

describe('§4 what is kept is bounded by its length, too', () => {
  const LONG = 20_000;
  const MANY = 500;

  it.each([
    ['ids of devices', { mode: 'kv' }, (i: number) => ({ deviceId: `${i}`.padEnd(LONG, 'x') })],
    [
      'ids of points',
      { mode: 'envelope_json' },
      (i: number) => ({ values: [{ pointId: `${i}`.padEnd(LONG, 'x'), pointKey: `k${i}`, value: 1 }] }),
    ],
  ])('given %s that are long, when published, then the caches hold few of them', async (_, payload, over) => {
    const northward = assemble(
      { ...CONFIG, uplink: { headers: false, telemetry: { enabled: true, topic: 't', key: '', payload } } },
      {},
      { producer: () => new Reports(0), consumer: () => new MemoryConsumers() },
    );
    await northward.start();
    const before = heapMb();
    for (let i = 0; i < 8 * MANY; i += MANY) {
      const batch = Array.from({ length: MANY }, (_each, n) => ({ ...event(i + n), ...over(i + n) }));
      const outcomes = await northward.publishBatch(batch as UplinkEvent[]);
      expect(outcomes.every(({ status }) => status === 'delivered')).toBe(true);
    }
    expect(heapMb() - before).toBeLessThan(25);
    await northward.stop();
  });
});

describe('§6.6 what is kept of records that are of no use is bounded', () => {
  it.each([
    ['ignored', JSON.stringify({ schema_version: 1, event: { kind: 'telemetry' }, payload: { data: {} } })],
    ['undecodable', '{'],
  ])('given ever more %s records, when consumed, then the heap does not grow', async (_, value) => {
    const downlink = {
      enabled: true,
      autoOffsetReset: 'earliest',
      writePoint: { enabled: true, topic: TOPIC },
    };
    const { northward, consumers } = memoryNorthward({ app: { id: 1 }, downlink });
    await northward.start();
    let produced = 0;
    const round = async (): Promise<void> => {
      for (let i = 0; i < COUNT / 4; i += 1_000) {
        for (let n = 0; n < 1_000; n += 1)
          produced = consumers.produce(TOPIC, { value, key: `key-${produced}-${'x'.repeat(1_000)}` }) + 1;
        await until('they are committed', () => consumers.committed.get(`${TOPIC} 0`)?.offset === produced);
        consumers.truncate({ topic: TOPIC, partition: 0 }, produced);
        consumers.commits.length = 0;
      }
    };
    expect(await growthMb(round, COUNT)).toBeLessThan(ROOM_MB);
    await northward.stop();
  });
});
