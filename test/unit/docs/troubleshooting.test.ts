import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { root } from '../../support/doc-pages.js';
import { CONFIGURATION_SYMPTOMS } from '../../support/symptoms/configuration.js';
import { KAFKA_SYMPTOMS, LOCAL_SYMPTOMS } from '../../support/symptoms/connection.js';
import { DOWNLINK_SYMPTOMS } from '../../support/symptoms/downlink.js';
import { pageWith, TROUBLESHOOTING } from '../../support/symptoms/page.js';
import { STORE_SYMPTOMS } from '../../support/symptoms/store.js';
import { UPLINK_SYMPTOMS } from '../../support/symptoms/uplink.js';

const page = readFileSync(TROUBLESHOOTING, 'utf8');
const here = { ...CONFIGURATION_SYMPTOMS, ...UPLINK_SYMPTOMS, ...DOWNLINK_SYMPTOMS, ...STORE_SYMPTOMS };
/** Each symptom with its heading, and where it is made. */
const entries = page
  .split(/^### /m)
  .slice(1)
  .map((text) => ({
    heading: text.split('\n')[0] ?? '',
    seen: [...text.matchAll(/^<!-- seen: ([\w-]+) -->$/gm)].map(([, id = '']) => id),
    tests: [...text.matchAll(/^<!-- test: (\S+) "(.+)" -->$/gm)].map(([, file = '', title = '']) => ({
      file,
      title,
    })),
  }));

describe('docs/troubleshooting.md', () => {
  it.each(entries)('has a test that makes the symptom: $heading', ({ seen, tests }) => {
    expect(seen.length + tests.length).toBeGreaterThan(0);
    for (const { file, title } of tests) expect(readFileSync(`${root}/${file}`, 'utf8')).toContain(title);
  });

  it('shows every symptom that is made, once, and no other', () => {
    const made = Object.keys({ ...here, ...LOCAL_SYMPTOMS, ...KAFKA_SYMPTOMS });
    expect(entries.flatMap(({ seen }) => seen).toSorted()).toEqual(made.toSorted());
  });

  // After a change: npx vitest run test/unit/docs/troubleshooting.test.ts --update
  it('shows what is seen, as it is', { timeout: 60_000 }, async () => {
    const texts: Record<string, string> = {};
    for (const [id, make] of Object.entries(here)) texts[id] = await make();
    await expect(await pageWith(texts)).toMatchFileSnapshot(TROUBLESHOOTING);
  });
});
