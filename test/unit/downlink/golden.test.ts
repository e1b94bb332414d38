import { deepStrictEqual } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DownlinkPreview } from '../../../src/api/commands.js';
import { previewRecord } from '../../../src/downlink/preview.js';
import { DecodeError } from '../../../src/api/errors.js';
import { plain, routesOf, untag, type RoutesDocument } from './support.js';

/** Text, bytes in Base64, or parts put together, one of which may be repeated. */
type Bytes = string | null | { readonly base64: string } | { readonly parts: readonly Part[] };
type Part = string | { readonly repeat: readonly [string, number] };

interface GoldenVector {
  readonly given: string;
  readonly routes: RoutesDocument;
  readonly record: {
    readonly topic: string;
    readonly key: Bytes;
    readonly headers: readonly (readonly [string, Bytes])[];
    readonly value: Bytes;
    readonly timestampMs?: number;
  };
  readonly expect:
    | { readonly outcome: 'event'; readonly kind: string; readonly data: object }
    | { readonly outcome: 'ignored' }
    | { readonly outcome: 'error'; readonly code: string; readonly message?: string };
}

const DIRECTORY = new URL('../../vectors/golden-downlink/', import.meta.url);

const goldenVectors = readdirSync(DIRECTORY)
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, DIRECTORY), 'utf8')) as GoldenVector);

describe('§6 golden vectors: record and routes → event, ignored, or error with code', () => {
  it('given the directory, then at least 60 cases are there', () => {
    expect(goldenVectors.length).toBeGreaterThanOrEqual(60);
  });

  it.each(goldenVectors.map((vector) => [vector.given, vector] as const))(
    'given %s, when previewed, then the outcome is as recorded',
    (_, { routes, record, expect: expected }) => {
      const outcome = previewRecord(routesOf(routes), {
        ...record,
        key: bytes(record.key),
        value: bytes(record.value),
        headers: record.headers.map(([name, value]) => [name, bytes(value)] as const),
      });
      if (expected.outcome === 'event') deepStrictEqual(comparable(outcome), untag(expected));
      else if (expected.outcome === 'ignored') expect(outcome).toStrictEqual({ outcome: 'ignored' });
      else expectError(outcome, expected, record.topic);
    },
  );
});

function expectError(outcome: DownlinkPreview, expected: { code: string; message?: string }, topic: string) {
  if (outcome.outcome !== 'error') throw new Error(`expected an error, found ${outcome.outcome}`);
  expect(outcome.error).toBeInstanceOf(DecodeError);
  expect(outcome.error).toMatchObject({ code: expected.code, topic, retryable: false });
  expect(outcome.error.message).toContain(expected.message ?? '');
  expect(outcome.error.message.startsWith(`${topic}: `)).toBe(true);
  expect(outcome.error.message.length).toBeLessThan(400);
}

function bytes(source: Bytes): Buffer | string | null {
  if (source === null || typeof source === 'string') return source;
  if ('base64' in source) return Buffer.from(source.base64, 'base64');
  return source.parts
    .map((part) => (typeof part === 'string' ? part : part.repeat[0].repeat(part.repeat[1])))
    .join('');
}

/** In the form of the data files: the timestamp as text, objects with an ordinary prototype. */
function comparable(outcome: DownlinkPreview): unknown {
  if (outcome.outcome !== 'event') return outcome;
  const { timestamp, ...data } = outcome.data;
  return { ...outcome, data: plain({ ...data, timestamp: timestamp.toISOString() }) };
}
