import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../src/language/json/exact-json.js';
import type { PointMeta, UplinkEvent, UplinkKind } from '../../../src/api/uplink.js';
import { mapperOf, thrown, untag } from './support.js';

interface Vector {
  readonly app: { readonly id: number; readonly name: string };
  readonly pointMeta: Readonly<Record<string, PointMeta>>;
  readonly kind: UplinkKind;
  readonly mapping: {
    readonly topic: string;
    readonly key: string;
    readonly payload: { readonly mode: string };
  };
  readonly event: object;
  readonly expect: {
    readonly topic?: string;
    readonly key?: string | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly timestampMs?: number;
    readonly payload: string;
  };
}

const FILE = new URL('../../vectors/uplink.json', import.meta.url);
const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Vector[];

const SLOTS: Readonly<Record<UplinkKind, string>> = {
  telemetry: 'telemetry',
  attributes: 'attributes',
  device_connected: 'deviceConnected',
  device_disconnected: 'deviceDisconnected',
  alarm: 'alarm',
  rpc_response: 'rpcResponse',
  write_point_response: 'writePointResponse',
};

describe('§9 vectors of the reference: event and mapping → topic, key, headers, value', () => {
  it('given the file, then all 420 cases are there', () => {
    expect(vectors).toHaveLength(420);
  });

  it.each(vectors.map((vector, i) => [i, vector.kind, vector.mapping.payload.mode, vector] as const))(
    'given case %i (%s, %s), when previewed, then the record is what the reference makes',
    (_, _kind, mode, vector) => {
      const { topic, key, headers, timestampMs, payload } = vector.expect;
      if (topic === '') expect(thrown(() => preview(vector))).toMatchObject({ code: 'TOPIC_EMPTY' });
      // Where the reference sends nothing, or to a topic without a name, its payload is still known.
      const record = preview(vector, topic ? vector.mapping.topic : 'ng.test');
      if (topic) expect(record.renderedTopic).toBe(topic);
      if (key !== undefined) expect(record.key?.toString() ?? null).toBe(key);
      if (headers !== undefined) expect(record.headers).toStrictEqual(headers);
      if (timestampMs !== undefined) expect(record.timestampMs).toBe(timestampMs);
      const value = record.value.toString();
      if (mode === 'mapped_json')
        expect(parseExactJson(record.value)).toStrictEqual(parseExactJson(Buffer.from(payload)));
      else expect(normal(value)).toBe(normal(payload));
    },
  );
});

function preview({ app, pointMeta, kind, mapping, event }: Vector, topic = mapping.topic) {
  const uplink = { [SLOTS[kind]]: { ...mapping, enabled: true, topic }, dataTypeFormat: 'code' };
  const mapper = mapperOf(uplink, { app, pointMeta: (id) => pointMeta[String(id)] });
  const result = mapper.preview({ kind, ...(untag(event) as object) } as UplinkEvent);
  if (result.status !== 'record') throw new Error(result.reason);
  return result;
}

/** Numbers outside of texts in one form; the members of `metadata` and `details` in one order. */
function normal(json: string): string {
  const numbers = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  return sortFreeObjects(json).replace(numbers, (token) => (token.startsWith('"') ? token : oneForm(token)));
}

function oneForm(number: string): string {
  return /^-?\d+$/.test(number) ? `${BigInt(number)}` : `${Number(number)}`.replace(/e\+?/, 'e');
}

function sortFreeObjects(json: string): string {
  const at = /"(?:metadata|details)":\{/.exec(json);
  if (at === null) return json;
  const start = at.index + at[0].length - 1;
  const end = endOfObject(json, start);
  const sorted = JSON.stringify(sortKeys(JSON.parse(json.slice(start, end))));
  return json.slice(0, start) + sorted + json.slice(end);
}

function endOfObject(json: string, start: number): number {
  let depth = 0;
  for (const match of json.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (match[0] === '{') depth += 1;
    if (match[0] === '}') depth -= 1;
    if (depth === 0) return start + match.index + 1;
  }
  throw new Error('no end');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
