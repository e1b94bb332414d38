import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildIfStale } from '../../../scripts/lib/build.mjs';
import { projectRoot } from '../../../scripts/lib/project.mjs';

const testing = pathToFileURL(path.join(projectRoot, 'dist/testing/index.js')).href;

/** Runs a module as a program of its own; rejects when it fails, or has to be killed. */
async function run(code: string): Promise<unknown> {
  const whole = `
    import { createMemoryNorthward, startEmbeddedBroker } from ${JSON.stringify(testing)};
    const addons = () => process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'));
    const tell = (value) => console.log(JSON.stringify(value));
    ${code}`;
  const args = ['--input-type=module', '--eval', whole];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return JSON.parse(stdout);
}

describe('a process that uses the double', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    expect(await buildIfStale()).toBe(true);
  }, 120_000);

  test('given work in every direction, then the native client is not loaded; the embedded broker loads it', async () => {
    const told = await run(`
      const northward = createMemoryNorthward();
      await northward.start();
      await northward.publishTelemetry({ deviceId: 1, deviceName: 'a', values: { n: 1 } });
      await northward.sendCommand({ key: 'reboot' });
      const before = addons();
      const broker = await startEmbeddedBroker();
      tell({ published: northward.published.length, before, after: addons().length });
      await broker.stop();
    `);
    expect(told).toEqual({ published: 1, before: [], after: 1 });
  });

  test('given publishes, commands and an outage that nobody ends, then the process ends all the same', async () => {
    const told = await run(`
      const northward = createMemoryNorthward();
      (async () => { for await (const command of northward.commands()) await new Promise(() => {}); })();
      await northward.start();
      await northward.sendCommand({ key: 'reboot', timeoutMs: 1000 });
      await northward.setConnected(false);
      northward.publishTelemetry({ deviceId: 1, deviceName: 'a', values: { n: 1 } });
      await northward.settle();
      tell(northward.metrics().uplink.queue.messages);
    `);
    expect(told).toBe(1);
  });

  test('given a worker thread, then the double works there', async () => {
    const told = await run(`
      import { Worker, isMainThread } from 'node:worker_threads';
      const code = \`
        const { parentPort } = require('node:worker_threads');
        import(${JSON.stringify(testing)}).then(async ({ createMemoryNorthward }) => {
          const northward = createMemoryNorthward();
          await northward.start();
          parentPort.postMessage(await northward.publishTelemetry({ deviceId: 1, deviceName: 'a', values: {} }));
        });
      \`;
      new Worker(code, { eval: true, execArgv: [] }).once('message', tell);
    `);
    expect(told).toMatchObject({ status: 'delivered' });
  });
});
