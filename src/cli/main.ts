/**
 * The command line, `npx ng-kafka-northward`: finds the command, runs it, and shows what it fails with. A host that imports the
 * library loads nothing of this room.
 */
import { ConfigError, NorthwardError } from '../api/errors.js';
import { readArguments } from './arguments.js';
import { EXIT, UsageError, type CliCommand, type ExitCode } from './command.js';
import { COMMANDS } from './commands.js';
import { escaped, escapedLines } from './escape.js';
import { helpOf, overview, PROGRAM } from './help.js';
import { Output } from './output.js';
import { showError, showProblems } from './problems.js';
import { packageVersion } from './version.js';
import type { World } from './world.js';

/** Runs what was typed behind the program's name. Resolves to the exit code when all is printed. Never rejects. */
export async function main(typed: readonly string[], world: World): Promise<ExitCode> {
  const output = new Output(world, typed.includes('--json'));
  const code = await run(typed, world, output);
  await output.end();
  if (output.failure === undefined) return code;
  output.note(`standard output cannot be written: ${escaped(output.failure.message)}`);
  return code === EXIT.good ? EXIT.usage : code;
}

async function run(typed: readonly string[], world: World, output: Output): Promise<ExitCode> {
  const [name, ...rest] = typed;
  if (name === '--version') {
    output.line(await packageVersion());
    return EXIT.good;
  }
  if (name === undefined || name === 'help' || asksForHelp(name)) {
    const about = COMMANDS.find((command) => command.name === rest[0]);
    output.line(about === undefined ? overview(COMMANDS) : helpOf(about));
    return name === undefined ? EXIT.usage : EXIT.good;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return refuse(output, '', unknownCommand(name));
  if (rest.some(asksForHelp)) {
    output.line(helpOf(command));
    return EXIT.good;
  }
  return runCommand(command, rest, world, output);
}

async function runCommand(
  command: CliCommand,
  typed: readonly string[],
  world: World,
  output: Output,
): Promise<ExitCode> {
  const stopping = AbortSignal.any([world.interrupted, output.closed]);
  try {
    const code = await command.run({
      arguments: readArguments(command, typed),
      output,
      world,
      stopping,
    });
    return world.interrupted.aborted ? EXIT.interrupted : code;
  } catch (error) {
    if (world.interrupted.aborted) return EXIT.interrupted;
    return showFailure(error, command, output);
  }
}

function showFailure(error: unknown, command: CliCommand, output: Output): ExitCode {
  if (error instanceof UsageError) return refuse(output, ` ${command.name}`, error.message);
  if (!(error instanceof NorthwardError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    output.note(`This is a fault of ${PROGRAM}. Please report it, with these lines:\n${escapedLines(text)}`);
    return EXIT.fault;
  }
  if (output.json) output.document({ error: error.toJSON() });
  else if (error instanceof ConfigError) showProblems(output, error.problems, 'error');
  else showError(output, error);
  return EXIT.wrong;
}

function asksForHelp(typed: string): boolean {
  return typed === '--help' || typed === '-h';
}

function unknownCommand(name: string): string {
  return `there is no command "${name}"; there are ${COMMANDS.map((each) => each.name).join(', ')}`;
}

function refuse(output: Output, command: string, problem: string): ExitCode {
  output.note(`${PROGRAM}${command}: ${output.safe(problem)}`);
  output.note(`"npx ${PROGRAM}${command} --help" says what it takes.`);
  return EXIT.usage;
}
