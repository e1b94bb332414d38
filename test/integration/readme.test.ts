import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedBroker, realBroker } from '../../scripts/demo/brokers.mjs';
import { showOutage } from '../../scripts/demo/outage.mjs';
import { readmeBlocks, withAddress, writeReadmeFiles } from '../../scripts/lib/readme.mjs';
import { root } from '../support/doc-pages.js';
import { describeWithOwnKafka, startKafka, type TestKafka } from '../support/kafka-cluster.js';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  await mkdir(path.join(root, '.tmp'), { recursive: true });
  folder = await mkdtemp(path.join(root, '.tmp/readme-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The columns of a line of figures. */
const ROW = /^ *(\d+) s +(\w+) +(\w+) +(\d+) +(\d+) +(\d+) +(\d+) +\d+ MB$/;

/** What the demo prints, without its numbers: of the lines with figures the states of the broker, one after another. */
function shapeOf(lines: readonly string[]): string[] {
  const shape = lines.map((line) => ROW.exec(line)?.[2] ?? line.replaceAll(/\d+/g, 'N'));
  return shape.filter((line, index) => line !== shape[index - 1]);
}

/** Messages on disk while the broker is in that state, line by line. */
function onDisk(lines: readonly string[], broker: string): number[] {
  const rows = lines.map((line) => ROW.exec(line)).filter((row) => row?.[2] === broker);
  return rows.map((row) => Number(row?.[7]));
}

async function printed(broker: Awaited<ReturnType<typeof embeddedBroker>>): Promise<string[]> {
  const lines: string[] = [];
  const store = await mkdtemp(path.join(folder, 'store-'));
  try {
    expect(await showOutage(broker, store, (line) => lines.push(...line.split('\n')))).toBe(true);
    return lines;
  } finally {
    await broker.stop();
  }
}

describe('the outage of README.md', () => {
  it('is what the demo prints, but for the numbers, and fits on a terminal', async () => {
    const blocks = await readmeBlocks('text');
    const [command = '', ...shown] =
      blocks
        .find((text) => text.startsWith('$ '))
        ?.trimEnd()
        .split('\n') ?? [];
    expect(command).toBe('$ npm run demo -- --outage');
    expect(shown.length).toBeLessThan(24);
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(100);
    const lines = await printed(await embeddedBroker());
    expect(shapeOf(shown)).toEqual(shapeOf(lines));
    expect(onDisk(lines, 'cut').at(-1)).toBeGreaterThan(0);
    expect(onDisk(lines, 'up').at(-1)).toBe(0);
  });
});

describeWithOwnKafka('README.md on a real Kafka', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('its commands make the topics, and its programs run as pasted', async () => {
    const commands = (await readmeBlocks('sh')).find((text) => text.includes('--create')) ?? '';
    const tool = `${process.execPath} ${path.join(root, 'dist/cli/bin.js')}`;
    await writeReadmeFiles(folder);
    // The driver below has the document as it is in the README.
    const withTopics = await mkdtemp(path.join(folder, 'topics-'));
    const document = await readFile(path.join(folder, 'northward.json'), 'utf8');
    await writeFile(path.join(withTopics, 'northward.json'), withAddress(document, kafka.bootstrapServers));
    const script = commands.replaceAll(/^npx ng-kafka-northward/gm, tool);
    const made = await run('bash', ['-ec', script], { cwd: withTopics });
    expect(made.stdout).toMatch(/plant\.telemetry[^]*plant\.write/);
    const driver = path.join(root, 'test/package/readme.mjs');
    const { stdout } = await run(process.execPath, [driver, kafka.bootstrapServers], { cwd: folder });
    expect(stdout).toBe('readme: its programs do what it says\n');
  });

  it('given a broker that is killed and started again, then everything arrives, and the demo says so', async () => {
    const lines = await printed(await realBroker(kafka.cluster));
    expect(shapeOf(lines).filter((line) => /^\w+$/.test(line))).toEqual(['up', 'killed', 'starting', 'up']);
    expect(Math.max(...onDisk(lines, 'starting'))).toBeGreaterThan(0);
    expect(onDisk(lines, 'up').at(-1)).toBe(0);
  });
});
