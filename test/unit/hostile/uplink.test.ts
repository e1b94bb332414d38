import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KafkaNorthward } from '../../../src/api/northward.js';
import type { UplinkEvent } from '../../../src/api/uplink.js';
import { memoryNorthward } from '../../support/memory-northward.js';
import {
  anything,
  expectTyped,
  KEYS,
  outcomeOf,
  runs,
  THROWN,
  throwing,
  watchTheProcess,
  type Make,
} from './support.js';

watchTheProcess();

const SLOTS = [
  'telemetry',
  'attributes',
  'deviceConnected',
  'deviceDisconnected',
  'alarm',
  'rpcResponse',
  'writePointResponse',
] as const;
const KINDS = [
  'telemetry',
  'attributes',
  'device_connected',
  'device_disconnected',
  'alarm',
  'rpc_response',
  'write_point_response',
] as const;
const RULES = {
  '__proto__.a': 'data',
  'constructor.prototype.b': 'points',
  'v.__proto__': 'data.values[*].value',
  text: 'to_string(@)',
  'n.s': 'data.*',
};
const TOPIC =
  '{{default device_name "none"}}.{{lookup this "alarm_type"}}.{{#each this}}{{len this}}{{/each}}';

/** Every kind, in every mode that it may have. */
const GATEWAYS: readonly KafkaNorthward[] = ['envelope_json', 'kv', 'timeseries_rows', 'mapped_json'].flatMap(
  (mode) =>
    ['sanitize', 'sanitize_hash', 'reject'].map((topicPolicy) => {
      const slots = SLOTS.map((slot, i) => {
        const payload = {
          mode: i > 1 && /kv|rows/.test(mode) ? 'envelope_json' : mode,
          config: RULES,
          includeMeta: true,
        };
        return [slot, { enabled: true, topic: TOPIC, key: '{{device_id}}{{request_id}}', payload }];
      });
      return memoryNorthward({ uplink: { ...Object.fromEntries(slots), topicPolicy } }).northward;
    }),
);

const VALID: Readonly<Record<string, unknown>> = {
  deviceId: 1,
  deviceName: 'd',
  deviceType: 't',
  values: [{ pointId: 1, pointKey: 'a', value: 1 }],
  clientAttributes: { a: 1 },
  metadata: { a: [1] },
  alarmType: 'a',
  severity: 'INFO',
  message: 'm',
  details: {},
  requestId: 'r',
  targetType: 'GATEWAY',
  result: { ok: true },
  pointId: 1,
  status: 'Success',
  timestamp: 5,
};

/** Texts and numbers that mean something, beside values that misbehave. */
const awkward: fc.Arbitrary<Make> = fc.oneof(
  { weight: 2, arbitrary: anything },
  fc
    .constantFrom(
      '__proto__',
      '.',
      '..',
      '',
      ' ',
      '\ud800',
      '\0',
      'ü'.repeat(300),
      'x'.repeat(70_000),
      '{{x}}',
      2 ** 31,
      -(2 ** 31),
      -0,
      8.64e15,
      -62_167_219_200_001,
      253_402_300_799_999,
      1.5,
      null,
    )
    .map((value) => () => value),
  anything.map((make) => () => [{ pointId: 1, pointKey: 'a', value: make() }]),
  anything.map((make) => () => Object.fromEntries(KEYS.map((key) => [key, make()]))),
);

const events: fc.Arbitrary<Make> = fc
  .tuple(
    fc.constantFrom(...KINDS),
    fc.array(fc.tuple(fc.constantFrom(...Object.keys(VALID)), awkward), { maxLength: 3 }),
    fc.nat({ max: 30 }),
  )
  .map(([kind, changes, odd]) => () => {
    const event = { kind, ...VALID };
    for (const [name, make] of changes) {
      Object.defineProperty(event, name, { value: make(), enumerable: true, configurable: true });
    }
    if (odd === 0) return throwing('deviceName', THROWN[changes.length % THROWN.length], event);
    return event;
  });

/** A record whose value is JSON and whose topic Kafka takes; or one of our errors. */
function check(northward: KafkaNorthward, event: unknown): boolean {
  let outcome;
  try {
    outcome = northward.previewUplink(event as UplinkEvent);
  } catch (error) {
    expectTyped(error);
    return false;
  }
  if (outcome.status !== 'record') throw new Error('skipped');
  expect(outcome.topic).toMatch(/^(?!\.{1,2}$)[\w.-]{1,249}$/);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(outcome.value);
  JSON.parse(text);
  for (const value of Object.values(outcome.headers)) expect(typeof value).toBe('string');
  return true;
}

describe('§3–§5 whatever a host hands over, it is a legal record or a typed error', () => {
  it('given the valid events, when previewed, then each is a record', () => {
    for (const northward of GATEWAYS.slice(0, 2)) {
      for (const kind of KINDS)
        expect(northward.previewUplink({ kind, ...VALID } as never).status).toBe('record');
    }
  });

  it('given events with anything in some fields, in every kind and mode, when previewed, then the same', () => {
    let records = 0;
    fc.assert(
      fc.property(fc.constantFrom(...GATEWAYS.keys()), events, (at, make) => {
        const northward = GATEWAYS[at];
        if (northward !== undefined && check(northward, make())) records += 1;
      }),
      runs(1_500),
    );
    expect(records).toBeGreaterThan(100);
  });

  it('given anything for an event, when previewed, then it is refused', () => {
    fc.assert(
      fc.property(anything, (make) => {
        expect(check(GATEWAYS[0]!, make())).toBe(false);
      }),
      runs(200),
    );
  });
});

describe('§7.2 whatever a host publishes, every call has its outcome', () => {
  it('given hostile events one by one and in batches, when published, then each ends, and the queue is empty', async () => {
    const counts = { delivered: 0, stored: 0, failed: 0, skipped: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 1, maxLength: 20 }), async (makes) => {
        const { northward, producers } = memoryNorthward({
          uplink: { telemetry: { payload: { mode: 'mapped_json', config: RULES } } },
        });
        await northward.start();
        const single = makes.map((make) => outcomeOf(northward.publish(make() as UplinkEvent)));
        const batch = await northward.publishBatch(makes.map((make) => make() as UplinkEvent));
        for (const outcome of await Promise.all(single)) if ('error' in outcome) expectTyped(outcome.error);
        for (const outcome of batch) {
          counts[outcome.status] += 1;
          if (outcome.status === 'failed') expectTyped(outcome.error);
        }
        expect(batch).toHaveLength(makes.length);
        expect(northward.metrics().uplink.queue).toMatchObject({ messages: 0, bytes: 0, inFlight: 0 });
        for (const { value } of producers.handed) JSON.parse((value ?? Buffer.from('0')).toString());
        await northward.stop();
      }),
      runs(40),
    );
    expect(Math.min(counts.delivered, counts.failed)).toBeGreaterThan(0);
  });
});
