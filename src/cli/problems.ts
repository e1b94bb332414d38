/** What is wrong, for people. */
import type { NorthwardError } from '../api/errors.js';
import { showProblem, type ConfigProblem } from '../api/config-problem.js';
import type { Output } from './output.js';

/** One line each, on standard error: they stand beside what the command prints. */
export function showProblems(
  output: Output,
  problems: readonly ConfigProblem[],
  severity: 'error' | 'warning',
): void {
  for (const problem of problems) output.note(problemLine(output, problem, severity));
}

export function problemLine(output: Output, problem: ConfigProblem, severity: 'error' | 'warning'): string {
  const word = output.paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd(7));
  return `${word}  ${output.safe(showProblem(problem))}${optionFor(problem)}`;
}

/** What is given beside the document has an option: the document need not have it. */
function optionFor({ path, found }: ConfigProblem): string {
  return path === 'app.id' && found === 'nothing' ? '. Where the host gives it: --app-id ID' : '';
}

/** What happened and what can be done, on standard error. */
export function showError(output: Output, error: NorthwardError): void {
  output.note(`${output.paint('red', 'error')}    ${error.code}: ${output.safe(error.message)}`);
  output.note(`         ${output.safe(error.hint)}`);
}
