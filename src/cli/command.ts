/** What a command of the command line is, and what it works with. */
import type { Output } from './output.js';
import type { World } from './world.js';

/** What the process ends with. */
export const EXIT = {
  /** Warnings too, unless `--strict`. */
  good: 0,
  /** The command did its work, and found something wrong. */
  wrong: 1,
  /** The command line is wrong, or a file of it cannot be read. */
  usage: 2,
  /** A fault of this library. */
  fault: 3,
  /** By Ctrl-C, or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An option of a command, `--name`. */
export interface CliOption {
  /** What stands for its value in the help. Absent: it takes none. `N`: a whole number from 1 on. */
  readonly value?: string;
  readonly help: string;
  /** The values that it takes. */
  readonly choices?: readonly string[];
}

export interface Example {
  /** What stands behind `npx ng-kafka-northward`. */
  readonly line: string;
  readonly about: string;
}

export interface CliCommand {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly about: string;
  /** What stands behind its name, `<config.json> [event.json]`. */
  readonly takes: string;
  /** How many arguments without `--`. */
  readonly least: number;
  readonly most: number;
  /** Beside those of every command. */
  readonly options: Readonly<Record<string, CliOption>>;
  /** What the help says below the options. */
  readonly more: string;
  readonly examples: readonly Example[];
  /** Resolves to the exit code, but for an interruption. Rejects with what `main` knows how to show. */
  run(invocation: Invocation): Promise<ExitCode>;
}

/** One call of a command. */
export interface Invocation {
  readonly arguments: CliArguments;
  readonly output: Output;
  readonly world: World;
  /** Aborted when it should end: interrupted, or nobody reads its output any more. */
  readonly stopping: AbortSignal;
}

/** What was typed, checked. */
export interface CliArguments {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** Of an option whose value is `N`. */
  count(name: string): number | undefined;
}

/** The command line is wrong, or something that it names cannot be read: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
