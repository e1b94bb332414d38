/** The steps of a diagnosis in their order. What cannot be taken is skipped, and says why; the rest goes on. */
import type { DiagnoseOptions, DiagnosisStep, Finding } from '../api/diagnosis.js';
import { showProblem, type ConfigProblem } from '../api/config-problem.js';
import { ConfigError } from '../api/errors.js';
import { examineConfig, type ExaminedConfig } from '../config/parse.js';
import { PathSet } from '../config/path.js';
import { canaryStep } from './canary.js';
import { clientStep, secretsStep } from './client.js';
import { connectionSteps } from './connection.js';
import { Step } from './finding.js';
import { groupStep } from './group.js';
import { sidesInUse } from './needs.js';
import { Run, type DiagnosisPorts } from './run.js';
import { advertisedStep, nameStep, tcpStep } from './servers.js';
import { storeStep } from './store.js';
import { topicSteps } from './topics.js';
import { Ended, Waits } from './waits.js';

const DEFAULT_LIMIT_MS = 10_000;

/** The steps behind the first one. */
const REST: readonly DiagnosisStep[] = [
  'secrets',
  'client',
  'name',
  'tcp',
  'tls',
  'sasl',
  'brokers',
  'store',
];

/** @param options as `readDiagnoseOptions()` gives them */
export async function* runDiagnosis(
  config: unknown,
  options: DiagnoseOptions,
  ports: DiagnosisPorts,
): AsyncGenerator<Finding, void> {
  const signal = options.signal ?? new AbortController().signal;
  const waits = new Waits(signal, options.timeoutMs ?? DEFAULT_LIMIT_MS);
  let run: Run | null = null;
  try {
    waits.check();
    const step = new Step('configuration', null);
    const examined = examine(config, options);
    yield configurationFinding(step, examined);
    if (examined instanceof ConfigError) {
      for (const each of REST) yield new Step(each, null).skipped('the configuration cannot be read');
      return;
    }
    run = runOf(examined, options, ports, waits);
    yield* stepsOf(run);
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  } finally {
    await run?.close();
  }
}

function examine(config: unknown, options: DiagnoseOptions): ExaminedConfig | ConfigError {
  try {
    return examineConfig(config, options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function runOf(
  { config, problems }: ExaminedConfig,
  options: DiagnoseOptions,
  ports: DiagnosisPorts,
  waits: Waits,
): Run {
  const used = sidesInUse(config);
  const { side, canary = null } = options;
  // Where nothing is on, the connection can be looked at all the same.
  const sides = side === undefined ? (used.length === 0 ? (['uplink'] as const) : used) : [side];
  return new Run(config, new PathSet(problems.map(({ path }) => path)), ports, waits, sides, canary);
}

async function* stepsOf(run: Run): AsyncGenerator<Finding> {
  yield* guarded(run, 'secrets', secretsStep(run));
  yield* guarded(run, 'client', clientStep(run));
  yield* guarded(run, 'tcp', serverSteps(run));
  yield* guarded(run, 'brokers', connectionSteps(run));
  yield* guarded(run, 'advertised', advertisedStep(run));
  yield* guarded(run, 'topic', topicSteps(run));
  yield* guarded(run, 'group', groupStep(run));
  yield* guarded(run, 'store', storeStep(run));
  yield* guarded(run, 'canary', canaryStep(run));
}

async function* serverSteps(run: Run): AsyncGenerator<Finding> {
  if (!run.sound('connection.bootstrapServers')) {
    for (const step of ['name', 'tcp'] as const)
      yield new Step(step, null).skipped('connection.bootstrapServers has problems');
    return;
  }
  const resolved = yield* nameStep(run);
  yield* tcpStep(run, resolved);
}

/** What a step throws is its finding, and the next one follows. */
async function* guarded(
  run: Run,
  name: DiagnosisStep,
  step: AsyncGenerator<Finding>,
): AsyncGenerator<Finding> {
  const whole = new Step(name, null);
  try {
    run.waits.check();
    yield* step;
  } catch (error) {
    if (error instanceof Ended) throw error;
    yield whole.thrown(error);
  }
}

function configurationFinding(step: Step, examined: ExaminedConfig | ConfigError): Finding {
  const { problems } = examined;
  const [first] = problems;
  if (first !== undefined) return step.failed(problemFault(first, problems));
  const warnings = examined instanceof ConfigError ? [] : examined.warnings;
  const [warning] = warnings;
  if (warning === undefined) return step.ok('no problems');
  return step.warning(problemFault(warning, warnings));
}

function problemFault(first: ConfigProblem, all: readonly ConfigProblem[]): Parameters<Step['failed']>[0] {
  const others = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  const expected = first.suggestion ?? first.expected;
  return {
    code: 'CONFIG_INVALID',
    message: `${showProblem(first)}${others}`,
    hint: expected === undefined ? `Correct ${first.path}.` : `Correct ${first.path}: ${expected}.`,
    setting: first.path === '' ? undefined : first.path,
    details: all.map(showProblem),
  };
}
