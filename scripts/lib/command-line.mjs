// @ts-check
/** The command line of a script: what `--help` says, and what becomes of a mistake. */
import { parseArgs } from 'node:util';
import { problemWith } from './places.mjs';

/**
 * @typedef {object} Option
 * @property {'string' | 'boolean'} type
 * @property {string} help
 * @property {string} [value] What stands for its value in the help. Checked: `N`, a whole number from 1 on, and `HOST:PORT`, one or several
 * @property {import('./places.mjs').Use} [place] It names a file or a folder, for this; tried at once
 * @property {readonly string[]} [choices] The values that it takes
 * @property {boolean} [multiple]
 * @property {string | boolean | string[]} [default]
 */

/**
 * @template {Record<string, Option>} T
 * @typedef {object} Spec
 * @property {string} command As it is typed, `npm run kafka`
 * @property {string} about
 * @property {T} options
 * @property {string} [positionals] What stands for them in the help; without it none are taken
 * @property {string} [more] The end of the help
 */

/**
 * Reads it. `--help` prints the help and ends the process with 0, a mistake ends it with 2.
 * @template {Record<string, Option>} T
 * @param {Spec<T>} spec
 */
export function readCommandLine(spec) {
  const { values, positionals } = parse(spec);
  return { values, positionals, ...exits(spec) };
}

/**
 * For a script that hands its arguments on: `--help` is answered here, unless it stands behind another argument.
 * @param {Spec<{}>} spec
 */
export function readPassedOn(spec) {
  const args = process.argv.slice(2);
  if (args[0] === '--help') showHelp(spec);
  return { args, ...exits(spec) };
}

/**
 * @template {Record<string, Option>} T
 * @param {Spec<T>} spec
 */
function parse(spec) {
  const args = process.argv.slice(2);
  if (args.includes('--help')) showHelp(spec);
  try {
    const allowPositionals = spec.positionals !== undefined;
    const { values, positionals } = parseArgs({ args, options: spec.options, allowPositionals });
    checkValues(spec.options, values);
    return { values, positionals };
  } catch (error) {
    // The first sentence says what is wrong; a second one of Node's is about positional arguments.
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    return refuse(spec, problem);
  }
}

/**
 * Ways to end the process: with the help, or because the command line cannot be used.
 * @param {Spec<Record<string, Option>>} spec
 */
function exits(spec) {
  return {
    /** @returns {never} */
    showHelp: () => showHelp(spec),
    /** @type {(problem: string) => never} */
    refuse: (problem) => refuse(spec, problem),
  };
}

/**
 * @param {Spec<Record<string, Option>>} spec
 * @param {string} problem
 * @returns {never}
 */
function refuse(spec, problem) {
  console.error(`${spec.command}: ${problem}\n"${spec.command} -- --help" says what it takes.`);
  process.exit(2);
}

/**
 * @param {Spec<Record<string, Option>>} spec
 * @returns {never}
 */
function showHelp(spec) {
  console.log(helpText(spec));
  process.exit(0);
}

/** @param {Spec<Record<string, Option>>} spec */
function helpText({ command, about, options, positionals, more }) {
  /** @type {Record<string, Option>} */
  const all = { ...options, help: { type: 'boolean', help: 'this text' } };
  const rows = Object.entries(all).map(([name, option]) => {
    const value = option.type === 'boolean' ? '' : ` ${option.choices?.join('|') ?? option.value ?? 'TEXT'}`;
    return /** @type {const} */ ([`  --${name}${value}`, option.help + defaultOf(option)]);
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  const usage = [command, '--', positionals, '[options]'].filter((part) => part !== undefined).join(' ');
  const lines = rows.map(([left, right]) => `${left.padEnd(width)}   ${right}`);
  return [usage, '', about, '', ...lines, ...(more === undefined ? [] : ['', more])].join('\n');
}

/** Whether it is HOST:PORT, or several with commas between. @param {string} text */
export function isAddress(text) {
  return /^[^\s,]+:\d+(,[^\s,]+:\d+)*$/.test(text);
}

/** @param {Option} option */
function defaultOf(option) {
  const value = option.default;
  if (value === undefined || value === false) return '';
  return ` (default: ${Array.isArray(value) ? value.join(' and ') : value})`;
}

/**
 * @param {Record<string, Option>} options
 * @param {Record<string, unknown>} values
 */
function checkValues(options, values) {
  for (const [name, { choices, place, value: form }] of Object.entries(options)) {
    for (const value of [values[name] ?? []].flat().map(String)) {
      if (choices !== undefined && !choices.includes(value)) {
        throw new Error(`--${name} takes ${choices.join(' or ')}; found "${value}"`);
      }
      if (form === 'N' && !/^[1-9]\d*$/.test(value)) {
        throw new Error(`--${name} takes a whole number from 1 on; found "${value}"`);
      }
      if (form === 'HOST:PORT' && !isAddress(value)) {
        throw new Error(`--${name} takes HOST:PORT, several separated by commas; found "${value}"`);
      }
      const problem = place === undefined ? undefined : problemWith(place, value);
      if (problem !== undefined) throw new Error(`--${name}: ${problem}`);
    }
  }
}
