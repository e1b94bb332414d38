import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaNorthward } from '../../../src/api/northward.js';
import type { Outcome, TelemetryData, UplinkEvent } from '../../../src/api/uplink.js';
import type { Handed } from '../../../src/testing/memory-producer.js';
import { memoryNorthward, reading, until } from '../../support/memory-northward.js';

/**
 * Messages of a batch are written to one block, each over the one before: what needs a message later must have bytes of its
 * own, or those of another message go out under its name.
 */

const stops: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Made = ReturnType<typeof memoryNorthward>;

async function started(...given: Parameters<typeof memoryNorthward>): Promise<Made> {
  const made = memoryNorthward(...given);
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  await made.northward.start();
  await made.northward.ready();
  return made;
}

/** Events of one topic whose records are all of the same length. */
function events(from: number, count: number): UplinkEvent[] {
  return Array.from({ length: count }, (_, n) => ({ kind: 'telemetry', ...reading('a', from + n) }));
}

/** What a record says, which must be what it was made of: its point is its timestamp. */
function numberIn({ value, timestampMs }: Handed): number {
  const body = JSON.parse(String(value)) as { payload: { data: { values: Array<{ value: number }> } } };
  const number = body.payload.data.values[0]?.value ?? -1;
  expect(timestampMs).toBe(reading('a', number).timestamp);
  return number;
}

const numbersOf = (handed: readonly Handed[]): number[] => handed.map(numberIn);

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);

async function delivered(batch: Promise<readonly Outcome[]>): Promise<void> {
  expect((await batch).map(({ status }) => status)).toEqual((await batch).map(() => 'delivered'));
}

/** So many as no turn hands over at once; all numbers have three digits. */
const MANY = 300;

describe('the bytes of a batch', () => {
  it('given a port that keeps its records, when a batch is published, then each record has its own', async () => {
    const { northward, producers } = await started();
    await delivered(northward.publishBatch(events(100, MANY)));
    await delivered(northward.publishBatch(events(400, MANY)));
    expect(numbersOf(producers.handed)).toEqual(range(100, 2 * MANY));
  });

  it('given a client that dies with a batch, when the next one is there, then it gets the same records', async () => {
    const retryPolicy = { initialIntervalMs: 1, maxIntervalMs: 2 };
    const { northward, producers } = await started({ retryPolicy });
    await delivered(northward.publishBatch(events(100, 1)));
    producers.hold = true;
    const batch = northward.publishBatch(events(101, MANY));
    await until('all are handed over', () => producers.handed.length === MANY + 1);
    producers.die();
    const next = northward.publishBatch(events(101 + MANY, 1));
    producers.hold = false;
    await delivered(batch);
    await delivered(next);
    expect(numbersOf(producers.handed.filter(({ client }) => client === 2))).toEqual(range(101, MANY + 1));
  });

  it('given no client yet, when batches wait, then they go out as they were', async () => {
    const { northward, producers } = memoryNorthward();
    stops.push(() => northward.stop({ timeoutMs: 50 }));
    const starting = northward.start();
    const batches = [northward.publishBatch(events(100, MANY)), northward.publishBatch(events(400, MANY))];
    await starting;
    for (const batch of batches) await delivered(batch);
    expect(numbersOf(producers.handed)).toEqual(range(100, 2 * MANY));
  });

  it('given a topic that has to wait for its client, when that takes it, then the records are as they were', async () => {
    const { northward, producers } = await started();
    producers.later.set('a', 0);
    const batch = northward.publishBatch(events(100, 5));
    await until('asked', () => (producers.later.get('a') ?? 0) > 0);
    await delivered(
      northward.publishBatch(events(700, 5).map((event) => ({ ...event, deviceName: 'b' }) as UplinkEvent)),
    );
    producers.later.delete('a');
    producers.listener?.onTakes(['a']);
    await delivered(batch);
    expect(numbersOf(producers.handed.filter(({ topic }) => topic === 'a'))).toEqual(range(100, 5));
  });

  it('given a store, when a batch is on disk only, then the replay sends what was published', async () => {
    const store = { path: '/gateway', storeAfterMs: 0 };
    const { northward, producers } = await started({ uplink: { store } });
    producers.hold = true;
    const stored = await northward.publishBatch(events(100, MANY), { until: 'stored' });
    expect(new Set(stored.map(({ status }) => status))).toEqual(new Set(['stored']));
    producers.hold = false;
    producers.release();
    await until('all are sent', () => producers.handed.length === MANY);
    expect(numbersOf(producers.handed)).toEqual(range(100, MANY));
  });

  it('given an undelivered message of a batch, when its event is told, then it has the bytes of that message', async () => {
    const { northward, producers } = await started();
    producers.outcomes.set('a', -192);
    const told: number[] = [];
    northward.on('undelivered', ({ record }) => {
      if (record !== null) told.push(JSON.parse(record.value.toString()).payload.data.values[0].value);
    });
    await northward.publishBatch(events(100, MANY));
    await until('all are told', () => told.length === MANY);
    expect(told).toEqual(range(100, MANY));
  });

  it('given texts of all lengths and widths, when published in a batch, then each arrives as it is', async () => {
    const { northward, producers } = await started();
    const texts = Array.from({ length: MANY }, (_, n) => `${n} ${'aü€\u{1F600}'.repeat((n * 7) % 1400)}`);
    const batch = texts.map((text, n): UplinkEvent => {
      const values = [{ pointId: 1, pointKey: 'text', value: text }];
      return { kind: 'telemetry', ...reading('a', n), values };
    });
    await delivered(northward.publishBatch(batch));
    const arrived = producers.handed.map(
      ({ value }) => JSON.parse(String(value)).payload.data.values[0].value,
    );
    expect(arrived).toEqual(texts);
  });
});

