import { describe, expect, it } from 'vitest';
import type { CreateOptions } from '../../../src/api/northward.js';
import type { UplinkEvent, UplinkPreview } from '../../../src/api/uplink.js';
import { memoryNorthward } from '../../support/memory-northward.js';
import {
  changing,
  deep,
  gaps,
  expectTyped,
  laughs,
  outcomeOf,
  refusal,
  throwing,
  THROWN,
  until,
  watchTheProcess,
} from './support.js';

watchTheProcess();

function fail(): never {
  throw new Error('a getter threw');
}

const POINT = { pointId: 1, pointKey: 'a', value: 1 };
const MODES = ['envelope_json', 'kv', 'timeseries_rows', 'mapped_json'] as const;
const { northward } = memoryNorthward();

function event(fields: object): UplinkEvent {
  const whole = { kind: 'telemetry', deviceId: 1, deviceName: 'd', values: [] };
  return Object.defineProperties(whole, Object.getOwnPropertyDescriptors(fields)) as unknown as UplinkEvent;
}

function preview(fields: object, mode: (typeof MODES)[number], options: CreateOptions = {}): UplinkPreview {
  const payload = { mode, config: { all: '@', points: 'points' }, includeMeta: true };
  return memoryNorthward({ uplink: { telemetry: { payload } } }, options).northward.previewUplink(
    event(fields),
  );
}

/** The record's value, which must be JSON. */
function json(outcome: UplinkPreview): unknown {
  if (outcome.status !== 'record') throw new Error('no record');
  return JSON.parse(outcome.value.toString());
}

describe('§3 data of the host that misbehaves', () => {
  it.each(THROWN.map((thrown, index) => [index, thrown] as const))(
    'given a getter that throws (%i), when previewed, then the error is typed and names kind and device',
    (_, thrown) => {
      const error = refusal(() => northward.previewUplink(event(throwing('values', thrown))));
      expect(error).toMatchObject({ code: 'EVENT_INVALID', kind: 'telemetry', deviceId: 1, deviceName: 'd' });
    },
  );

  it.each([
    ['a symbol', Symbol('x')],
    ['what cannot become a text', Object.create(null)],
    ['a text without end', 'x'.repeat(1_000_000)],
  ])('given %s for a kind, when previewed, then the error is typed and short', (_, kind) => {
    const error = refusal(() => northward.previewUplink({ kind } as never));
    expect(error?.code).toBe('EVENT_INVALID');
  });

  it.each(
    MODES.flatMap((mode) => [
      [mode, changing('pointKey', ['a', Symbol('x')], { pointId: 1, value: 1 })] as const,
      [mode, changing('pointKey', ['a', { toJSON: () => undefined }], { pointId: 1, value: 1 })] as const,
      [mode, changing('pointKey', ['a', 'a', 5], { pointId: 1, value: 1 })] as const,
      [mode, changing('pointId', [1, { toString: () => '"' }], { pointKey: 'a', value: 1 })] as const,
      [mode, changing('pointId', [1, NaN], { pointKey: 'a', value: 1 })] as const,
      [mode, changing('value', [1, { toString: () => '"' }], { pointId: 1, pointKey: 'a' })] as const,
    ]),
  )(
    'given a point in %s that changes between reads, when previewed, then it is JSON or refused',
    (mode, point) => {
      expect(refusal(() => json(preview({ values: [point] }, mode)))?.code ?? 'EVENT_INVALID').toBe(
        'EVENT_INVALID',
      );
    },
  );

  it('given a list with an iterator of its own, when previewed, then its items count', () => {
    const values = Object.assign([POINT], { [Symbol.iterator]: () => [{ pointKey: Symbol('x') }].values() });
    expect(json(preview({ values }, 'kv'))).toMatchObject({ values: { a: 1 } });
  });

  it('given a Date with a getTime of its own, when previewed, then its time counts', () => {
    const value = Object.assign(new Date(5), { getTime: () => ({ toString: () => '"' }) });
    expect(json(preview({ values: [{ ...POINT, value }] }, 'kv'))).toMatchObject({ values: { a: 5 } });
  });

  it('given a list with gaps in metadata, when previewed, then a gap is null', () => {
    const outcome = preview({ metadata: { list: gaps() } }, 'envelope_json');
    expect(json(outcome)).toMatchObject({ payload: { data: { metadata: { list: [null, 1, null] } } } });
  });
});

describe('§3 the size of an event is bounded', () => {
  const endless = new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : POINT) });
  const long = 'x'.repeat(1_000_000);

  it.each([
    ['a list without end', { values: endless }],
    [
      'a long text many times over',
      { values: Array.from({ length: 100 }, () => ({ ...POINT, value: long })) },
    ],
    [
      'a record of long texts',
      { values: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, long])) },
    ],
    ['an object that is in itself many times over', { metadata: { laughs: laughs() } }],
    ['a list of four billion gaps', { metadata: { list: new Array(4_294_967_295) } }],
  ])('given %s, when previewed, then it is refused', (_, fields) => {
    const error = refusal(() => northward.previewUplink(event(fields)));
    expect(error).toMatchObject({ code: 'EVENT_INVALID', deviceId: 1 });
    expect(error?.message).toContain('in one event');
  });

  it('given nesting beyond 64 levels, when previewed, then it is refused', () => {
    const error = refusal(() => northward.previewUplink(event({ metadata: { deep: deep(100) } })));
    expect(error?.message).toContain('at most 64 levels');
  });

  it('given a very long name, when it is refused, then the message shows its beginning only', () => {
    const error = refusal(() => northward.previewUplink(event({ deviceName: long, values: 5 })));
    expect(error?.message.length).toBeLessThan(400);
  });

  it('given names beyond the bound, when published, then nothing of them is kept', async () => {
    const { northward: gateway } = memoryNorthward();
    await gateway.start();
    await gateway.publish(event({ deviceName: 'short' }));
    expect(gateway.metrics().uplink.topics).toBe(1);
    await gateway.publish(event({ deviceId: 2, deviceName: 'y'.repeat(10_000) }));
    expect(gateway.metrics().uplink.topics).toBe(1);
    await gateway.stop();
  });
});

