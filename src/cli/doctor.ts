/** `doctor`: what is wrong between this configuration and its cluster, from the names to a record there and back. */
import type { Finding, FindingStatus } from '../api/diagnosis.js';
import { diagnose } from '../diagnose.js';
import { EXIT, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { hostOptions, readDocument } from './load-config.js';
import type { Output, Style } from './output.js';

const DEFAULT_TIMEOUT_S = 10;
/** Of the column with the status, which what belongs to a line is set in by. */
const STATUS_WIDTH = 9;

export const doctor: CliCommand = {
  name: 'doctor',
  about: 'Finds out why a gateway does not deliver: names, ports, TLS, SASL, topics, rights, group, store.',
  takes: '<config.json>',
  least: 1,
  most: 1,
  options: {
    side: {
      value: 'SIDE',
      choices: ['uplink', 'downlink'],
      help: 'only what this side needs (default: each side that is on)',
    },
    canary: { value: 'TOPIC', help: 'produces one record to this topic, and reads it back' },
    timeout: { value: 'N', help: `seconds for one step (default: ${DEFAULT_TIMEOUT_S})` },
  },
  more: [
    'One line for each thing that is looked at, with its time; below what is not well stand the code, what to do, the setting',
    'and the page. Later steps go on where they can. No group is joined, nothing is committed, no lock of the store is taken,',
    'and no topic is written to but that of --canary. Exit code 1 when something failed. docs/doctor.md lists what it finds.',
  ].join('\n'),
  examples: [
    { line: 'doctor northward.json', about: 'a gateway does not deliver' },
    { line: 'doctor northward.json --side downlink', about: 'commands do not come' },
    { line: 'doctor northward.json --canary plant.test', about: 'a record there and back as well' },
    { line: 'doctor northward.json --json', about: 'for a program: one finding a line' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output, stopping } = invocation;
  const document = await readDocument(invocation);
  const side = given.text('side');
  const from = performance.now();
  const findings = diagnose(document, {
    ...hostOptions(invocation),
    ...(side === 'uplink' || side === 'downlink' ? { side } : {}),
    canary: given.text('canary'),
    timeoutMs: 1_000 * Math.min(given.count('timeout') ?? DEFAULT_TIMEOUT_S, 300),
    signal: stopping,
  });
  const counts = new Map<FindingStatus, number>();
  await eachOf(output, findings, async (finding) => {
    counts.set(finding.status, (counts.get(finding.status) ?? 0) + 1);
    if (output.json) output.document(finding);
    else show(output, finding);
    await output.drained();
  });
  if (!output.json && !stopping.aborted) output.line(summary(counts, performance.now() - from));
  const isWrong = counts.has('failed') || (given.flag('strict') && counts.has('warning'));
  return isWrong ? EXIT.wrong : EXIT.good;
}

/** Says so where the next one takes its time. */
async function eachOf(
  output: Output,
  findings: AsyncIterable<Finding>,
  tell: (finding: Finding) => Promise<void>,
): Promise<void> {
  const iterator = findings[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await output.during('Looking', iterator.next());
      if (next.done === true) return;
      await tell(next.value);
    }
  } finally {
    await iterator.return?.();
  }
}

const STYLES: Readonly<Record<FindingStatus, Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'dim',
};

function show(output: Output, finding: Finding): void {
  const { step, subject, status, message, details, code, hint, setting, docs, tookMs } = finding;
  const safe = (text: string): string => output.safe(text);
  const about = subject === null ? step : `${step} ${safe(subject)}`;
  const word = output.paint(STYLES[status], status.padEnd(STATUS_WIDTH));
  output.line(
    `${word}${output.paint('bold', about)}: ${safe(message)} ${output.paint('dim', `(${tookMs} ms)`)}`,
  );
  const below = (text: string): void => {
    output.line(`${' '.repeat(STATUS_WIDTH)}${text}`);
  };
  if (hint !== null) below(`${code}: ${safe(hint)}`);
  if (setting !== null) below(`setting: ${safe(setting)}; see ${docs}`);
  // The message says the first one already.
  for (const detail of details) if (detail !== message) below(output.paint('dim', `- ${safe(detail)}`));
}

function summary(counts: ReadonlyMap<FindingStatus, number>, ms: number): string {
  const parts = (['failed', 'warning', 'ok', 'skipped'] as const)
    .filter((status) => counts.has(status))
    .map((status) => `${counts.get(status)} ${status}`);
  return `${parts.join(', ')}, in ${(ms / 1_000).toFixed(1)} s`;
}