/** An event whose point publishes another one when its value is read, as often as it is read. */
function publishing(n: number, publish: () => void): UplinkEvent {
  const point = {
    pointId: 1,
    pointKey: 'n',
    get value() {
      publish();
      return n;
    },
  };
  return { kind: 'telemetry', ...reading('a', n), values: [point] };
}

const WAYS: Readonly<Record<string, (northward: KafkaNorthward, data: TelemetryData) => Promise<unknown>>> = {
  publishTelemetry: (northward, data) => northward.publishTelemetry(data),
  publishBatch: (northward, data) => northward.publishBatch([{ kind: 'telemetry', ...data }]),
};

describe("the host's own code publishes while an event of a batch is read", () => {
  it.each(Object.keys(WAYS))('given a getter that calls %s, then both records are right', async (way) => {
    const { northward, producers } = await started();
    const nested: Array<Promise<unknown>> = [];
    const publish = (): void => {
      const two = [
        { pointId: 1, pointKey: 'n', value: 500 + nested.length },
        { pointId: 2, pointKey: 'm', value: 1 },
      ];
      nested.push(WAYS[way]!(northward, { ...reading('a', 500 + nested.length), values: two }));
    };
    const batch = [...events(100, 3), publishing(103, publish), ...events(104, 3)];
    await delivered(northward.publishBatch(batch));
    await Promise.all(nested);
    const all = numbersOf(producers.handed);
    expect(nested.length).toBeGreaterThan(0);
    expect(all.filter((n) => n < 500)).toEqual(range(100, 7));
    expect(all.filter((n) => n >= 500)).toEqual(range(500, nested.length));
  });

  it('given point metadata that publishes, then both records are right', async () => {
    let publish = (): unknown => null;
    const pointMeta = (): null => {
      publish();
      return null;
    };
    const { northward, producers } = await started({}, { pointMeta });
    const nested: Array<Promise<unknown>> = [];
    let count = 0;
    publish = () => {
      // Its own points are asked about as well.
      if (count >= 20) return null;
      count += 1;
      return nested.push(northward.publishTelemetry(reading('a', 499 + count)));
    };
    await delivered(northward.publishBatch(events(100, 5)));
    await Promise.all(nested);
    const all = numbersOf(producers.handed);
    expect(all.filter((n) => n < 500)).toEqual(range(100, 5));
    expect(all.filter((n) => n >= 500).toSorted((a, b) => a - b)).toEqual(range(500, nested.length));
  });

  it('given a logger that publishes when it is warned of a topic, then the event of that topic goes out as it is', async () => {
    let publish = (): unknown => null;
    const warn = (): void => {
      publish();
    };
    const quiet = (): void => undefined;
    const logger = { debug: quiet, info: quiet, warn, error: quiet };
    const { northward, producers } = await started({}, { logger });
    const nested: Array<Promise<unknown>> = [];
    publish = () => nested.push(northward.publishTelemetry(reading('b', 500 + nested.length)));
    // Kafka does not tell these two apart.
    const names = ['a.b', 'a_b', 'a'];
    const batch = names.map(
      (deviceName, n): UplinkEvent => ({ ...events(100 + n, 1)[0]!, deviceName }) as UplinkEvent,
    );
    await delivered(northward.publishBatch(batch));
    await Promise.all(nested);
    expect(nested.length).toBeGreaterThan(0);
    const all = numbersOf(producers.handed);
    expect(all.filter((n) => n < 500)).toEqual(range(100, 3));
  });
});
