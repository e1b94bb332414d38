/** The consumer group, as its coordinator knows it. It is not joined, and nothing is committed. */
import type { Finding } from '../api/diagnosis.js';
import type { RecordPlace } from '../api/events.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import type { PartitionBounds, TopicPartition } from '../kafka/port/consumer-port.js';
import type { GroupFacts, GroupMember, ProbePort } from '../kafka/port/probe-port.js';
import { DEAF } from './client.js';
import { Step, type Fault } from './finding.js';
import { topicNeeds } from './needs.js';
import type { Answered, Run } from './run.js';

/** Of librdkafka's own default, and of this library's. */
const COOPERATIVE = 'cooperative-sticky';
const STRATEGY = 'partition.assignment.strategy';
/** Members and partitions that are listed. */
const MOST_LISTED = 20;
/** The client has a time-out of its own for one of the questions. */
const LONGEST_MS = 60_000;

export async function* groupStep(run: Run): AsyncGenerator<Finding> {
  if (!run.sides.includes('downlink')) return;
  const { groupId } = run.config.downlink;
  const step = new Step('group', groupId);
  const { answered } = run;
  if (answered === null) yield step.skipped('no broker answers');
  else if (!run.sound('downlink.groupId') || !run.sound('app')) yield step.skipped('its name has problems');
  else if (!run.usable.includes('downlink')) yield step.skipped('no client could be made');
  else yield* groupFindings(run, step, await groupClient(run, answered));
}

/** Only a client of the downlink may ask for a group: see `ProbePort`. */
function groupClient(run: Run, { side, server, client }: Answered): Promise<ProbePort> {
  if (side === 'downlink') return Promise.resolve(client);
  const opening = run.probes.open('downlink', server, DEAF);
  return run.waits.within('Making a client', run.opening(opening));
}

async function* groupFindings(run: Run, step: Step, client: ProbePort): AsyncGenerator<Finding> {
  const { groupId } = run.config.downlink;
  const { limitMs } = run.waits;
  const asking = client.describeGroup(groupId, limitMs);
  const facts = await run.waits.within('Describing the group', asking, LONGEST_MS);
  const rights = new Step('rights', `group ${groupId}`);
  if (facts.failure !== null) {
    yield step.failed({ ...forbidden(groupId, facts.failure.message), code: facts.failure.code });
    return;
  }
  if (facts.operations !== null) {
    yield facts.operations.has('READ')
      ? rights.ok('READ granted')
      : rights.failed(forbidden(groupId, `this principal has no READ on the group ${groupId}`));
  } else if (facts.state === 'dead')
    yield rights.skipped('the group does not exist yet, and a broker tells them of one that does only');
  else yield rights.skipped('the broker does not tell them');
  yield await membersFinding(run, step, facts, client);
}

function forbidden(groupId: string, message: string): Fault {
  return {
    code: 'AUTHORIZATION_FAILED',
    message,
    hint: `Grant this principal READ on the consumer group ${groupId} (downlink.groupId).`,
    setting: 'downlink.groupId',
    docs: 'docs/connection-and-security.md#rights',
  };
}

async function membersFinding(run: Run, step: Step, facts: GroupFacts, client: ProbePort): Promise<Finding> {
  const { config } = run;
  const { members, state } = facts;
  const lags = await lagsOf(run, facts.offsets, client);
  const details = [...members.slice(0, MOST_LISTED).map(memberText), ...lags.lines.slice(0, MOST_LISTED)];
  const fault =
    otherStrategy(config, facts) ??
    lostOffsets(lags) ??
    strangers(config, members) ??
    nobodyReads(lags, members);
  if (fault !== null) {
    return fault.code === 'GROUP_PROTOCOL_MISMATCH'
      ? step.failed({ ...fault, details })
      : step.warning({ ...fault, details });
  }
  if (state === 'dead' || (members.length === 0 && lags.committed === 0)) {
    return step.ok(
      `does not exist yet: it begins at the ${config.downlink.autoOffsetReset} records`,
      details,
    );
  }
  return step.ok(
    `${state}, ${members.length} member${members.length === 1 ? '' : 's'}, lag ${lags.total}`,
    details,
  );
}

interface Lags {
  readonly total: number;
  /** Partitions with a committed offset. */
  readonly committed: number;
  readonly lines: readonly string[];
  /** What is committed is no longer there. */
  readonly lost: readonly string[];
}

