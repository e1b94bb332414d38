import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/cli.js';
import { filesOf, withConsoleOutput, withoutOwnWarning } from '../../support/console-blocks.js';
import { root } from '../../support/doc-pages.js';
import { describeWithOwnKafka, startKafka, type TestKafka } from '../../support/kafka-cluster.js';

const page = path.join(root, 'docs/cli.md');
const SERVER = '127.0.0.1:9092';
const STORE = '/var/lib/gateway/kafka';
const home = process.cwd();

// After a change of what commands print: npx vitest run test/integration/cli/docs.test.ts --update
describeWithOwnKafka('docs/cli.md', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    process.chdir(home);
    await kafka.stop();
  });

  it('shows what the commands print that need a broker', async () => {
    const text = await readFile(page, 'utf8');
    const folder = await temporaryFolder();
    const files = filesOf(text);
    for (const [name, content] of Object.entries(files)) {
      const ours = content
        .replaceAll(SERVER, kafka.bootstrapServers)
        .replaceAll(STORE, path.join(folder, 'kafka'));
      await writeFile(path.join(folder, name), ours);
    }
    await kafka.createTopic('plant.telemetry', { partitions: 3 });
    await kafka.createTopic('plant.commands', { partitions: 3 });
    const { value } = JSON.parse(files['record.json']!) as { value: unknown };
    await kafka.consoleProduce('plant.commands', [{ key: 'pump-1', value: JSON.stringify(value) }]);
    process.chdir(folder);
    const change = (printed: string): string =>
      withoutOwnWarning(printed)
        .replaceAll(kafka.bootstrapServers, SERVER)
        .replaceAll(/^[^\n]* …\n/gm, '')
        .replaceAll(/cli-[0-9a-f]{12}/g, 'cli-5f0c2a9d41b7')
        .replaceAll(/"timestampMs":\d+/g, '"timestampMs":1769862900123');
    const early = await withConsoleOutput(text, 'kafka', change);
    await kafka.deleteTopic('plant.telemetry');
    const real = await withConsoleOutput(early, 'kafka topics', change);
    await expect(real).toMatchFileSnapshot(page);
  });
});
