import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { configJsonSchema } from '../../../src/config/schema/schema.js';

interface Node {
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

const SCHEMA = configJsonSchema as Node;

/** Strict, as a form library or an editor would take it, without anything of ours. */
const validate = new Ajv({ strict: true, allErrors: true }).compile(configJsonSchema);

function* objects(node: Node, path: string): Generator<readonly [path: string, node: Node]> {
  if (node.properties !== undefined) yield [path, node];
  for (const [name, field] of Object.entries(node.properties ?? {})) yield* objects(field, `${path}.${name}`);
  const branches = [
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
    ...Object.values(node.patternProperties ?? {}),
  ];
  for (const [index, branch] of branches.entries()) yield* objects(branch, `${path}(${index})`);
}

const ALL = [...objects(SCHEMA, '')];

describe('§2 the published schema', () => {
  test('given draft 07 in strict mode, then it compiles and survives JSON', () => {
    expect(configJsonSchema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(JSON.parse(JSON.stringify(configJsonSchema))).toEqual(configJsonSchema);
  });

  test('given any field that may be left out, then it has a default', () => {
    const without = ALL.flatMap(([path, node]) =>
      Object.entries(node.properties ?? {})
        .filter(([name, field]) => node.required?.includes(name) !== true && !('default' in field))
        .map(([name]) => `${path}.${name}`),
    );
    expect(without).toEqual([]);
  });

  test('given any union of objects, then a tag with fixed values tells its variants apart', () => {
    const unions: Node[][] = [];
    const collect = (node: Node): void => {
      if (node.oneOf !== undefined) unions.push([...node.oneOf]);
      for (const next of [
        ...Object.values(node.properties ?? {}),
        ...(node.anyOf ?? []),
        ...(node.oneOf ?? []),
      ]) {
        collect(next);
      }
    };
    collect(SCHEMA);
    expect(unions.length).toBeGreaterThan(10);
    for (const variants of unions) {
      const tag = ['mode', 'protocol', 'mechanism'].find(
        (name) => variants[0]!.properties?.[name] !== undefined,
      );
      const values = variants.flatMap<string | undefined>(({ properties }) => {
        const node = properties?.[tag ?? ''];
        return node?.enum === undefined ? [node?.const] : [...node.enum];
      });
      expect(values.every((value) => typeof value === 'string')).toBe(true);
      expect(new Set(values).size).toBe(values.length);
    }
  });

  test.each([
    ['the least', { connection: { bootstrapServers: 'a' } }],
    ['the place of the schema, for editors', { $schema: './s.json', connection: { bootstrapServers: 'a' } }],
    [
      'all unions',
      {
        connection: {
          bootstrapServers: ['a'],
          security: { protocol: 'sasl_ssl', tls: null, sasl: { username: 'u', password: { env: 'P' } } },
          properties: { a: 1, b: true, c: 'd' },
        },
        uplink: {
          headers: { include: ['ts_ms'], static: { a: 'b' } },
          telemetry: { payload: { mode: 'kv', includeMeta: true } },
          alarm: { payload: { mode: 'mapped_json', config: { a: 'b' } } },
          dataGap: { payload: { mode: 'mapped_json', config: { a: 'b' } } },
          store: {
            path: '/data',
            lanes: { fast: { kinds: ['telemetry'], maxAgeMs: null }, state: { storeAfterMs: 0 } },
            replay: { order: 'live_first', share: 1 },
          },
        },
        downlink: {
          groupId: null,
          writePoint: {
            payload: { mode: 'mapped_json', config: { a: 'b' }, filter: { mode: 'key', equals: 'x' } },
          },
        },
        retryPolicy: { maxAttempts: null },
      },
    ],
  ])('given %s, then the published schema and parseConfig both accept it', (_name, input) => {
    expect(validate(input), JSON.stringify(validate.errors)).toBe(true);
    expect(() => parseConfig(input)).not.toThrow();
  });

  test.each([
    ['nothing', {}],
    ['an unknown key', { connection: { bootstrapServers: 'a', x: 1 } }],
    [
      'an unknown mode',
      { connection: { bootstrapServers: 'a' }, uplink: { alarm: { payload: { mode: 'xml' } } } },
    ],
    ['a wrong type', { connection: { bootstrapServers: 'a' }, uplink: { enabled: 'yes' } }],
    ['sasl_ssl without sasl', { connection: { bootstrapServers: 'a', security: { protocol: 'sasl_ssl' } } }],
  ])('given %s, then both refuse it', (_name, input) => {
    expect(validate(input)).toBe(false);
    expect(() => parseConfig(input)).toThrow('Invalid configuration');
  });
});

describe('§9 vectors', () => {
  test('given the routes of every downlink vector, then they are accepted', () => {
    const cases = JSON.parse(readFileSync('test/vectors/downlink.json', 'utf8')) as { downlink: object }[];
    expect(cases.length).toBeGreaterThan(800);
    for (const { downlink } of cases) {
      const input = { app: { id: 1 }, connection: { bootstrapServers: 'a' }, downlink };
      expect(() => parseConfig(input)).not.toThrow();
    }
  });
});
