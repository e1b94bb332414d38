import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PointMeta, UplinkEvent } from '../../../src/model.js';
import { HELPER_ARITY } from '../../../src/mapping/template-helpers.js';
import { safeTopic } from '../../../src/uplink/topic.js';
import { mapperOf, previewText } from './support.js';

const DOCS = readFileSync(new URL('../../../docs/uplink.md', import.meta.url), 'utf8');

const POINTS: Readonly<Record<string, PointMeta>> = {
  1: { dataType: 'float64' },
  2: { dataType: 'boolean' },
};

const EVENT: UplinkEvent = {
  kind: 'telemetry',
  deviceId: 1001,
  deviceName: 'Kessel Süd',
  timestamp: 1_734_870_900_123,
  values: [
    { pointId: 1, pointKey: 'temp', value: 25 },
    { pointId: 2, pointKey: 'running', value: true },
  ],
  metadata: { unit: '°C' },
};

const MAPPED = {
  mode: 'mapped_json',
  config: {
    'device.id': 'device.id',
    values: 'points',
    'meta.hot': 'data.values[?value > `20`].point_key',
  },
};

describe('docs/uplink.md', () => {
  it.each([
    { mode: 'envelope_json' },
    { mode: 'kv' },
    { mode: 'kv', includeMeta: true },
    { mode: 'timeseries_rows', includeMeta: true },
    MAPPED,
  ])('§5: given $mode, when the event of the page is previewed, then the page shows its bytes', (payload) => {
    const mapper = mapperOf({ telemetry: { enabled: true, payload } }, { pointMeta: (id) => POINTS[id] });
    expect(DOCS).toContain('```text\n' + previewText(mapper, EVENT) + '\n```');
  });

  it('§5: given the rules of the page, then they are those of the example', () => {
    expect(DOCS).toContain('```json\n' + JSON.stringify(MAPPED, null, 2) + '\n```');
  });

  it.each(['ng.Kessel Süd', 'ng.水泵1', 'ng.pump-1'])(
    '§4: given %s, when made safe, then the page shows the topics',
    (rendered) => {
      expect(DOCS).toContain(`\`${safeTopic(rendered, 'sanitize')}\``);
      expect(DOCS).toContain(`\`${safeTopic(rendered, 'sanitize_hash')}\``);
    },
  );

  it.each([...HELPER_ARITY.keys()])('§4: given the helper %s, then the page has it', (name) => {
    expect(DOCS).toMatch(new RegExp(`\`(?:\\{\\{)?${name}\\b`));
  });
});