async function lagsOf(run: Run, offsets: readonly RecordPlace[], client: ProbePort): Promise<Lags> {
  const { limitMs } = run.waits;
  const topics = new Set(
    topicNeeds(run.config, ['downlink'], (path) => run.sound(path))
      .topics.filter(({ uses }) => uses.some(({ operation }) => operation === 'READ'))
      .map(({ topic }) => topic),
  );
  const ours = offsets.filter(({ topic }) => topics.has(topic));
  const bounds = await run.waits.within('Reading the ends', client.bounds(ours, limitMs), limitMs + 1_000);
  return lagsIn(ours, bounds);
}

function lagsIn(offsets: readonly RecordPlace[], bounds: readonly PartitionBounds[]): Lags {
  const known = new Map(bounds.map((each) => [placeText(each), each]));
  let total = 0;
  const lines: string[] = [];
  const lost: string[] = [];
  for (const place of offsets) {
    const found = known.get(placeText(place));
    const { offset } = place;
    if (found === undefined) continue;
    const lag = Math.max(0, found.high - Math.max(offset, found.low));
    total += lag;
    lines.push(`${placeText(place)}: committed ${offset}, end ${found.high}, lag ${lag}`);
    if (offset < found.low || offset > found.high)
      lost.push(`${placeText(place)} has committed ${offset}, and holds ${found.low} to ${found.high}`);
  }
  return { total, committed: offsets.length, lines, lost };
}

/** Cooperative and eager members do not mix. */
function otherStrategy(
  { downlink, connection }: ResolvedConfig,
  { assignor, members }: GroupFacts,
): Fault | null {
  if (members.length === 0 || assignor === '') return null;
  const given = { ...connection.properties, ...downlink.consumer.properties }[STRATEGY] ?? COOPERATIVE;
  const own = String(given)
    .split(',')
    .map((each) => each.trim());
  if (own.includes(assignor)) return null;
  return {
    code: 'GROUP_PROTOCOL_MISMATCH',
    message: `the members of the group assign by ${assignor}, this configuration by ${own.join(', ')}`,
    hint: `Cooperative and eager assignment do not mix in one group: while members of the other way run, set downlink.consumer.properties {"${STRATEGY}": "${assignor}"}.`,
    setting: 'downlink.consumer.properties',
  };
}

function lostOffsets({ lost }: Lags): Fault | null {
  const [first] = lost;
  if (first === undefined) return null;
  return {
    code: 'POSITIONS_UNKNOWN',
    message: `a committed offset is no longer there: ${first}`,
    hint: 'Records were removed before the gateway had read them, or the topic was made again. Raise retention.ms of the topic; where reading goes on is told by downlink.autoOffsetReset.',
    setting: 'downlink.autoOffsetReset',
    docs: 'docs/downlink.md#the-group',
  };
}

/** Members with another client id may be another application. */
function strangers({ connection }: ResolvedConfig, members: readonly GroupMember[]): Fault | null {
  const [first] = members.filter(({ clientId }) => clientId !== connection.clientId);
  if (first === undefined) return null;
  return {
    code: 'CONSUME_FAILED',
    message: `the group has a member with another client id: ${first.clientId} at ${first.host} (this configuration: ${connection.clientId})`,
    hint: 'Each application needs a group of its own (downlink.groupId, or app.id): members of one group share its commands. If it is another instance of the same gateway, all is well.',
    setting: 'downlink.groupId',
    docs: 'docs/troubleshooting.md#another-gateway-gets-it',
  };
}

function nobodyReads({ total }: Lags, members: readonly GroupMember[]): Fault | null {
  if (total === 0 || members.length > 0) return null;
  return {
    code: 'CONSUME_FAILED',
    message: `${total} record${total === 1 ? '' : 's'} wait, and the group has no member: no gateway reads with it`,
    hint: 'Start the gateway. If it runs, it has another downlink.groupId or app.id than this configuration.',
    setting: 'downlink.groupId',
  };
}

function memberText({ clientId, host, instanceId, partitions }: GroupMember): string {
  const shown = partitions.slice(0, MOST_LISTED).map(placeText).join(', ');
  const instance = instanceId === null ? '' : `, instance ${instanceId}`;
  return `member ${clientId} at ${host}${instance}: ${shown === '' ? 'no partitions' : shown}`;
}

function placeText({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
