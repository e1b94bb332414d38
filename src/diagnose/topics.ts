/** The fixed topics: whether they are there, whether they work, and what this principal may do with them. */
import type { Finding } from '../api/diagnosis.js';
import { ConnectionError, ERROR_TABLE } from '../api/errors.js';
import type { Operation, TopicFacts } from '../kafka/port/probe-port.js';
import { fatalKindOf, HINTS } from '../kafka/watch/causes.js';
import { Step, type Fault } from './finding.js';
import { topicNeeds, type TopicNeed } from './needs.js';
import type { Run } from './run.js';

/** Topics in one question. */
const AT_A_TIME = 100;
/** A broker says within this time that a producer may not be idempotent, ms. */
const DENIAL_MS = 2_000;

interface Looked {
  readonly need: TopicNeed;
  readonly facts: TopicFacts;
  readonly step: Step;
}

export async function* topicSteps(run: Run): AsyncGenerator<Finding> {
  const { topics, open } = topicNeeds(run.config, run.sides, (path) => run.sound(path));
  const { answered } = run;
  if (answered === null) {
    for (const step of ['topic', 'rights'] as const) yield new Step(step, null).skipped('no broker answers');
    return;
  }
  const looked: Looked[] = [];
  for (let at = 0; at < topics.length; at += AT_A_TIME) {
    for await (const each of lookAt(run, topics.slice(at, at + AT_A_TIME))) {
      looked.push(each);
      yield topicFinding(each, run.config.topics.create);
    }
  }
  for (const { path, template } of open) {
    const message = `${path} depends on the event (${template}): which topics there are is not known here`;
    yield new Step('topic', path).skipped(message);
  }
  if (topics.length + open.length === 0)
    yield new Step('topic', null).skipped('no mapping and no route is on');
  for (const each of looked) yield rightsFinding(each);
  if (answered.side === 'uplink') {
    const mayWrite = looked.some(({ facts }) => facts.operations?.has('WRITE') === true);
    yield await idempotenceFinding(run, mayWrite);
  }
}

async function* lookAt(run: Run, needs: readonly TopicNeed[]): AsyncGenerator<Looked> {
  const steps = needs.map(({ topic }) => new Step('topic', topic));
  const names = needs.map(({ topic }) => topic);
  const { limitMs } = run.waits;
  const asking = run.answered?.client.describeTopics(names, limitMs) ?? Promise.resolve([]);
  const facts = await run.waits.within('Describing the topics', asking, limitMs + 1_000);
  for (const [index, need] of needs.entries()) {
    const step = steps[index];
    const found = facts[index];
    if (step !== undefined && found !== undefined) yield { need, facts: found, step };
  }
}

/** @param makes the gateway makes what it finds missing while publishing */
function topicFinding({ need, facts, step }: Looked, makes: boolean): Finding {
  const [use] = need.uses;
  const setting = use?.path;
  const paths = need.uses.map(({ path }) => path).join(', ');
  const { failure, partitions } = facts;
  if (failure !== null) {
    const message = `${need.topic} (${paths}): ${failure.message}`;
    const written = need.uses.every(({ operation }) => operation === 'WRITE');
    if (makes && written && failure.code === 'TOPIC_NOT_FOUND')
      return step.warning({
        ...TO_BE_MADE,
        message: `${message}, and is made by the first message`,
        setting,
      });
    const hint = failure.code === 'TOPIC_FORBIDDEN' ? grantHint(need, missingRights(need, new Set())) : null;
    return step.failed({
      code: failure.code,
      message,
      hint: hint ?? ERROR_TABLE[failure.code].hint,
      setting,
    });
  }
  const leaderless = partitions.filter(({ leader }) => leader === null);
  if (leaderless.length > 0) return step.failed({ ...withoutLeader(need.topic, leaderless), setting });
  const behind = partitions.filter(({ replicas, inSync }) => inSync.length < replicas.length);
  if (behind.length > 0) return step.warning({ ...notInSync(need.topic, behind), setting });
  const replicas = Math.min(...partitions.map((each) => each.replicas.length));
  return step.ok(`${count(partitions.length, 'partition')}, ${count(replicas, 'replica')}`, [`for ${paths}`]);
}

