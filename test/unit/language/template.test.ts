import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../../src/language/template/template.js';

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
    ['{{#each this}}{{@key}},{{/each}}', 'device_id,device_name,event_kind,yes,blank,'],
    ['{{this.device_id}}{{./device_id}}', '10011001'],
    ['{{@root.device_id}}', '1001'],
    ['{{{{raw}}}}{{device_id}}{{{{/raw}}}}', '{{device_id}}'],
    ['a{{log device_id}}b', 'ab'],
    ['{{#*inline "p"}}<{{device_id}}>{{/inline}}{{> p}}', '<1001>'],
    ['{{#> other}}fallback{{/other}}', 'fallback'],
  ])('given %s, when rendered, then %s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    // A helper yields a text, and so does everything else that stands side by side.
    ['{{len device_name}}{{len device_id}}', '114'],
    ['{{{len device_name}}}{{&len device_id}}', '114'],
    ['{{eq 1 1}}{{eq 1 2}}{{not 1}}', 'truefalsefalse'],
    ['{{default missing 5}}{{default missing 6}}', '56'],
    ['{{#len device_name}}x{{/len}}{{#len device_id}}x{{/len}}', '114'],
    ['{{#default missing 5}}x{{/default}}{{#lookup this "device_id"}}x{{else}}y{{/lookup}}', '51001'],
    ['{{#each this}}{{@index}}{{@first}}{{/each}}', '0true1false2false3false4false'],
    ['{{#with (len device_id)}}{{this}}{{this}}{{/with}}', '44'],
    ['{{#with (len device_id) as |n|}}{{n}}{{n}}{{/with}}', '44'],
    ['{{#*inline "p"}}{{x}}{{x}}{{/inline}}{{> p x=5}}', '55'],
    ['{{eq (len device_id) 4}}{{#if (gt (len device_id) 3)}}T{{/if}}', 'trueT'],
    ['{{this}}', '[object]'],
    // Block parameters that a helper does not give are nothing.
    ['{{#if device_id as |x|}}[{{x}}]{{/if}}', '[]'],
    ['{{#unless missing as |x|}}[{{x}}]{{/unless}}', '[]'],
    ['{{#eq 1 1 as |x y|}}[{{x}}{{y}}]{{else}}{{x}}{{/eq}}', '[]'],
    ['{{^if missing as |x|}}[{{x}}]{{/if}}', '[]'],
    ['{{#if missing}}a{{else if device_id as |x|}}[{{x}}]{{/if}}', '[]'],
    ['{{#if missing}}a{{else with device_id as |x|}}[{{x}}]{{/if}}', '[1001]'],
    ['{{#with device_id as |x|}}{{#if x}}[{{x}}]{{/if}}{{/with}}', '[1001]'],
    // A brace right behind a mustache.
    ['{"id":{{device_id}}}', '{"id":1001}'],
    ['{"id":{"x":{{device_id}}}}', '{"id":{"x":1001}}'],
    ['{"id":{"x":{{{device_id}}}}}', '{"id":{"x":1001}}'],
    ['{"id":{{~device_id~}}}', '{"id":1001}'],
    ['{"id":{{&device_id}}}{{device_id}}}', '{"id":1001}1001}'],
    ['{{#if device_id}}}x{{else}}}y{{/if}}}', '}x}'],
    ['{{default missing "}}}"}}}', '}}}}'],
    ['{{default missing "\\"}}}"}}}', '"}}}}'],
    ["{{default missing '}}'}}}", '}}}'],
    ['{{[a}}}b]}}}', '}'],
    ['{{!x}}}{{!-- {{y}}} --}}}', '}}'],
    [String.raw`\{{device_id}}}`, '{{device_id}}}'],
    [String.raw`\\{{device_id}}}`, String.raw`\1001}`],
    ['{{{{raw}}}}{{device_id}}}{{{{/raw}}}}}', '{{device_id}}}}'],
    ['{{#if device_id}}\n}{{/if}}}\n', '}}\n'],
    // Outside of with and each, the parent is the variables, as in the original.
    ['{{#if device_id}}{{../device_id}}{{/if}}', '1001'],
    ['{{../device_id}}{{../../device_id}}{{#if ../missing}}x{{/if}}', '10011001'],
    ['{{#unless missing}}{{#if yes}}{{../../device_id}}{{/if}}{{/unless}}', '1001'],
    ['{{#with device_name}}{{#if this}}{{../device_id}}{{/if}}{{/with}}', '1001'],
    ['{{#with device_name}}{{../../device_id}}{{/with}}', ''],
    ['{{#with this}}{{../device_id}}{{/with}}', '1001'],
    ['{{#each this}}{{#with this}}{{../../device_id}},{{/with}}{{/each}}', '1001,1001,1001,1001,'],
    ['{{#*inline "p"}}{{../device_id}}{{/inline}}{{> p device_name}}', '1001'],
  ])('given %s, when rendered, then it is what the original renders: %s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    '{{device_name.length}}',
    '{{device_name.[0]}}',
    '{{this.device_name.length}}',
    '{{@root.device_name.length}}',
    '{{../device_name.length}}',
    '{{lookup device_name "length"}}',
    '{{lookup device_name 0}}',
    '{{lookup (lookup this "device_name") "length"}}',
    '{{#with device_name}}{{length}}{{this.length}}{{./length}}{{"length"}}{{0}}{{[1]}}{{/with}}',
    '{{#each this}}{{length}}{{lookup this 0}}{{/each}}',
    '{{#with device_name as |n|}}{{n.length}}{{/with}}',
    '{{#*inline "p"}}{{length}}{{/inline}}{{> p device_name}}',
    '{{#if device_name.length}}x{{/if}}{{default device_name.length ""}}',
    '{{#*inline "p"}}{{@partial-block}}{{#if @partial-block}}x{{/if}}{{/inline}}{{#> p}}y{{/p}}',
    '{{@key.length}}{{@index.constructor}}',
  ])('given %s, when rendered, then nothing but the variables is reached', (source) => {
    expect(render(source)).toBe('');
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
    ['{{#gte "07" 6}}T{{else}}F{{/gte}}', 'T'],
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
    ['{{if device_id}}', 'helper "if" needs a block: {{#if …}} … {{/if}}'],
    ['{{unless device_id}}', 'helper "unless" needs a block'],
    ['{{#if device_id}}{{each this}}{{/if}}', 'helper "each" needs a block'],
    ['{{default (with device_id) "x"}}', 'helper "with" needs a block'],
    ['{{#if device_id}}{{> @partial-block}}{{/if}}', 'unknown partial "@partial-block"'],
    ['{{#if x}}{{#*inline "p"}}x{{/inline}}{{/if}}{{#if device_id}}{{> p}}{{/if}}', 'unknown partial "p"'],
    ['{{#*inline p}}x{{/inline}}', 'an inline partial needs a name in quotes'],
    ['{{#*inline}}x{{/inline}}', 'an inline partial needs a name in quotes'],
    ['{{#if device_id}}{{*inline "p"}}{{/if}}', 'decorator "inline" needs a block'],
    ['{{#*other "p"}}x{{/other}}', 'unknown decorator "other"'],
    [
      '{{#with device_id as |x|}}{{#*inline "p"}}{{x}}{{/inline}}{{> p}}{{/with}}',
      'an inline partial cannot read "x", a block parameter of a block around it',
    ],
    ['{{{device_id}} }', 'does not parse'],
    ['{{x}}}{{', 'does not parse: Parse error on line 1: {{x}}}{{'],
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
    ['{{#if device_id}}{{../device_name}}{{/if}}{{../HH}}', ['HH', 'device_id', 'device_name']],
    // Behind a variable there is nothing, which is told as any other name that no event has.
    ['{{device_name.length}}', ['device_name.length']],
    ['{{#if device_id as |x|}}{{x}}{{/if}}', ['device_id', 'x']],
    ['{{len device_id}}', ['device_id']],
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
    '{{#with device_id}}{{../device_id}}{{/with}}',
    '{{#*inline "p"}}x{{/inline}}{{> p}}',
    '{{#if (lookup this "a")}}x{{/if}}',
  ])('given %s, when compiled, then it may read anything', (source) => {
    expect(compileTemplate(source).variables).toBeNull();
  });
});
