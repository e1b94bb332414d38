import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { asConfig, type UplinkEvent } from '../../../src/index.js';
import { createMemoryDisk, createMemoryNorthward, type MemoryNorthward } from '../../../src/testing/index.js';
import { until } from '../../support/memory-northward.js';
import { root } from '../../support/doc-pages.js';

/** Rows of the table: payload mode, points, bytes, bytes with `compress`. The mode stands in its first row only. */
const rows = [
  ...readFileSync(path.join(root, 'docs/outages.md'), 'utf8').matchAll(
    /^\| (?:`(\w+)`)? +\| (\d+) +\| ([\d ]+?) +\| ([\d ]+?) +\|/gm,
  ),
].map(([, mode = '', points, plain = '', compressed = '']) => ({
  mode,
  points: Number(points),
  plain: Number(plain.replaceAll(' ', '')),
  compressed: Number(compressed.replaceAll(' ', '')),
}));
for (const [index, row] of rows.entries()) row.mode ||= rows[index - 1]?.mode ?? '';

const POINTS = ['temperature', 'pressure', 'rpm', 'running', 'current'];
const DEVICES = 100;
const ROUNDS = 20;

const reading = (device: number, round: number, points: number): UplinkEvent => ({
  kind: 'telemetry',
  deviceId: 1001 + device,
  deviceName: `pump-${device}`,
  timestamp: 1_734_870_900_000 + round * 1_000 + device,
  values: Array.from({ length: points }, (_, point) => ({
    pointId: point + 1,
    pointKey: `${POINTS[point % POINTS.length]}_${point}`,
    value:
      point % POINTS.length === 3
        ? round % 2 === 0
        : Math.round((20 + point + 10 * Math.sin(round / 7 + device + point)) * 100) / 100,
  })),
});

function onDisk(northward: MemoryNorthward): number {
  return (northward.metrics().store?.lanes ?? []).reduce((sum, { messages }) => sum + messages, 0);
}

/** Bytes on disk a message, with a message of each device in a commit. */
async function bytesOnDisk(mode: string, points: number, compress: boolean): Promise<number> {
  const disk = createMemoryDisk();
  const telemetry = { enabled: true, topic: 'plant.telemetry', key: '{{device_id}}', payload: { mode } };
  const northward = createMemoryNorthward(
    asConfig({
      app: { id: 1, name: 'plant-7' },
      connection: { bootstrapServers: 'kafka:9092' },
      uplink: { store: { path: '/store', storeAfterMs: 0, compress }, telemetry },
      downlink: { enabled: false },
    }),
    { disk },
  );
  await northward.start();
  await northward.setConnected(false);
  for (let round = 0; round < ROUNDS; round += 1) {
    const events = Array.from({ length: DEVICES }, (_, device) => reading(device, round, points));
    void northward.publishBatch(events);
    await northward.advanceTime(1_000);
    // Deflating takes time of its own.
    await until('all are on disk', () => onDisk(northward) === DEVICES * (round + 1));
  }
  const files = [...disk.files].filter(([file]) => file.includes('telemetry'));
  await northward.stop({ timeoutMs: 100 });
  return files.reduce((sum, [, bytes]) => sum + bytes.length, 0) / (DEVICES * ROUNDS);
}

describe('docs/outages.md', () => {
  it('has a row for each format and number of points', () => {
    expect(rows.map(({ mode, points }) => `${mode} ${points}`)).toEqual(
      ['envelope_json', 'kv'].flatMap((mode) => [1, 5, 20, 50].map((points) => `${mode} ${points}`)),
    );
  });

  it.each(rows)(
    'says what $mode with $points points takes on disk',
    async ({ mode, points, plain, compressed }) => {
      const real = await bytesOnDisk(mode, points, false);
      expect(Math.abs(plain / real - 1), `${real} bytes`).toBeLessThan(0.05);
      const deflated = await bytesOnDisk(mode, points, true);
      expect(Math.abs(compressed / deflated - 1), `${deflated} bytes with compress`).toBeLessThan(0.25);
    },
  );
});