const TO_BE_MADE = {
  code: 'TOPIC_NOT_FOUND',
  hint: 'topics.create is on: the principal needs the right CREATE. Or make it before: npx ng-kafka-northward topics --create.',
  docs: 'docs/topic-planning.md#topics-that-the-gateway-makes',
} as const;

function withoutLeader(topic: string, partitions: TopicFacts['partitions']): Fault {
  const [first] = partitions;
  const on = first === undefined ? '' : `: the brokers that hold it (${first.replicas.join(', ')}) are down`;
  const message = `partition ${first?.partition} of ${topic} has no leader${on}`;
  const hint = `Start these brokers, or look at their disks. ${partitions.length} of its partitions take nothing until then.`;
  return {
    code: 'BROKER_UNREACHABLE',
    message,
    hint,
    docs: 'docs/troubleshooting.md#the-connection-stands-and-nothing-is-acknowledged',
  };
}

function notInSync(topic: string, partitions: TopicFacts['partitions']): Fault {
  const [first] = partitions;
  const message = `${count(partitions.length, 'partition')} of ${topic} miss replicas: partition ${first?.partition} has ${first?.inSync.length} of ${first?.replicas.length} in sync`;
  const hint =
    'Look at the brokers that are behind. With acks all, the topic takes nothing below its min.insync.replicas.';
  return { code: 'BROKER_UNREACHABLE', message, hint, docs: 'docs/topic-planning.md' };
}

function rightsFinding({ need, facts }: Looked): Finding {
  const step = new Step('rights', need.topic);
  if (facts.failure !== null) return step.skipped('the topic cannot be described: see topic');
  if (facts.operations === null) return step.skipped('the broker does not tell them');
  const missing = missingRights(need, facts.operations);
  if (missing.length === 0) return step.ok(`${wanted(need).join(' and ')} granted`);
  const [use] = need.uses.filter(({ operation }) => missing.includes(operation));
  return step.failed({
    code: 'TOPIC_FORBIDDEN',
    message: `this principal has no ${missing.join(', no ')} on the topic ${need.topic} (${use?.path ?? ''})`,
    hint: grantHint(need, missing),
    setting: use?.path,
  });
}

function wanted({ uses }: TopicNeed): Operation[] {
  return [...new Set<Operation>(uses.map(({ operation }) => operation)), 'DESCRIBE'];
}

function missingRights(need: TopicNeed, operations: ReadonlySet<Operation>): Operation[] {
  return wanted(need).filter((operation) => !operations.has(operation));
}

function grantHint(need: TopicNeed, missing: readonly Operation[]): string {
  const paths = need.uses.map(({ path }) => path).join(', ');
  return `Grant this principal ${missing.join(' and ')} on the topic ${need.topic}, which ${paths} names; a topic that is missing may be answered in the same way.`;
}

/**
 * There is no question for it: a broker tells it by refusing the producer.
 * @param mayWrite to one topic, which is enough (KIP-679): there is no refusal to wait for
 */
async function idempotenceFinding(run: Run, mayWrite: boolean): Promise<Finding> {
  const step = new Step('rights', 'idempotent write');
  const { producer } = run.config.uplink;
  if (!producer.enableIdempotence) return step.skipped('uplink.producer.enableIdempotence is off');
  const end = performance.now() + (mayWrite ? 0 : Math.min(DENIAL_MS, run.waits.limitMs));
  let fatal = run.answered?.fatal() ?? null;
  while (fatal === null && performance.now() < end) {
    await run.waits.pause(50);
    fatal = run.answered?.fatal() ?? null;
  }
  if (fatal === null) return step.skipped('cannot be asked; this producer was not refused so far');
  const kind = fatalKindOf(fatal);
  if (kind === undefined) return step.failed(new ConnectionError('PRODUCER_FATAL', fatal));
  const setting = 'uplink.producer.enableIdempotence';
  return step.failed({ code: kind.code, message: fatal, hint: kind.hint ?? HINTS.idempotence, setting });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
