import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../src/testing/index.js';
import { produceRaw } from '../support/raw-producer.js';

const root = new URL('../../', import.meta.url);
const WRITE = {
  schema_version: 1,
  event: { kind: 'write_point' },
  payload: { data: { request_id: 'r-1', point_id: 1, value: 42, timestamp: null } },
};

describe('README', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(async () => {
    await broker.stop();
  });

  it('the example runs as it stands, to its end', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(example.split('\n').length).toBeLessThan(35);
    const file = new URL('.tmp/readme-example.ts', root);
    await mkdir(new URL('.', file), { recursive: true });
    await writeFile(file, example.replace('127.0.0.1:9092', broker.bootstrapServers));
    const printed: unknown[][] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...args) => void printed.push(args));
    const complaint = vi.spyOn(console, 'error');
    const send = async (): Promise<void> => {
      const value = Buffer.from(JSON.stringify(WRITE));
      const record = { topic: 'plant.write', partition: 0, key: null, value, headers: [] };
      await produceRaw(broker.bootstrapServers, 'none', record);
    };
    await send(); // so that the topic is there before the example asks for it
    const write = setInterval(() => void send(), 500);
    try {
      await import(/* @vite-ignore */ file.pathname);
    } finally {
      clearInterval(write);
      log.mockRestore();
    }
    expect(printed[0]).toEqual([expect.objectContaining({ status: 'delivered', topic: 'plant.telemetry' })]);
    expect(printed[1]).toEqual([
      'write_point',
      expect.objectContaining({ requestId: 'r-1', pointId: 1, value: 42 }),
    ]);
    expect(complaint).not.toHaveBeenCalled();
  });

  it('shows the error that a misspelt configuration gives', async () => {
    const { asConfig, createKafkaNorthward } = await import('../../src/index.js');
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const shown = /```text\n([\s\S]*?)\n```/.exec(readme)?.[1];
    const security = { protocol: 'sasl_ssl', sasl: { username: 'u', pasword: 'secret' } };
    const uplink = { telemetry: { enabled: true, topic: 'a', payload: { mode: 'envelop_json' } } };
    const config = asConfig({
      connection: { bootstrapServers: 'a:9', security },
      uplink,
      downlink: { enabled: false },
    });
    expect(() => createKafkaNorthward(config)).toThrow(expect.objectContaining({ message: shown }));
  });
});
