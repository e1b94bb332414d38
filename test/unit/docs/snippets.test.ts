import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultOf } from '../../support/doc-configurations.js';
import { withRealOutput } from '../../support/doc-examples.js';
import { withRealTables } from '../../support/doc-tables.js';
import { blocksOf, docPages, root } from '../../support/doc-pages.js';
import type { Block } from '../../support/doc-pages.js';

const pages = await docPages();
const blocks = [...pages].flatMap(([page, text]) => blocksOf(page, text));

/** What docs/design.md says of the words behind a fence, as patterns. */
const MARKERS: Readonly<Record<string, RegExp>> = {
  ts: /^(|fragment|publish|run|examples\/[\w./-]+\.ts)$/,
  json: /^(|data|record|value|command|refused|mapping|view \w+|(app|connection|uplink|downlink|retryPolicy)(\.\w+)*)$/,
  text: /^(|value|topic|error|output)$/,
};

describe('the blocks of the pages', () => {
  it('have no marker that means nothing', () => {
    const odd = blocks.filter(({ language, marker }) => MARKERS[language]?.test(marker) === false);
    expect(odd.map(({ page, line, marker }) => `${page}:${line}: ${marker}`)).toEqual([]);
  });

  it.each(blocks.filter(({ marker }) => marker.startsWith('examples/')))(
    '$page: is the file $marker',
    async ({ marker, code }) => {
      expect(code).toBe(await readFile(path.join(root, marker), 'utf8'));
    },
  );
});

describe('the TypeScript of the pages', () => {
  /** What a fragment may take for given, unless it declares it itself. */
  const GIVEN: Readonly<Record<string, string>> = {
    createKafkaNorthward: `import { createKafkaNorthward } from 'ng-kafka-northward';`,
    northward: `declare const northward: import('ng-kafka-northward').KafkaNorthward;`,
    config: `declare const config: import('ng-kafka-northward').NorthwardConfig;`,
    writeToDevice: `declare function writeToDevice(data: unknown, signal: AbortSignal): Promise<number>;`,
  };
  let folder: string;

  beforeAll(async () => {
    await mkdir(path.join(root, '.tmp'), { recursive: true });
    folder = await mkdtemp(path.join(root, '.tmp/pages-'));
    // The document that pages import.
    await copyFile(path.join(root, 'examples/config/minimal.json'), path.join(folder, 'northward.json'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const preludeOf = (code: string): string =>
    Object.entries(GIVEN)
      .filter(([name]) => !new RegExp(`(const|let|function|import\\b.*) ${name}\\b`).test(code))
      .map(([, declaration]) => declaration)
      .join(' ');

  /** A module whose lines have the numbers that they have in the page. */
  function moduleOf({ line, marker, code }: Block): string {
    const head =
      marker === 'fragment' || marker === 'publish' ? `${preludeOf(code)} export {};` : 'export {};';
    return `${head}${'\n'.repeat(line - 1)}${code}`;
  }

  async function complaints(sources: readonly Block[]): Promise<string[]> {
    for (const block of sources)
      await writeFile(path.join(folder, `${path.basename(block.page)}-${block.line}.ts`), moduleOf(block));
    const compilerOptions = { noUnusedLocals: false };
    const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    return new Promise((resolve) => {
      execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }, (_error, out) =>
        resolve(out.split('\n').filter((each) => each !== '')),
      );
    });
  }

  it('agrees with the types of the package', { timeout: 120_000 }, async () => {
    // Those that are files are compiled where they lie.
    const sources = blocks.filter(({ language, marker }) => language === 'ts' && !marker.includes('/'));
    expect(sources.map(({ page }) => page)).toContain('README.md');
    // A mistake is found: the check is one.
    const [wrong] = blocksOf('wrong.md', '```ts fragment\nawait northward.publishTelemetri();\n```\n');
    expect(await complaints([...sources, wrong!])).toEqual([
      expect.stringMatching(/^wrong\.md-2\.ts\(2,17\): .*'publishTelemetri' does not exist/),
    ]);
  });
});

describe('the configurations of the pages', () => {
  it('are accepted, or refused where the page says so', () => {
    const configurations = blocks.filter(({ language }) => language === 'json');
    expect(configurations.length).toBeGreaterThan(1);
    expect(configurations.flatMap(faultOf)).toEqual([]);
  });

  it.each([
    ['json', '{ "connection": {} }', /wrong\.md:2: Invalid configuration/],
    ['json uplink.alarm', '{ "topic": "{{" }', /wrong\.md:2: Invalid configuration/],
    ['json refused', '{ "connection": { "bootstrapServers": "a" } }', /wrong\.md:2: is accepted/],
  ])('given a wrong one marked %s, then it is told', (info, code, fault) => {
    const [block] = blocksOf('wrong.md', `\`\`\`${info}\n${code}\n\`\`\`\n`);
    expect(faultOf(block!)).toEqual([expect.stringMatching(fault)]);
  });
});

// After a change of what examples give: npx vitest run test/unit/docs/snippets.test.ts --update
describe('the output that the pages show', () => {
  it.each([...pages])('%s: is what the examples give', { timeout: 60_000 }, async (page, text) => {
    const real = await withRealTables(page, await withRealOutput(page, text));
    await expect(real).toMatchFileSnapshot(path.join(root, page));
  });

  it('given a page that shows something else, then it differs', async () => {
    const publish = `\`\`\`ts publish\nnorthward.publishTelemetry({ deviceId: 1, deviceName: 'a', timestamp: 0, values: {} });\n\`\`\`\n`;
    const page = (shown: string): string =>
      `\`\`\`json mapping\n{ "payload": { "mode": "kv" } }\n\`\`\`\n${publish}\`\`\`text value\n${shown}\n\`\`\`\n`;
    expect(await withRealOutput('a.md', page('{}'))).toBe(page('{"ts_ms":0,"values":{}}'));
  });

  it('given a table that shows something else, then it differs', async () => {
    const publish = `\`\`\`ts publish\nnorthward.publishOnline({ deviceId: 1, deviceName: 'a', deviceType: 'b' });\n\`\`\`\n`;
    const table = (shown: string): string =>
      `${publish}| key template | becomes |\n| --- | --- |\n| \`{{device_type}}\` | ${shown} |\n`;
    expect(await withRealTables('a.md', table('no key'))).toBe(table('`b`'));
  });
});
