import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, pathsOf, problemsOf } from './support.js';

type Json = Record<string, unknown>;

const slot = (pack: unknown, more: Json = {}): Json => ({
  enabled: true,
  payload: { mode: 'timeseries_rows', pack, ...more },
});
const mapped = (pack: unknown): Json => slot(pack, { mode: 'mapped_json', config: { a: 'ts_ms' } });

describe('§12 payload.pack', () => {
  test('given {}, then it has its defaults; left out or null, then nothing is packed', () => {
    const of = (pack: unknown): unknown => {
      const { payload } = parseConfig(document({ uplink: { telemetry: slot(pack) } })).config.uplink
        .telemetry;
      return payload.mode === 'timeseries_rows' ? payload.pack : 'another mode';
    };
    expect(of({})).toEqual({ maxEvents: 20, maxBytes: 65_536, maxWaitMs: 20 });
    expect(of({ maxEvents: 5 })).toEqual({ maxEvents: 5, maxBytes: 65_536, maxWaitMs: 20 });
    expect([of(null), of(undefined)]).toEqual([null, null]);
  });

  test.each([
    [
      'more events than the queue takes',
      { maxEvents: 21 },
      { queue: { maxMessages: 20 } },
      'maxEvents',
      'maxMessages',
    ],
    [
      'more bytes than the queue takes',
      { maxBytes: 2_000 },
      { queue: { maxBytes: 1_999 } },
      'maxBytes',
      'uplink.queue.maxBytes',
    ],
    ['more bytes than the client takes', { maxBytes: 1_000_001 }, {}, 'maxBytes', 'message.max.bytes'],
    [
      'more bytes than the client takes, as it is set',
      { maxBytes: 2_000 },
      { producer: { properties: { 'message.max.bytes': 1_500 } } },
      'maxBytes',
      'message.max.bytes',
    ],
    [
      'a longer wait than a promise has',
      { maxWaitMs: 2_000 },
      { producer: { messageTimeoutMs: 1_999 } },
      'maxWaitMs',
      'messageTimeoutMs',
    ],
  ])('given %s, then it is refused, with the bound', (_what, pack, uplink, field, bound) => {
    const problems = problemsOf({ uplink: { telemetry: slot(pack), ...uplink } });
    expect(pathsOf(problems)).toEqual([`uplink.telemetry.payload.pack.${field}`]);
    expect(problems[0]!.message).toContain(bound);
    expect(() =>
      parseConfig(document({ uplink: { ...uplink, telemetry: { ...slot(pack), enabled: false } } })),
    ).not.toThrow();
  });

  test('given no limit of promises, then any wait is taken', () => {
    const uplink = { telemetry: slot({ maxWaitMs: 60_000 }), producer: { messageTimeoutMs: 0 } };
    expect(() => parseConfig(document({ uplink }))).not.toThrow();
  });

  test.each(['rpcResponse', 'writePointResponse'])(
    'given %s, then it is refused: an answer has a record of its own',
    (name) => {
      const problems = problemsOf({ uplink: { [name]: mapped({}) } });
      expect(pathsOf(problems)).toEqual([`uplink.${name}.payload.pack`]);
      expect(problems[0]!.message).toContain('request id');
    },
  );

  test('given alarms or online, then mapped_json takes it', () => {
    const uplink = { alarm: mapped({}), deviceConnected: mapped({}) };
    expect(parseConfig(document({ uplink })).warnings).toEqual([]);
  });

  test('given envelope_json, then a pack that is left over is a warning', () => {
    const uplink = { telemetry: slot({}, { mode: 'envelope_json' }) };
    expect(parseConfig(document({ uplink })).warnings.map(({ path }) => path)).toEqual([
      'uplink.telemetry.payload.pack',
    ]);
  });
});
