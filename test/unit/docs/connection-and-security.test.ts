import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { asConfig, createKafkaNorthward } from '../../../src/index.js';
import { ERROR_TABLE } from '../../../src/api/errors.js';
import { HINTS } from '../../../src/kafka/watch/causes.js';

const page = await readFile(new URL('../../../docs/connection-and-security.md', import.meta.url), 'utf8');

interface Example {
  readonly connection: {
    readonly security: { readonly protocol: string; readonly sasl?: { mechanism: string } };
  };
}

const examples = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(
  ([, text = '']) => JSON.parse(text) as Example,
);

function has(example: unknown, path: string): boolean {
  let part = example;
  for (const name of path.split('.')) {
    if (typeof part !== 'object' || part === null || !(name in part)) return false;
    part = (part as Record<string, unknown>)[name];
  }
  return true;
}

describe('docs/connection-and-security.md', () => {
  it.each(examples.map((example) => [example.connection.security.protocol, example] as const))(
    'has a configuration for %s that is valid, without a warning',
    (_protocol, example) => {
      const slots = { uplink: { telemetry: { enabled: true, topic: 't' } }, downlink: { enabled: false } };
      expect(createKafkaNorthward(asConfig({ ...example, ...slots })).warnings).toEqual([]);
    },
  );

  it('has every protocol', () => {
    const shown = new Set(examples.map(({ connection }) => connection.security.protocol));
    expect([...shown].toSorted()).toEqual(['plaintext', 'sasl_plaintext', 'sasl_ssl', 'ssl']);
  });

  it('has every setting of connection.security in one of them', async () => {
    const settings = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    const paths = [...settings.matchAll(/^\| `(connection\.security\.[\w.]+)`/gm)].map(
      ([, found = '']) => found,
    );
    const missing = paths.filter((wanted) => !examples.some((example) => has(example, wanted)));
    expect(paths.length).toBeGreaterThan(15);
    expect(missing).toEqual([]);
  });

  it('has every hint as the code has it, and no other', () => {
    const rows = [...page.matchAll(/^- `(\w+)`: (.+)$/gm)].map(([, name, text]) => [name, text]);
    expect(Object.fromEntries(rows)).toEqual(HINTS);
  });

  it('has a row for every hint, with codes that exist', () => {
    const rows = [...page.matchAll(/^\| [^|]+ \| `([A-Z_]+)`[^|]*\|[^|]+\|(?: `(\w+)` *\|)?$/gm)];
    expect(rows.flatMap(([, , hint]) => hint ?? []).toSorted()).toEqual(Object.keys(HINTS).toSorted());
    expect(rows.map(([, code = '']) => code).filter((code) => !Object.hasOwn(ERROR_TABLE, code))).toEqual([]);
    expect(rows.length).toBeGreaterThan(Object.keys(HINTS).length);
  });
});
