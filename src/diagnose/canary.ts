/** One record to the topic that the host names, and back. Nothing else of a diagnosis writes to Kafka. */
import { randomUUID } from 'node:crypto';
import type { Finding } from '../api/diagnosis.js';
import { ERROR_TABLE } from '../api/errors.js';
import type { Canary, TopicFacts } from '../kafka/port/probe-port.js';
import { Step, type Fault } from './finding.js';
import { routesReading } from './needs.js';
import type { Answered, Run } from './run.js';

const DOCS = 'docs/doctor.md#the-canary';
const KEY = Buffer.from('ng-kafka-northward-doctor');

export async function* canaryStep(run: Run): AsyncGenerator<Finding> {
  const topic = run.canary;
  if (topic === null) return;
  const step = new Step('canary', topic);
  const routes = routesReading(run.config, topic);
  if (routes.length > 0) {
    yield step.failed({
      code: 'ARGUMENT_INVALID',
      message: `${topic} is read by ${routes.join(', ')}: the gateway would take the canary for a command`,
      hint: 'Name a topic that no route reads.',
      setting: `${routes[0] ?? ''}.topic`,
      docs: DOCS,
    });
  } else if (run.answered === null) yield step.skipped('no broker answers');
  else yield await thereAndBack(run, step, run.answered, topic);
}

async function thereAndBack(run: Run, step: Step, { client }: Answered, topic: string): Promise<Finding> {
  const { limitMs } = run.waits;
  const [facts] = await run.waits.within(
    'Describing the topic',
    client.describeTopics([topic], limitMs),
    limitMs + 1_000,
  );
  const fault = facts === undefined ? null : whyNot(facts);
  if (facts === undefined || fault !== null)
    return fault === null ? step.skipped('unknown') : step.failed(fault);
  const places = facts.partitions.map(({ partition }) => ({ topic, partition }));
  const before = await run.waits.within('Reading the ends', client.bounds(places, limitMs), limitMs + 1_000);
  const port = run.probes.canary();
  await run.opening(Promise.resolve(port));
  const text = JSON.stringify({ canary: randomUUID(), from: run.config.connection.clientId });
  const canary: Canary = { topic, key: KEY, value: Buffer.from(text) };
  const from = performance.now();
  const { partition, offset } = await run.waits.within(
    'Producing the canary',
    port.produce(canary, limitMs),
    limitMs + 2_000,
  );
  const sent = performance.now();
  // With acks none the broker does not tell: it is behind what was the end.
  const start = offset ?? before.find((each) => each.partition === partition)?.high ?? 0;
  const finding = port.find(canary, { topic, partition, offset: start }, limitMs);
  const found = await run.waits.within('Reading the canary', finding, limitMs + 2_000);
  await run.closeOne(port);
  if (!found) return step.failed(notFound(topic, partition, limitMs));
  const back = Math.round(performance.now() - sent);
  return step.ok(
    `acknowledged after ${Math.round(sent - from)} ms, read back ${back} ms later: partition ${partition}, offset ${offset ?? 'not told'}`,
  );
}

/** A record to a topic that is missing would make it where the cluster makes topics. */
function whyNot({ topic, failure, operations }: TopicFacts): Fault | null {
  if (failure !== null) {
    const { code, message } = failure;
    const isMissing = code === 'TOPIC_NOT_FOUND';
    return {
      code,
      message: `${topic}: ${message}`,
      hint: isMissing ? 'Create the topic, or name another one for the canary.' : ERROR_TABLE[code].hint,
      setting: isMissing ? '--canary' : undefined,
      docs: DOCS,
    };
  }
  const missing = (['WRITE', 'READ'] as const).filter((each) => operations?.has(each) === false);
  if (missing.length === 0) return null;
  const message = `this principal has no ${missing.join(', no ')} on the topic ${topic}`;
  const hint = `Grant it ${missing.join(' and ')} on ${topic}, or name another topic for the canary.`;
  return { code: 'TOPIC_FORBIDDEN', message, hint };
}

function notFound(topic: string, partition: number, ms: number): Fault {
  return {
    code: 'REQUEST_TIMEOUT',
    message: `the canary was acknowledged, but not read back from partition ${partition} of ${topic} within ${ms} ms`,
    hint: 'Look at the leader of that partition, and at the retention of the topic.',
    setting: 'broker: retention.ms',
    docs: DOCS,
  };
}
