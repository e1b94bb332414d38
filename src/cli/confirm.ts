/** Asks a person before something is done that cannot be undone. */
import { UsageError, type Invocation } from './command.js';
import { linesOf } from './lines.js';

/**
 * Whether to go on: `--yes`, or the answer on a terminal.
 * @throws UsageError where there is nobody to ask
 */
export async function confirmed(
  { arguments: given, output, world, stopping }: Invocation,
  question: string,
): Promise<boolean> {
  if (given.flag('yes')) return true;
  if (world.stdin.isTTY !== true || output.json) {
    throw new UsageError('there is no terminal to ask at: --yes goes on without asking');
  }
  output.note(`${question} [y/N]`);
  for await (const { bytes } of linesOf(world.stdin, 'standard input', stopping)) {
    return /^\s*y(?:es)?\s*$/i.test(bytes.toString());
  }
  return false;
}
