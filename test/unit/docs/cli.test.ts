import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { temporaryFolder } from '../../support/cli.js';
import { filesOf, withConsoleOutput, withoutOwnWarning } from '../../support/console-blocks.js';
import { root } from '../../support/doc-pages.js';
import { WrittenStore } from '../../support/written-store.js';

const page = path.join(root, 'docs/cli.md');
const STORE = '/var/lib/gateway/kafka';
const home = process.cwd();

afterAll(() => {
  process.chdir(home);
});

// After a change of what commands print: npx vitest run test/unit/docs/cli.test.ts --update
describe('docs/cli.md', () => {
  it('shows what the commands print that need no broker', async () => {
    const text = await readFile(page, 'utf8');
    const folder = await temporaryFolder();
    const ours = (file: string): string => file.replaceAll(STORE, path.join(folder, 'kafka'));
    for (const [name, content] of Object.entries(filesOf(text))) {
      await writeFile(path.join(folder, name), ours(content));
    }
    const written = new WrittenStore(JSON.parse(ours(filesOf(text)['northward.json']!)));
    await written.store.open();
    await written.write('telemetry', '{"ts_ms":1769862900123,"values":{"temp":25}}', 3);
    const about = {
      kind: 'telemetry',
      timestampMs: 1_769_862_900_123,
      key: null,
      value: Buffer.from('1'),
    } as const;
    written.store.lose('telemetry', about, 'evicted');
    await written.close();
    process.chdir(folder);
    const real = await withConsoleOutput(text, '', (printed) =>
      withoutOwnWarning(printed)
        .replaceAll(path.join(folder, 'kafka'), STORE)
        .replaceAll(/accepted .* to .*Z/g, 'accepted 2026-01-31T12:35:00.250Z to 2026-01-31T12:35:02.250Z')
        .replaceAll(/("oldestMs":)\d+(,"newestMs":)\d+/g, '$11769862900250$21769862902250')
        .replaceAll(/"id":"[0-9a-f]{12}"/g, '"id":"5f0c2a9d41b7"')
        .replaceAll(/"day":"[\d-]+"/g, '"day":"2026-01-31"')
        .replaceAll(/^ {2}[\d-]{10}: 1 telemetry/gm, '  2026-01-31: 1 telemetry'),
    );
    await expect(real).toMatchFileSnapshot(page);
  });

  it('has a section of each command, with its help', async () => {
    const text = await readFile(page, 'utf8');
    // The doctor has a page of its own, docs/doctor.md.
    for (const { name } of COMMANDS.filter((each) => each.name !== 'doctor')) {
      expect(text).toContain(`\n## ${name}\n`);
      expect(text).toContain(`$ npx ng-kafka-northward ${name} --help\n`);
    }
  });
});