describe('§3 the host’s own functions', () => {
  it.each([
    [
      'that throws',
      () => {
        throw new Error('meta');
      },
    ],
    ['with fields that throw', () => throwing('dataType', new Error('x'), throwing('channelName', 1))],
    ['that answers a text', () => 'text'],
    ['with wrong types', () => ({ channelName: 5, dataType: '__proto__', pointId: {}, deviceId: [] })],
    ['that rejects', () => Promise.reject(new Error('rejected'))],
  ])('given point metadata %s, when previewed, then the point counts as unknown', (_, pointMeta) => {
    const options = { pointMeta: { byId: pointMeta, byKey: pointMeta } } as never;
    for (const values of [[POINT], { a: 1 }]) {
      const rows = json(preview({ values }, 'timeseries_rows', options));
      expect(rows).toEqual([expect.objectContaining({ point_key: 'a', value: 1, data_type: null })]);
    }
  });

  it.each([
    [
      'that throws',
      () => {
        throw Object.create(null);
      },
    ],
    ['that answers NaN', () => NaN],
    ['that answers a bigint', () => 5n],
    ['that is no function', 'now'],
  ])('given a now %s, when previewed, then the machine’s clock counts', (_, now) => {
    const before = Date.now();
    const outcome = preview({}, 'envelope_json', { now } as never);
    expect(outcome.status === 'record' && outcome.timestampMs).toBeGreaterThanOrEqual(before);
  });

  it('given a logger and listeners that throw and reject, when publishing fails, then the next publish works', async () => {
    const bad = (): never => {
      throw Object.create(null);
    };
    const rejecting = (): Promise<never> => Promise.reject(new Error('rejected'));
    const logger = { debug: bad, info: rejecting, warn: bad, error: rejecting };
    const { northward: gateway } = memoryNorthward({}, { logger } as never);
    let told = 0;
    for (const name of ['undelivered', 'state', 'error'] as const) {
      gateway
        .on(name, bad)
        .on(name, rejecting)
        .on(name, () => void (told += 1));
    }
    await gateway.start();
    expectTyped(((await outcomeOf(gateway.publish(event({ values: 5 })))) as { error: unknown }).error);
    await until('the listener behind the bad ones', () => told > 0);
    expect(await gateway.publish(event({}))).toMatchObject({ status: 'delivered' });
    await gateway.stop();
  });
});

describe('§7.2 publishing is a rejection, never a throw', () => {
  const getter = throwing('kind', Object.create(null));
  const later = throwing('deviceName', new Error('x'), { kind: 'telemetry', deviceId: 1, values: [] });

  it.each([
    ['started', true],
    ['not started', false],
  ])('given hostile events, when %s, then each ends typed', async (_, start) => {
    const { northward: gateway } = memoryNorthward();
    if (start) await gateway.start();
    for (const each of [getter, later, null, 5, 'x']) {
      expectTyped(((await outcomeOf(gateway.publish(each as never))) as { error: unknown }).error);
    }
    await gateway.stop();
  });

  it('given fields that throw once they were read, when published, then the message is delivered', async () => {
    const { northward: gateway } = memoryNorthward();
    await gateway.start();
    let reads = 0;
    const once = Object.defineProperty(event({}), 'deviceName', {
      get: () => {
        reads += 1;
        if (reads > 1) throw new Error('again');
        return 'd';
      },
    });
    expect(await gateway.publish(once)).toMatchObject({ status: 'delivered', topic: 'd' });
    await gateway.stop();
  });

  it('given hostile events in every slice of a batch, when published, then each place has its outcome', async () => {
    const { northward: gateway } = memoryNorthward();
    await gateway.start();
    const events = Array.from({ length: 1_000 }, (_, i) =>
      i % 3 === 0 ? getter : i % 3 === 1 ? null : event({}),
    );
    const outcomes = await gateway.publishBatch(events as never);
    expect(outcomes.map(({ status }) => status)).toEqual(
      events.map((_, i) => (i % 3 === 2 ? 'delivered' : 'failed')),
    );
    await gateway.stop();
  });

  it.each([
    ['a list without end', new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : null) })],
    ['four billion gaps', new Array(4_294_967_295)],
    ['a list whose items throw', Object.defineProperty([1], '0', { get: () => fail() })],
    ['no list', 5],
  ])('given %s for a batch, when published, then it is refused', async (_, events) => {
    const { northward: gateway } = memoryNorthward();
    await gateway.start();
    const outcome = (await outcomeOf(gateway.publishBatch(events as never))) as { error: unknown };
    expect(expectTyped(outcome.error).code).toBe('EVENT_INVALID');
    await gateway.stop();
  });
});
