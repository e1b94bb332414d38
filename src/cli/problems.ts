/** Problems and warnings of a configuration, for people. */
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
  return `${word}  ${output.safe(showProblem(problem))}`;
}
