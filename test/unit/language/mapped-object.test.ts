import { deepStrictEqual } from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { plain } from '../downlink/support.js';
import { applyRules, compileRules, RuleFailure } from '../../../src/language/jmespath/mapped-object.js';

const run = (config: Record<string, string>, input: unknown): unknown =>
  plain(applyRules(compileRules(config), input));

describe('§5 mapped_json rules', () => {
  it('given paths in any order, when compiled, then they run by code point of their path', () => {
    const config = { '\u{10000}': 'a', '\u{FFFD}': 'a', b: 'a', 'a.b': 'a', a: 'a', 'a-b': 'a', 'a..b': 'a' };
    const paths = compileRules(config).map((rule) => rule.path);
    expect(paths).toEqual(['a', 'a-b', 'a..b', 'a.b', 'b', '\u{FFFD}', '\u{10000}']);
  });

  it('given a path with blanks, when applied, then segments are trimmed and blank ones skipped', () => {
    expect(run({ ' padded . path ': 'x', 'a..b. ': 'x' }, { x: 1 })).toEqual({
      padded: { path: 1 },
      a: { b: 1 },
    });
  });

  it('given a scalar or list in the way of a deeper path, when applied, then an object takes its place', () => {
    expect(run({ a: 'x', 'a.b': 'x', l: 'y', 'l.0': 'x' }, { x: 1, y: [5] })).toEqual({
      a: { b: 1 },
      l: { '0': 1 },
    });
  });

  it('given an object in the way of a deeper path, when applied, then it is extended and the input unchanged', () => {
    const input = { deep: { inner: { kept: true } }, x: 1 };
    expect(run({ a: 'deep', 'a.inner.new': 'x', 'a.inner.newer': 'x' }, input)).toEqual({
      a: { inner: { kept: true, new: 1, newer: 1 } },
    });
    expect(input).toEqual({ deep: { inner: { kept: true } }, x: 1 });
  });

  it('given one object at two paths, when one is extended, then the other is not', () => {
    expect(run({ a: 'o', b: 'o', 'b.n': 'o.x' }, { o: { x: 1 } })).toEqual({
      a: { x: 1 },
      b: { x: 1, n: 1 },
    });
  });

  it('given a literal object, when extended for one input, then the next input starts afresh', () => {
    const rules = compileRules({ a: '`{"k":1}`', 'a.b': 'x' });
    applyRules(rules, { x: 1 });
    expect(plain(applyRules(rules, {}))).toEqual({ a: { k: 1, b: null } });
  });

  it('given a source that is missing, when applied, then it is null', () => {
    expect(run({ a: 'nope.nothing' }, {})).toEqual({ a: null });
  });

  it('given __proto__ in a path or an input, when applied, then it is a key like any other', () => {
    const input = JSON.parse('{"o":{"__proto__":{"p":1}},"x":2}') as unknown;
    const result = run({ '__proto__.polluted': 'x', 'o.__proto__.q': 'x', o: 'o' }, input);
    deepStrictEqual(result, JSON.parse('{"__proto__":{"polluted":2},"o":{"__proto__":{"p":1,"q":2}}}'));
    expect('polluted' in {}).toBe(false);
  });

  it('given an expression that fails on the input, when applied, then the failure names path and expression', () => {
    const rules = compileRules({ ok: 'x', 'out.sum': 'sum(x)' });
    expect(() => applyRules(rules, { x: 'text' })).toThrow(RuleFailure);
    expect(() => applyRules(rules, { x: 'text' })).toThrow(/^out\.sum: sum\(x\): /);
  });
});
