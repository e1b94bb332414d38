import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PublishError } from '../../../src/api/errors.js';
import { eventOf, pointMetaOf, readGoldenCases } from './golden-files.js';
import type { GoldenCase, GoldenError, GoldenRecord } from './golden-files.js';
import { headerTexts } from '../../../src/record/outgoing-record.js';
import type { RecordPreview } from '../../../src/api/uplink.js';
import { emptySlot, mapperOf, thrown } from './support.js';

const cases = readGoldenCases();

describe('golden vectors: configuration and event → exact record, or typed error', () => {
  it('given the directory, then at least 60 cases are there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(cases.map((golden) => [golden.section, golden.given, golden.file, golden] as const))(
    '%s: given %s, when previewed, then it is as recorded (%s)',
    (_section, _given, _file, golden) => {
      const { expect: expected } = golden;
      if ('error' in expected) expectError(golden, expected.error);
      else if ('skipped' in expected)
        expect(preview(golden)).toStrictEqual({ status: 'skipped', reason: expected.skipped });
      else expectRecord(golden, expected);
    },
  );

  it.each(
    cases.filter((golden) => !('skipped' in golden.expect)).map((golden) => [golden.given, golden] as const),
  )('§2 preview: given %s, when encoded for sending, then it is what the preview shows', (_given, golden) => {
    const { expect: expected } = golden;
    if ('error' in expected) expect(() => encode(golden)).toThrow(PublishError);
    else if (!('skipped' in expected)) expect(encode(golden)).toStrictEqual(expected);
  });
});

function mapper(golden: GoldenCase) {
  return mapperOf(golden.uplink, { pointMeta: pointMetaOf(golden) });
}

function preview(golden: GoldenCase) {
  return mapper(golden).preview(eventOf(golden));
}

/** The record by the way of sending, twice: what is kept per device must not change it. */
function encode(golden: GoldenCase): GoldenRecord {
  const sender = mapper(golden);
  const { kind, ...data } = eventOf(golden);
  const slot = emptySlot();
  sender.encode(kind, data, slot);
  sender.encode(kind, data, slot);
  const { topic, key, value, timestampMs } = slot;
  if (value === null) throw new Error('no record');
  const { renderedTopic } = preview(golden) as RecordPreview;
  return comparable({ renderedTopic, topic, key, headers: headerTexts(slot), timestampMs, value });
}

function expectRecord(golden: GoldenCase, expected: GoldenRecord): void {
  const record = preview(golden);
  if (record.status !== 'record') throw new Error(record.reason);
  expect(comparable(record)).toStrictEqual(expected);
}

function expectError(golden: GoldenCase, expected: GoldenError): void {
  const error = thrown(() => preview(golden));
  expect(error).toBeInstanceOf(PublishError);
  expect(error).toMatchObject({ code: expected.code, retryable: false, kind: eventOf(golden).kind });
  expect((error as Error).message).toContain(expected.message);
}

const LONG = 20_000;

function comparable(record: {
  renderedTopic: string;
  topic: string;
  key: Buffer | null;
  headers: Readonly<Record<string, string>>;
  timestampMs: number;
  value: Buffer;
}): GoldenRecord {
  const { renderedTopic, topic, key, headers, timestampMs, value } = record;
  const sha256 = createHash('sha256').update(value).digest('hex');
  return {
    renderedTopic,
    topic,
    key: key === null ? null : key.toString(),
    headers,
    timestampMs,
    value: value.length > LONG ? { bytes: value.length, sha256 } : value.toString(),
  };
}
