import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../../src/language/template/template.js';
import { HELPER_ARITY } from '../../../src/language/template/helpers.js';
import { KEYS, runs, watchTheProcess } from './support.js';

watchTheProcess();

const VARIABLES = { device_id: '1', device_name: 'pump', app_name: 'a' };
/** What events have: much, little, nothing, empty texts, texts that look like something else. */
const EVENTS: readonly Readonly<Record<string, string>>[] = [
  VARIABLES,
  { device_name: 'pump' },
  {},
  { device_id: '', device_name: '', app_name: '' },
  { device_id: '0', device_name: 'false', app_name: 'length' },
  { device_id: 'x', device_name: 'x', app_name: 'x' },
];
const HELPERS = [...HELPER_ARITY.keys()];

function reason(source: string): string {
  try {
    compileTemplate(source);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a template of an administrator is made of, in any order. */
const name = fc.constantFrom(
  'device_name',
  'this',
  '.',
  '..',
  '../device_name',
  '@root',
  '@key',
  '@index',
  '@partial-block',
  'device_name.length',
  'length',
  'x',
  '[a b]',
  '"text"',
  '5',
  ...KEYS.filter((key) => key !== '' && key !== '\ud800'),
);
const call = fc
  .tuple(fc.constantFrom(...HELPERS), fc.array(name, { maxLength: 3 }))
  .map(([helper, names]) => `${helper} ${names.join(' ')}`);
const blockParams = fc.constantFrom('', '', ' as |x|', ' as |x device_name|', ' as |len y z|');
const partial = fc.constantFrom('"p"', '"p"', '"q"', 'device_name', '@partial-block', '');
const { template } = fc.letrec<{ template: string; part: string }>((tie) => ({
  template: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
  part: fc.oneof(
    { depthSize: 'small' },
    fc.string({ maxLength: 5 }),
    name.map((each) => `{{${each}}}`),
    call.map((each) => `{{${each}}}`),
    fc
      .tuple(
        call,
        blockParams,
        tie('template'),
        fc.constantFrom('', '{{else}}x', '{{else if x as |y|}}{{y}}'),
      )
      .map(([each, params, body, other]) => `{{#${each}${params}}}${body}${other}{{/${each.split(' ')[0]}}}`),
    fc.tuple(call, name).map(([each, other]) => `{{lookup (${each}) ${other}}}`),
    fc
      .tuple(partial, blockParams, tie('template'))
      .map(([at, params, body]) => `{{#*inline ${at}${params}}}${body}{{/inline}}`),
    partial.map((at) => `{{> ${at.replaceAll('"', '')}}}`),
    fc.tuple(partial, name, tie('template')).map(([at, given, body]) => {
      const called = at.replaceAll('"', '');
      return `{{#> ${called} ${given}}}${body}{{/${called}}}`;
    }),
    fc.constantFrom('}', '{', '\\', '}}}', '~', '\n', '{{!c}}', '{{{{raw}}}}{{x}}}{{{{/raw}}}}'),
  ),
}));

describe('§4 whatever stands in a template, it is refused or renders a text', () => {
  it('given a template of known parts in any order, then its rendering is bounded and shows no function', () => {
    let rendered = 0;
    fc.assert(
      fc.property(template, (source) => {
        if (reason(source) !== '') return;
        rendered += 1;
        const compiled = compileTemplate(source);
        for (const variables of EVENTS) {
          const text = compiled.render(variables);
          expect(typeof text).toBe('string');
          expect(text).not.toMatch(/native code|\) =>|function/);
          expect(text.length).toBeLessThan(200_000);
        }
      }),
      runs(4_000),
    );
    expect(rendered).toBeGreaterThan(500);
  });

  it('given any text, then it compiles or is refused with a short reason', () => {
    const text = fc
      .array(
        fc.constantFrom(
          '{{',
          '}}',
          '{{{',
          '}}}',
          '{{#',
          '{{/',
          '{{!--',
          '--}}',
          '~',
          '\\',
          '"',
          'if',
          ' ',
          '(',
          ')',
          '|',
          'as',
          '.',
          '\n',
          '\0',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (source) => {
        expect(reason(source).length).toBeLessThan(700);
      }),
      runs(1_000),
    );
  });

  it.each(
    KEYS.filter((key) => /^\w+$/.test(key)).flatMap((key) => [
      `{{${key}}}`,
      `{{this.${key}}}`,
      `{{device_name.${key}}}`,
      `{{@root.${key}}}`,
      `{{@${key}}}`,
      `{{lookup this "${key}"}}`,
      `{{lookup device_name "${key}"}}`,
      `{{lookup (lookup this "${key}") "name"}}`,
      `{{#with ${key}}}x{{/with}}`,
      `{{#each ${key}}}x{{/each}}`,
      `{{#if ${key}}}x{{/if}}`,
      `{{#with device_name}}{{${key}}}{{/with}}`,
    ]),
  )('given %s, then nothing of a prototype is reached', (source) => {
    expect(compileTemplate(source).render(VARIABLES)).toBe('');
  });
});

describe('§4 the work of a template is bounded', () => {
  const nested = (levels: number, body = 'x'): string =>
    `${'{{#each @root}}'.repeat(levels)}${body}${'{{/each}}'.repeat(levels)}`;

  it.each(
    [
      [nested(2), ''],
      [nested(3), ''],
      [nested(4), 'may take more than 10000 steps'],
      [nested(3, '{{device_name}}'.repeat(10)), 'may take more than 10000 steps'],
      ['{{#*inline "a"}}{{> a}}{{/inline}}{{> a}}', 'calls a partial from within a partial'],
      ['{{#*inline "a"}}{{#if x}}{{> a}}{{/if}}{{/inline}}{{> a}}', 'calls a partial from within a partial'],
      [
        '{{#*inline "a"}}x{{/inline}}{{#*inline "b"}}{{> a}}{{> a}}{{/inline}}{{> b}}',
        'calls a partial from within a partial',
      ],
      ['{{#*inline "a"}}{{> @partial-block}}{{/inline}}{{#> a}}x{{/a}}', 'unknown partial "@partial-block"'],
      [`{{#*inline "a"}}${nested(2)}{{/inline}}${'{{> a}}'.repeat(30)}`, 'may take more than 10000 steps'],
      [
        '{{#*inline "undefined"}}x{{/inline}}{{> (lookup this "device_name")}}',
        'unknown partial: its name is computed',
      ],
      ['x'.repeat(4_096), ''],
      ['x'.repeat(4_097), 'is longer than 4096 characters'],
      [`{{${'('.repeat(2_000)}`, 'does not parse'],
      ['{{#if x}}'.repeat(450), 'does not parse'],
    ].map(([source = '', expected = '']) => [source.slice(0, 60), expected, source] as const),
  )('given %s…, then it says: %s', (_, expected, source) => {
    expect(reason(source)).toContain(expected);
    if (expected === '') expect(reason(source)).toBe('');
  });

  it('given an each over the variables, then it takes no more rounds than are counted', () => {
    const most = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`v${i}`, 'x']));
    expect(compileTemplate(nested(2)).render(most)).toHaveLength(15 * 15);
  });

  it('given a rendering beyond 1,048,576 characters, then it is refused', () => {
    const source = '{{device_name}}'.repeat(200);
    expect(() => compileTemplate(source).render({ device_name: 'x'.repeat(10_000) })).toThrow('1048576');
  });
});
