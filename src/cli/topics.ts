/** `topics`: the topics that a configuration names, against the cluster; with `--create` those that are missing are made. */
import type { ResolvedConfig, ResolvedTopics } from '../config/resolved-config.js';
import { sidesInUse, topicNeeds, type OpenTemplate, type TopicNeed } from '../diagnose/needs.js';
import type { AdminPort } from '../kafka/port/admin-port.js';
import type { TopicFacts } from '../kafka/port/probe-port.js';
import type { Creation } from '../kafka/port/topic-creator.js';
import { EXIT, type CliCommand, type ExitCode, type Invocation } from './command.js';
import { confirmed } from './confirm.js';
import { counted } from './counted.js';
import { goodUnlessStrict, loadConfig } from './load-config.js';
import { withAdmin } from './native.js';
import type { Output } from './output.js';

const DEFAULT_TIMEOUT_S = 10;
const BY_DEFAULT = 'as the brokers do by default';

export const topics: CliCommand = {
  name: 'topics',
  about:
    'The topics that the configuration names, on the cluster: there or missing; makes them with --create.',
  takes: '<config.json>',
  least: 1,
  most: 1,
  options: {
    create: { help: 'makes those that are missing, after showing what would be done' },
    yes: { help: 'goes on without asking' },
    timeout: {
      value: 'N',
      help: `seconds to wait for an answer of the cluster (default: ${DEFAULT_TIMEOUT_S})`,
    },
  },
  more: [
    'These are the topics of mappings, routes and dead letters that are in use. One whose name depends on the event, such as',
    'telemetry.{{device_name}}, cannot be looked at. Partitions, replicas and retention of those that are made stand in the',
    'section topics of the configuration; what is not set there is as the brokers do by default. Topics that exist are never',
    'changed. Looking makes no topic, on no cluster. Exit code 1 when one is missing, or has no leader.',
  ].join('\n'),
  examples: [
    { line: 'topics northward.json', about: 'what is there' },
    { line: 'topics northward.json --create --yes', about: 'before the first start, in a script' },
  ],
  run,
};

/** A topic that the configuration names. */
interface Looked {
  readonly need: TopicNeed;
  readonly facts: TopicFacts;
  creation?: Creation;
}

async function run(invocation: Invocation): Promise<ExitCode> {
  const { arguments: given, output } = invocation;
  const { config, warnings } = await loadConfig(invocation);
  const { topics: needs, open } = topicNeeds(config, sidesInUse(config), () => true);
  const timeoutMs = (given.count('timeout') ?? DEFAULT_TIMEOUT_S) * 1_000;
  const found = await withAdmin(config, async (admin) => {
    const looked = await lookAt(invocation, admin, needs, config, timeoutMs);
    if (!output.json) showAll(output, looked, open);
    const missing = looked.filter(isMissing);
    if (given.flag('create') && missing.length > 0) {
      await createAll(invocation, admin, missing, config.topics, timeoutMs);
    }
    return looked;
  });
  if (output.json) output.document({ topics: found.map(plainTopic), open });
  return found.every(isGood) ? goodUnlessStrict(invocation, warnings) : EXIT.wrong;
}

async function lookAt(
  { output }: Invocation,
  admin: AdminPort,
  needs: readonly TopicNeed[],
  { connection }: ResolvedConfig,
  timeoutMs: number,
): Promise<Looked[]> {
  if (needs.length === 0) return [];
  const names = needs.map(({ topic }) => topic);
  const servers = output.safe(connection.bootstrapServers);
  const facts = await output.during(`Asking ${servers}`, admin.describeTopics(names, timeoutMs));
  return needs.flatMap((need, index) => {
    const of = facts[index];
    return of === undefined ? [] : [{ need, facts: of }];
  });
}

function isMissing({ facts }: Looked): boolean {
  return facts.failure?.code === 'TOPIC_NOT_FOUND';
}

function isGood({ facts, creation }: Looked): boolean {
  if (creation !== undefined) return typeof creation === 'string';
  return facts.failure === null && facts.partitions.every(({ leader }) => leader !== null);
}

function showAll(output: Output, looked: readonly Looked[], open: readonly OpenTemplate[]): void {
  if (looked.length + open.length === 0)
    output.line('The configuration has neither mappings nor routes that are in use.');
  for (const each of looked) {
    const paths = each.need.uses.map(({ path }) => path).join(', ');
    output.line(
      `${output.paint('bold', output.safe(each.need.topic))}: ${stateText(output, each)} (${paths})`,
    );
  }
  for (const { path, template } of open) {
    output.line(`${output.safe(template)}: depends on the event, so it is not looked at (${path})`);
  }
}

function stateText(output: Output, looked: Looked): string {
  const { failure, partitions } = looked.facts;
  if (isMissing(looked)) return output.paint('red', 'missing');
  if (failure !== null) return output.paint('red', `${failure.code}: ${output.safe(failure.message)}`);
  const leaderless = partitions.filter(({ leader }) => leader === null).length;
  const counts = `${counted(partitions.length, 'partition')}, ${counted(replicasOf(looked.facts), 'replica')}`;
  return leaderless === 0
    ? `${output.paint('green', 'there')}, ${counts}`
    : `${output.paint('red', `${leaderless} without a leader`)} of ${counts}`;
}

function replicasOf({ partitions }: TopicFacts): number {
  return Math.min(...partitions.map(({ replicas }) => replicas.length));
}

async function createAll(
  invocation: Invocation,
  admin: AdminPort,
  missing: readonly Looked[],
  wanted: ResolvedTopics,
  timeoutMs: number,
): Promise<void> {
  const { output, stopping } = invocation;
  const how = howText(wanted);
  if (!output.json)
    for (const { need } of missing) output.line(`would be made: ${output.safe(need.topic)}, ${how}`);
  const question = `Make ${counted(missing.length, 'topic')}?`;
  if (!(await confirmed(invocation, question)) || stopping.aborted) return;
  for (const each of missing) {
    const { topic } = each.need;
    const making = admin.createTopic({ topic, ...wanted }, timeoutMs);
    each.creation = await output.during(`Making ${output.safe(topic)}`, making);
    if (!output.json) output.line(`${output.safe(topic)}: ${creationText(output, each.creation)}`);
  }
}

function creationText(output: Output, creation: Creation): string {
  if (typeof creation === 'object') return output.paint('red', output.safe(creation.refused));
  return output.paint('green', creation === 'made' ? 'made' : 'there already: somebody else has made it');
}

function howText({ partitions, replicationFactor, retentionMs }: ResolvedTopics): string {
  const retention = retentionMs === -1 ? 'without end' : `${retentionMs} ms`;
  return [
    `partitions: ${partitions ?? BY_DEFAULT}`,
    `replicas: ${replicationFactor ?? BY_DEFAULT}`,
    `retention: ${retentionMs === null ? BY_DEFAULT : retention}`,
  ].join(', ');
}

function plainTopic({ need, facts, creation }: Looked): Record<string, unknown> {
  const { failure, partitions } = facts;
  return {
    topic: need.topic,
    for: need.uses.map(({ path }) => path),
    ...(failure === null
      ? {
          partitions: partitions.length,
          replicas: replicasOf(facts),
          leaderless: partitions.filter((p) => p.leader === null).length,
        }
      : { error: failure }),
    ...(creation === undefined ? {} : { creation }),
  };
}
