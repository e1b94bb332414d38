import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { aboutMore, pathsOf, problemsOf, refusal, resolved } from './support.js';

describe('§2 input that is no document', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['{}', 'a string'],
    [5, 'a number'],
    [5n, 'a BigInt'],
    [true, 'a boolean'],
    [[], 'a list'],
    [new Date(0), 'a Date object'],
    [new Map(), 'a Map object'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
  ])('given %s, then it is refused', (input, found) => {
    expect(refusal(input).problems).toMatchObject([{ path: '', expected: 'an object', found }]);
  });

  test.each([
    ['a date', new Date(0), 'a Date object'],
    ['a BigInt', 5n, 'a BigInt'],
    ['a function', () => 5, 'a function'],
    ['a class of the platform', new Map(), 'a Map object'],
    ['NaN', Number.NaN, 'NaN'],
  ])('given %s in the document, then it is told with its path', (_name, lingerMs, found) => {
    expect(problemsOf({ uplink: { producer: { lingerMs } } })).toMatchObject([
      { path: 'uplink.producer.lingerMs', found },
    ]);
  });

  test('given a document that contains itself, then it is told', () => {
    const uplink: Record<string, unknown> = {};
    uplink['telemetry'] = uplink;
    expect(problemsOf({ uplink })).toMatchObject([
      { path: 'uplink.telemetry', found: 'an object that contains itself' },
    ]);
  });

  test('given one object in two places, then that is no cycle', () => {
    const slot = { enabled: true };
    expect(resolved({ uplink: { telemetry: slot, attributes: slot } }).uplink.attributes.enabled).toBe(true);
  });

  test('given endless nesting, then it is refused without a crash', () => {
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i += 1) deep = { deep };
    expect(refusal(deep).problems.length).toBeGreaterThan(0);
  });

  test('given a getter that throws, then it is told', () => {
    const app = Object.defineProperty({}, 'name', {
      enumerable: true,
      get: () => {
        throw new Error('hunter2');
      },
    });
    expect(problemsOf({ app })).toMatchObject([{ path: 'app.name', found: 'a getter that throws' }]);
  });

  test('given keys such as __proto__ and constructor, then they are unknown keys and do no harm', () => {
    const input: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"connection":{"bootstrapServers":"a","__proto__":{"polluted":1}}}',
    );
    expect(pathsOf(refusal(input).problems)).toEqual(['__proto__', 'constructor', 'connection.__proto__']);
    expect(aboutMore(parseConfig(input, { unknownKeys: 'warn' }).warnings)).toHaveLength(3);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('given __proto__ as a name in a map, then it is a name like any other', () => {
    const input: unknown = JSON.parse(
      '{"connection":{"bootstrapServers":"a"},"uplink":{"headers":{"static":{"__proto__":"x"}},"telemetry":{"payload":{"mode":"mapped_json","config":{"__proto__":"a"}}}}}',
    );
    const { config } = parseConfig(input);
    expect(Object.entries(config.uplink.headers.static)).toEqual([['__proto__', 'x']]);
    expect(config.uplink.telemetry.payload).toHaveProperty('config');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});
