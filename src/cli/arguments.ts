/** What was typed → what a command works with. */
import { parseArgs } from 'node:util';
import { UsageError, type CliArguments, type CliCommand, type CliOption } from './command.js';

/** Of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, CliOption>> = {
  'app-id': { value: 'ID', help: 'the app.id that the host gives beside the document' },
  'app-name': { value: 'TEXT', help: 'the app.name that the host gives beside the document' },
  'unknown-keys': {
    choices: ['error', 'warn'],
    value: 'HOW',
    help: 'what a key is that the schema does not know (default: error)',
  },
  json: { help: 'prints JSON, for programs' },
  strict: { help: 'warnings are wrong, too: exit code 1' },
  help: { help: 'this text' },
};

/** @throws UsageError */
export function readArguments(command: CliCommand, typed: readonly string[]): CliArguments {
  const options = { ...COMMON_OPTIONS, ...command.options };
  const { values, positionals } = parse(options, typed);
  for (const [name, option] of Object.entries(options)) checkValue(name, option, values[name]);
  const { least, most, takes } = command;
  if (positionals.length < least || positionals.length > most) {
    const found = `found ${positionals.length} argument${positionals.length === 1 ? '' : 's'}`;
    throw new UsageError(`expected ${takes}; ${found}`);
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    positionals,
    flag: (name) => values[name] === true,
    text,
    count: (name) => {
      const value = text(name);
      return value === undefined ? undefined : Number(value);
    },
  };
}

function parse(options: Readonly<Record<string, CliOption>>, typed: readonly string[]) {
  const types = Object.entries(options).map(([name, { value }]) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    return [name, { type }] as const;
  });
  try {
    return parseArgs({ args: [...typed], options: Object.fromEntries(types), allowPositionals: true });
  } catch (error) {
    // The first sentence says what is wrong; a second one of Node's is about positional arguments.
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new UsageError(problem);
  }
}

function checkValue(name: string, { value: form, choices }: CliOption, given: unknown): void {
  if (typeof given !== 'string') return;
  if (choices !== undefined && !choices.includes(given)) {
    throw new UsageError(`--${name} takes ${choices.join(' or ')}; found "${given}"`);
  }
  if (form === 'N' && !/^[1-9]\d{0,8}$/.test(given)) {
    throw new UsageError(`--${name} takes a whole number from 1 on; found "${given}"`);
  }
  if (form === 'ID' && !/^-?\d{1,10}$/.test(given)) {
    throw new UsageError(`--${name} takes a whole number; found "${given}"`);
  }
}
