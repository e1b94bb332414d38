/** The steps before anything is sent: secrets, files, and the native client with its properties. */
import type { Finding } from '../api/diagnosis.js';
import { NorthwardError } from '../api/errors.js';
import { reasonOf } from '../api/reason.js';
import type { ClientListener } from '../kafka/port/ports.js';
import type { ProbeReference, ProbeSide } from '../kafka/port/probe-port.js';
import { Step, type Fault } from './finding.js';
import type { Run } from './run.js';
import { Ended } from './waits.js';

const nothing = (): void => undefined;
/** For clients whose causes another one has told. */
export const DEAF: ClientListener = {
  onCause: nothing,
  onAllBrokersDown: nothing,
  onFatal: nothing,
  onLog: nothing,
};

export async function* secretsStep(run: Run): AsyncGenerator<Finding> {
  const step = new Step('secrets', null);
  if (!run.sound('connection.security')) {
    yield step.skipped('connection.security has problems');
    return;
  }
  const { references } = run.probes;
  if (references.length === 0) {
    yield step.ok('the connection needs none');
    return;
  }
  const errors = await Promise.all(references.map((reference) => trouble(run, reference)));
  const details = references.map(({ path, from }, index) => {
    const error = errors[index];
    if (error === null) return `${path}: ${from}`;
    const message = reasonOf(error);
    return message.startsWith(path) ? message : `${path}: ${message}`;
  });
  const at = errors.findIndex((error) => error !== null);
  const error = errors[at];
  if (error === undefined || error === null) {
    yield step.ok(`${references.length} can be read`, details);
  } else if (error instanceof NorthwardError) {
    const { code, message, hint } = error;
    yield step.failed({ code, message, hint, setting: references[at]?.path, details });
  } else yield step.thrown(error);
}

/** @returns `null`: there is none */
async function trouble(run: Run, reference: ProbeReference): Promise<unknown> {
  try {
    await run.waits.within(reference.path, reference.check());
    return null;
  } catch (error) {
    if (error instanceof Ended) throw error;
    return error;
  }
}

/** Makes a client for each side, and closes it again: what librdkafka refuses shows here. */
export async function* clientStep(run: Run): AsyncGenerator<Finding> {
  const loading = new Step('client', null);
  let version: string;
  try {
    version = await run.waits.within('Loading the native client', run.probes.load());
  } catch (error) {
    if (error instanceof Ended) throw error;
    yield loading.thrown(error);
    return;
  }
  if (!run.sound('connection')) {
    yield loading.ok(`${version} is loaded; connection has problems, so no client is made`);
    return;
  }
  const usable: ProbeSide[] = [];
  for (const side of run.sides) {
    const step = new Step('client', side);
    const finding = await made(run, side, step, version);
    if (finding.status === 'ok') usable.push(side);
    yield finding;
  }
  run.usable = usable;
}

async function made(run: Run, side: ProbeSide, step: Step, version: string): Promise<Finding> {
  try {
    const client = await run.waits.within('Making a client', run.opening(run.probes.open(side, null, DEAF)));
    void run.closeOne(client);
    return step.ok(`${version} takes the properties of the ${side}`);
  } catch (error) {
    if (error instanceof Ended) throw error;
    if (!(error instanceof NorthwardError)) return step.thrown(error);
    if (error.code === 'SECRET_UNAVAILABLE') return step.skipped('a secret is missing: see secrets');
    return step.failed(faultOf(run, side, error));
  }
}

/** The text of librdkafka names a property, not the setting that it comes from. */
function faultOf(run: Run, side: ProbeSide, error: NorthwardError): Fault | NorthwardError {
  const { connection, uplink, downlink } = run.config;
  const own = side === 'uplink' ? uplink.producer.properties : downlink.consumer.properties;
  const maps = [
    [side === 'uplink' ? 'uplink.producer.properties' : 'downlink.consumer.properties', own],
    ['connection.properties', connection.properties],
  ] as const;
  const { code, message, hint } = error;
  for (const [path, properties] of maps) {
    const name = Object.keys(properties).find((each) => message.includes(each));
    if (name !== undefined)
      return {
        code,
        message,
        hint: `Correct or remove "${name}" in ${path}.`,
        setting: path,
        docs: 'docs/configuration.md',
      };
  }
  if (code !== 'TLS_FAILED') return error;
  return { code, message, hint, docs: 'docs/connection-and-security.md#when-it-fails' };
}
