/** What `--help` prints. */
import { COMMON_OPTIONS } from './arguments.js';
import type { CliCommand, CliOption } from './command.js';

/** As it is called from a project that has the package. */
export const PROGRAM = 'ng-kafka-northward';

const EXIT_CODES = `Exit codes: 0 good (warnings too, without --strict), 1 something is wrong, 2 wrong use or a file that cannot be
read, 3 a fault of ${PROGRAM}, 130 interrupted.`;

/** Of the whole program. */
export function overview(commands: readonly CliCommand[]): string {
  const rows = commands.map(({ name, takes, about }) => [`  ${name} ${takes}`, about] as const);
  return [
    `npx ${PROGRAM} <command> <config.json> [options]`,
    '',
    'Looks at the configuration of a gateway, and at the Kafka that it is for. Nothing of it disturbs a gateway that runs.',
    '<config.json> is the document that the host loads: JSON, comments allowed; - reads it from standard input.',
    '',
    ...inColumns(rows),
    '',
    `npx ${PROGRAM} <command> --help says more of each; --version prints the version.`,
    '',
    EXIT_CODES,
  ].join('\n');
}

/** Of one command. */
export function helpOf({ name, takes, about, options, more, examples }: CliCommand): string {
  const all = { ...options, ...COMMON_OPTIONS };
  const rows = Object.entries(all).map(([option, spec]) => [`  ${typed(option, spec)}`, spec.help] as const);
  const shown = examples.flatMap((each) => [`  # ${each.about}`, `  npx ${PROGRAM} ${each.line}`]);
  return [
    `npx ${PROGRAM} ${name} ${takes} [options]`,
    '',
    about,
    ...(more === '' ? [] : ['', more]),
    '',
    ...inColumns(rows),
    '',
    'Examples:',
    ...shown,
  ].join('\n');
}

function typed(name: string, { value, choices }: CliOption): string {
  if (value === undefined) return `--${name}`;
  return `--${name} ${choices?.join('|') ?? value}`;
}

function inColumns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}   ${right}`);
}
