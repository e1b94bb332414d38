/** `<config.json>` or `-`, and what the host gives beside it → a configuration. */
import { ConfigError } from '../api/errors.js';
import type { NorthwardConfig } from '../api/config.js';
import type { ConfigProblem } from '../api/config-problem.js';
import type { CreateOptions } from '../api/northward.js';
import { reasonOf } from '../api/reason.js';
import { loadConfigFile, parseConfigText } from '../config/document.js';
import { parseConfig } from '../config/parse.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import { UsageError, EXIT, type ExitCode, type Invocation } from './command.js';
import { showProblems } from './problems.js';
import { readAll } from './read-input.js';

/** A configuration that is in order. */
export interface LoadedConfig {
  /** As it was written. */
  readonly document: NorthwardConfig;
  /** What the host gives beside it. */
  readonly options: CreateOptions;
  readonly config: ResolvedConfig;
  readonly warnings: readonly ConfigProblem[];
}

/** What is given beside the document, by options that every command has. */
export function hostOptions({ arguments: given }: Invocation): CreateOptions {
  const id = given.text('app-id');
  const name = given.text('app-name');
  const app = { ...(id === undefined ? {} : { id: Number(id) }), ...(name === undefined ? {} : { name }) };
  return { app, unknownKeys: given.text('unknown-keys') === 'warn' ? 'warn' : 'error' };
}

/**
 * The document of the first argument; nothing in it is checked yet.
 * @throws UsageError where it cannot be read, ConfigError where it is no JSON
 */
export async function readDocument({
  arguments: given,
  world,
  stopping,
}: Invocation): Promise<NorthwardConfig> {
  const [from = ''] = given.positionals;
  if (from === '-') {
    const name = 'standard input';
    return parseConfigText(await readAll(world.stdin, name, stopping), { source: name });
  }
  try {
    return await loadConfigFile(from);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.cause === undefined) throw error;
    throw new UsageError(`${from} cannot be read: ${reasonOf(error.cause)}`);
  }
}

/**
 * Reads and checks the configuration of a command that works with it. Its warnings go to standard error.
 * @throws ConfigError with all that is wrong
 */
export async function loadConfig(invocation: Invocation): Promise<LoadedConfig> {
  const document = await readDocument(invocation);
  const options = hostOptions(invocation);
  const { config, warnings } = parseConfig(document, options);
  if (!invocation.output.json) showProblems(invocation.output, warnings, 'warning');
  return { document, options, config, warnings };
}

/** What a command that went well ends with. */
export function goodUnlessStrict(
  { arguments: given }: Invocation,
  warnings: readonly ConfigProblem[],
): ExitCode {
  return given.flag('strict') && warnings.length > 0 ? EXIT.wrong : EXIT.good;
}
