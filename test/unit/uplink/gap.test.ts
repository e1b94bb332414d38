import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PublishError } from '../../../src/api/errors.js';
import type { UplinkKind } from '../../../src/api/uplink.js';
import { headerTexts, type OutgoingRecord } from '../../../src/record/outgoing-record.js';
import type { DataGap } from '../../../src/store/port.js';
import { allKinds, mapperOf, NOW, thrown, type UplinkDocument } from './support.js';

interface GapVector {
  readonly given: string;
  readonly uplink: UplinkDocument;
  readonly gap: DataGap;
  readonly now: number;
  /** `null`: nothing is sent. */
  readonly expect: object | null;
}

const DIRECTORY = new URL('../../vectors/golden-gaps/', import.meta.url);

const vectors = readdirSync(DIRECTORY)
  .sort()
  .map((file) => JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8')) as GapVector);

function isOfDefaults({ given }: GapVector): boolean {
  return given.endsWith('by default') && !given.includes('disabled');
}

function comparable(record: OutgoingRecord): object {
  const { topic, key, value, timestampMs } = record;
  return {
    topic,
    key: key?.toString() ?? null,
    headers: headerTexts(record),
    timestampMs,
    value: value?.toString(),
  };
}

const GAP: DataGap = {
  id: 1,
  lane: 'telemetry',
  kind: 'telemetry',
  fromMs: NOW - 1000,
  toMs: NOW,
  count: 2,
  cause: 'expired',
  before: 9,
};

const enabled = (mapping: object = {}): UplinkDocument => ({ dataGap: { enabled: true, ...mapping } });

/** What the envelope holds as data. */
function dataOf(record: OutgoingRecord | null): unknown {
  return (JSON.parse(String(record?.value)) as { payload: { data: unknown } }).payload.data;
}

describe('§10 golden vectors: a gap → exact record, or nothing', () => {
  it.each(vectors.map((vector) => [vector.given, vector] as const))(
    'given %s, then it is as recorded',
    (_given, { uplink, gap, now, expect: expected }) => {
      const record = mapperOf(uplink).encodeGap(gap, now);
      expect(record === null ? null : comparable(record)).toStrictEqual(expected);
    },
  );
});

describe('§10 the record of a gap', () => {
  it('is shown by docs/uplink.md', () => {
    const page = readFileSync(new URL('../../../docs/uplink.md', import.meta.url), 'utf8');
    const value = mapperOf(enabled()).encodeGap(vectors.find(isOfDefaults)!.gap, 1_734_870_900_123)?.value;
    expect(page).toContain(`\n${value?.toString()}\n`);
  });

  it('is about no device, and of its own kind', () => {
    expect(mapperOf(enabled()).encodeGap(GAP, NOW)).toMatchObject({
      kind: 'data_gap',
      deviceId: null,
      deviceName: '',
    });
  });

  it.each([Number.NaN, 8.64e15, Number.POSITIVE_INFINITY, -1e15, 0.5])(
    'given the time %d, which no event has, then it is not known',
    (ms) => {
      const record = mapperOf(enabled()).encodeGap({ ...GAP, fromMs: ms, toMs: ms }, NOW);
      expect(dataOf(record)).toMatchObject({ from: null, to: null });
    },
  );

  it('given the lane of a former configuration with an odd name, then its topic is one that Kafka takes', () => {
    const record = mapperOf(enabled({ topic: 'gaps.{{lane}}' })).encodeGap({ ...GAP, lane: 'a b' }, NOW);
    expect(record?.topic).toBe('gaps.a_b');
  });

  it.each([
    ['a topic that Kafka refuses', { topic: 'gaps.{{lane}}' }, 'TOPIC_ILLEGAL'],
    ['a topic that renders to nothing', { topic: '{{device_name}}' }, 'TOPIC_EMPTY'],
    [
      'a rule that fails',
      { topic: 't', payload: { mode: 'mapped_json', config: { a: 'abs(data.cause)' } } },
      'EXPRESSION_FAILED',
    ],
  ])('given %s, then it throws an error that names the kind', (_name, mapping, code) => {
    const mapper = mapperOf({ ...enabled(mapping), topicPolicy: 'reject' });
    const error = thrown(() => mapper.encodeGap({ ...GAP, lane: 'a b' }, NOW));
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({
      code,
      kind: 'data_gap',
      message: expect.stringMatching(/^data_gap: /) as string,
    });
  });

  it('is nothing that a host publishes: the kind does not exist for it', () => {
    const mapper = mapperOf({ ...allKinds({ topic: 't' }), ...enabled() });
    const kind = 'data_gap' as UplinkKind;
    for (const call of [() => mapper.skipReason(kind), () => mapper.preview({ ...GAP, kind } as never)]) {
      const error = thrown(call);
      expect(error).toMatchObject({ code: 'EVENT_INVALID' });
      expect((error as Error).message).toMatch(/^kind: expected one of telemetry, .*, found data_gap$/);
    }
  });
});
