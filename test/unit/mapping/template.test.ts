import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../../src/mapping/template.js';

const VARIABLES = {
  device_id: '1001',
  device_name: 'Kessel Süd',
  event_kind: 'telemetry',
  yes: 'true',
  blank: '',
};

const render = (source: string): string => compileTemplate(source).render(VARIABLES);

describe('§4 templates: rendering', () => {
  it.each([
    ['plain', 'plain'],
    ['{{device_id}}.{{missing}}.x', '1001..x'],
    ['{{{device_name}}}|{{&device_name}}|{{[device_id]}}', 'Kessel Süd|Kessel Süd|1001'],
    ['a {{~device_id~}} b', 'a1001b'],
    ['{{! comment }}x{{!-- another --}}', 'x'],
    [String.raw`\{{device_id}}`, '{{device_id}}'],
    ['{{#if missing}}a{{else if device_id}}b{{else}}c{{/if}}', 'b'],
    ['{{#unless missing}}a{{/unless}}', 'a'],
    ['{{#with device_name}}{{this}}{{/with}}', 'Kessel Süd'],
    ['{{lookup this "device_id"}}', '1001'],
    ['{{this.device_id}}{{./device_id}}', '10011001'],
    ['{{@root.device_id}}', '1001'],
    ['{{{{raw}}}}{{device_id}}{{{{/raw}}}}', '{{device_id}}'],
    ['a{{log device_id}}b', 'ab'],
    ['{{#*inline "p"}}<{{device_id}}>{{/inline}}{{> p}}', '<1001>'],
    ['{{#> other}}fallback{{/other}}', 'fallback'],
  ])('given %s, when rendered, then %s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it('given characters that HTML escapes, when rendered, then they stay', () => {
    expect(compileTemplate('{{device_name}}').render({ device_name: `<"&'\`=>` })).toBe(`<"&'\`=>`);
  });

  it.each([
    '{{constructor}}',
    '{{device_name.constructor}}',
    '{{__proto__}}',
    '{{lookup this "constructor"}}',
  ])('given %s, when rendered, then no prototype is reached', (source) => {
    expect(render(source)).toBe('');
  });
});

describe('§4 templates: helpers', () => {
  it.each([
    ['{{default missing "x"}}', 'x'],
    ['{{default blank "x"}}', 'x'],
    ['{{default device_id "x"}}', '1001'],
    ['{{default missing}}', ''],
    ['{{default device_id}}', '1001'],
    ['{{default missing device_id}}', '1001'],
    ['{{default (lookup this "nope") "x"}}', 'x'],
    ['{{eq event_kind "telemetry"}}', 'true'],
    ['{{eq event_kind "alarm"}}', 'false'],
    ['{{eq missing null}}', 'true'],
    ['{{eq device_id 1001}}', 'false'],
    ['{{ne event_kind "alarm"}}', 'true'],
    ['{{gt device_id "9"}}', 'false'],
    ['{{gt device_id 9}}', 'true'],
    ['{{gt missing "9"}}', 'false'],
    ['{{gt "a" "a"}}', 'false'],
    ['{{gte "a" "a"}}', 'true'],
    ['{{lt device_id "9"}}', 'true'],
    ['{{lt device_name 9}}', 'false'],
    ['{{lte "b" "a"}}', 'false'],
    ['{{lt "\uFFFD" "\u{1F600}"}}', 'true'],
    ['{{gt true false}}', 'true'],
    ['{{and device_id yes}}', 'true'],
    ['{{and device_id blank yes}}', 'false'],
    ['{{or missing blank}}', 'false'],
    ['{{or missing blank yes}}', 'true'],
    ['{{not missing}}', 'true'],
    ['{{not device_id}}', 'false'],
    ['{{len device_name}}', '11'],
    ['{{len missing}}', '0'],
    ['{{#eq event_kind "telemetry"}}T{{else}}O{{/eq}}', 'T'],
    ['{{#not device_id}}T{{else}}O{{/not}}', 'O'],
    ['{{#and missing}}T{{/and}}', ''],
    ['{{#if (or (eq event_kind "alarm") (gt (len device_name) 3))}}T{{/if}}', 'T'],
  ])('given %s, when rendered, then %s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('§2 templates: what does not compile is a configuration error', () => {
  it.each([
    ['{{', 'does not parse'],
    ['{{#if x}}', 'does not parse'],
    ['{{foo bar}}', 'unknown helper "foo"'],
    ['{{#foo}}x{{/foo}}', 'unknown helper "foo"'],
    ['{{#if (foo x)}}a{{/if}}', 'unknown helper "foo"'],
    ['{{default (foo x) "y"}}', 'unknown helper "foo"'],
    ['{{foo a=1}}', 'unknown helper "foo"'],
    ['{{#if x}}a{{else foo y}}b{{/if}}', 'unknown helper "foo"'],
    ['{{toString x}}', 'unknown helper "toString"'],
    ['{{constructor x}}', 'unknown helper "constructor"'],
    ['{{> foo}}', 'unknown partial "foo"'],
    ['{{> (lookup this "p")}}', 'unknown partial'],
    ['{{* foo}}', 'unknown decorator "foo"'],
    ['{{eq device_id}}', 'helper "eq" takes at least 2 arguments, found 1'],
    ['{{not}}', 'helper "not" takes at least 1 argument, found 0'],
    ['{{#if}}x{{/if}}', 'helper "if" takes 1 argument, found 0'],
  ])('given %s, when compiled, then it says: %s', (source, message) => {
    expect(() => compileTemplate(source)).toThrow(message);
  });
});

describe('§4 templates: what a template reads', () => {
  it.each<[string, string[]]>([
    ['plain', []],
    ['{{device_id}}.{{missing}}', ['device_id', 'missing']],
    ['{{#if device_type}}{{device_name}}{{else}}{{HH}}{{/if}}', ['HH', 'device_name', 'device_type']],
    ['{{default channel_name (default device_type "x")}}', ['channel_name', 'device_type']],
    ['{{this.device_id}}{{./app_id}}{{[ts_ms]}}', ['app_id', 'device_id', 'ts_ms']],
    ['{{#eq event_kind severity}}x{{/eq}}', ['event_kind', 'severity']],
    ['{{log device_id x=app_name}}', ['app_name', 'device_id']],
    ['{{{{raw}}}}{{device_id}}{{{{/raw}}}}', []],
  ])('given %s, when compiled, then its variables are told', (source, expected) => {
    const { variables } = compileTemplate(source);
    expect(variables).not.toBeNull();
    expect([...(variables ?? [])].sort()).toEqual(expected);
  });

  it.each([
    '{{lookup this "device_id"}}',
    '{{#each this}}{{this}}{{/each}}',
    '{{#with device_name}}{{this}}{{/with}}',
    '{{@root.device_id}}',
    '{{this}}',
    '{{../device_id}}',
    '{{#*inline "p"}}x{{/inline}}{{> p}}',
    '{{#if (lookup this "a")}}x{{/if}}',
  ])('given %s, when compiled, then it may read anything', (source) => {
    expect(compileTemplate(source).variables).toBeNull();
  });
});
