import { afterEach, describe, expect, it, vi } from 'vitest';
import { NOW, allKinds, configOf, emptySlot, mapperOf } from './support.js';

afterEach(() => vi.restoreAllMocks());

const PAYLOADS = [
  { mode: 'envelope_json' },
  { mode: 'kv', includeMeta: true },
  { mode: 'timeseries_rows', includeMeta: true },
  { mode: 'mapped_json', config: { 'a.b': 'data.values[?value > `2`]', c: '`{"x":1}`' } },
];

describe('§8.10 templates and expressions are compiled once', () => {
  it.each(PAYLOADS)(
    'given $mode, when events are encoded, then nothing is parsed and no regular expression runs',
    (payload) => {
      const mapper = mapperOf({
        telemetry: { enabled: true, topic: '{{ts_ms}}.{{HH}}', key: '{{device_id}}', payload },
      });
      const parse = vi.spyOn(JSON, 'parse');
      const exec = vi.spyOn(RegExp.prototype, 'exec');
      const slot = emptySlot();
      for (let i = 0; i < 50; i += 1) {
        const values = [{ pointId: 1, pointKey: 'temp', value: i }];
        mapper.encode('telemetry', { deviceId: i % 5, deviceName: 'd', timestamp: NOW + i, values }, slot);
      }
      const calls = [parse.mock.calls.length, exec.mock.calls.length];
      vi.restoreAllMocks();
      expect(calls).toEqual([0, 0]);
      expect(slot.topic).toBe(`${NOW + 49}.12`);
    },
  );

  it('§8.15: given a template or expression that does not compile, when configured, then it is a configuration error', () => {
    const bad = { topic: '{{foo bar}}', key: '{{', payload: { mode: 'mapped_json', config: { a: 'sum(' } } };
    expect(() => configOf({ telemetry: { enabled: true, ...bad } })).toThrow(
      /uplink\.telemetry\.topic[^]*uplink\.telemetry\.key[^]*payload\.config/,
    );
  });

  it('§8.9: given kv for online events, when configured, then it is a configuration error', () => {
    expect(() => configOf({ deviceConnected: { enabled: true, payload: { mode: 'kv' } } })).toThrow(
      'deviceConnected',
    );
    expect(() => configOf(allKinds({ payload: { mode: 'timeseries_rows' } }))).toThrow('alarm');
  });
});
