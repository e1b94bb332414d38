/** The blocks of docs/cli.md that show commands with what they print. */
import { blocksOf } from './doc-pages.js';
import { runCli } from './cli.js';

const PAGE = 'docs/cli.md';
const COMMAND = /^\$ (?:echo '([^']*)' \| )?npx ng-kafka-northward ?(.*)$/;

/** Files that the page speaks of, by name. */
export function filesOf(text: string): Readonly<Record<string, string>> {
  const blocks = blocksOf(PAGE, text).filter(({ language }) => language === 'json');
  const codeOf = (marker: string): string => blocks.find((block) => block.marker === marker)?.code ?? '';
  return { 'northward.json': codeOf(''), 'record.json': codeOf('record') };
}

/**
 * The page, with what its commands really print in the blocks with this marker.
 * @param change of what is printed: what is random, or of this machine
 */
export async function withConsoleOutput(
  text: string,
  marker: string,
  change: (printed: string) => string,
): Promise<string> {
  let out = '';
  let copied = 0;
  for (const block of blocksOf(PAGE, text)) {
    if (block.language !== 'console' || block.marker !== marker) continue;
    let code = '';
    for (const line of block.code.split('\n').filter((each) => each.startsWith('$ '))) {
      const [, input, typed = ''] = COMMAND.exec(line) ?? [];
      if (!COMMAND.test(line)) throw new Error(`${PAGE}: not a command: ${line}`);
      code += `${code === '' ? '' : '\n'}${line}\n${change(await printedBy(typed, input))}`;
    }
    out += text.slice(copied, block.start) + code;
    copied = block.start + block.code.length;
  }
  return out + text.slice(copied);
}

/** As a terminal shows it: standard output and standard error in the order in which they come. */
async function printedBy(typed: string, input: string | undefined): Promise<string> {
  let printed = '';
  const add = (piece: string): void => {
    printed += piece;
  };
  const words = typed.split(' ').filter((word) => word !== '');
  await runCli(words, { stdin: `${input ?? ''}\n`, onOutput: add, onNote: add });
  return printed;
}

/** Without the warning that the store of the test lies in a folder for temporary files: that of the page does not. */
export function withoutOwnWarning(printed: string): string {
  return printed
    .replaceAll(/^warning {2}uplink\.store\.path .*\n/gm, '')
    .replace('in order, 1 warning', 'in order, no warnings');
}
