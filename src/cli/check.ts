/** `check`: everything that is wrong or odd about a configuration. */
import { ConfigError } from '../api/errors.js';
import type { ConfigProblem } from '../api/config-problem.js';
import { createKafkaNorthward } from '../create.js';
import { tolerantSchema } from '../config/schema/published-schema.js';
import { EXIT, UsageError, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { counted } from './counted.js';
import { goodUnlessStrict, hostOptions, readDocument } from './load-config.js';
import type { Output } from './output.js';
import { problemLine } from './problems.js';

export const check: CliCommand = {
  name: 'check',
  about: 'All problems and warnings of a configuration, with line and column. Needs no broker.',
  takes: '<config.json>',
  least: 0,
  most: 1,
  options: {
    schema: { help: 'prints the JSON Schema of a configuration instead' },
  },
  more: '',
  examples: [
    { line: 'check northward.json', about: 'before a gateway is started' },
    {
      line: 'check northward.json --app-id 7 --strict',
      about: 'in CI: the host gives app.id, and no warning is taken',
    },
    { line: 'check --schema > northward.schema.json', about: 'for an editor that helps with writing' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output } = invocation;
  if (given.flag('schema')) {
    output.line(JSON.stringify(tolerantSchema(), null, 2));
    return EXIT.good;
  }
  const [file] = given.positionals;
  if (file === undefined) throw new UsageError('expected <config.json>, or --schema');
  const document = await readWithProblems(invocation);
  const { problems, warnings } = document;
  if (output.json) output.document({ ok: problems.length === 0, problems, warnings });
  else show(output, file === '-' ? 'standard input' : file, problems, warnings);
  return problems.length > 0 ? EXIT.wrong : goodUnlessStrict(invocation, warnings);
}

interface Findings {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

async function readWithProblems(invocation: Invocation): Promise<Findings> {
  try {
    const document = await readDocument(invocation);
    const { warnings } = createKafkaNorthward(document, hostOptions(invocation));
    return { problems: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems, warnings: [] };
  }
}

function show(
  output: Output,
  file: string,
  problems: readonly ConfigProblem[],
  warnings: readonly ConfigProblem[],
): void {
  for (const problem of problems) output.line(problemLine(output, problem, 'error'));
  for (const warning of warnings) output.line(problemLine(output, warning, 'warning'));
  const counts = [counted(problems.length, 'problem'), counted(warnings.length, 'warning')];
  const verdict = problems.length > 0 ? output.paint('red', 'wrong') : output.paint('green', 'in order');
  const told = problems.length > 0 ? counts[0] : counts[1];
  output.line(`${output.safe(file)}: ${verdict}, ${told}`);
}
