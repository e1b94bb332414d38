import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DownlinkPreview } from '../../../src/api/commands.js';
import { previewRecord } from '../../../src/downlink/preview.js';
import { routesOf, untag, type RoutesDocument } from './support.js';

interface Vector {
  readonly downlink: RoutesDocument;
  readonly record: {
    readonly topic: string;
    readonly key: string | null;
    readonly headers: readonly (readonly [string, string | null])[];
    readonly value: string | null;
  };
  readonly expect: { readonly outcome: string; readonly kind?: string; readonly data?: object };
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/downlink.json', import.meta.url), 'utf8'),
) as Vector[];

describe('§9 vectors: answers of the reference', () => {
  it('given the file, then all 823 cases are there', () => {
    expect(vectors).toHaveLength(823);
  });

  it.each(vectors.map((vector, index) => [index, vector] as const))(
    'given case %i, when previewed, then the outcome is that of the reference',
    (_, { downlink, record, expect: expected }) => {
      const outcome = previewRecord(routesOf(downlink), {
        topic: record.topic,
        key: bytes(record.key),
        value: bytes(record.value),
        headers: record.headers.map(([name, value]) => [name, bytes(value)] as const),
      });
      expect(comparable(outcome)).toEqual(untag(expected));
    },
  );
});

function bytes(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

/** In the form of the vectors: `timestampMs` for the timestamp, and of an error only that it is one. */
function comparable(outcome: DownlinkPreview): unknown {
  if (outcome.outcome !== 'event') return { outcome: outcome.outcome };
  const { timestamp, ...data } = outcome.data;
  return { outcome: 'event', kind: outcome.kind, data: { ...data, timestampMs: timestamp.getTime() } };
}
