// @ts-check
/** Reads everything back with Kafka's tools in Java: no code of the library, and not its client either. */
import { randomUUID } from 'node:crypto';
import { consoleFormatted, consoleRead, runKafkaTool } from '../../kafka/tools.mjs';

/** Silence that ends a read. The second is for a machine that is busy: what is missing after it is a failure. */
const IDLE_MS = /** @type {const} */ ([2_500, 20_000]);
/** Records of the group `oracle…` itself must not come in between. */
const NO_COMMITS_MEANWHILE = { 'auto.commit.interval.ms': '3600000' };
const OFFSETS_TOPIC = '__consumer_offsets';
const OFFSETS_FORMATTER = 'org.apache.kafka.tools.consumer.OffsetsMessageFormatter';

/**
 * @typedef {'read_committed' | 'read_uncommitted'} Isolation
 *
 * @typedef {object} TopicDump What a topic held at one moment
 * @property {string} topic
 * @property {string} topicId Another one when it was created again
 * @property {ReadonlyMap<number, number>} ends Partition → the offset behind its end
 * @property {readonly import('../../kafka/console-record.mjs').ConsoleRecord[]} records By partition and offset
 *
 * @typedef {object} Commit
 * @property {string} topic
 * @property {number} partition
 * @property {number} offset
 * @property {string | null} topicId Which of the topics of this name; null: the broker did not write it down
 * @property {number} atMs When the broker took it, by its clock
 */

/**
 * All that a topic holds, up to the ends that its partitions have now.
 * @param {string} bootstrapServers
 * @param {string} topic
 * @param {{ isolation?: Isolation }} [options] Default `read_uncommitted`: what was aborted as well
 * @returns {Promise<TopicDump>}
 */
export async function readTopic(bootstrapServers, topic, { isolation = 'read_uncommitted' } = {}) {
  const { topicId, ends } = await lookAt(bootstrapServers, topic);
  /** @type {import('../../kafka/console-record.mjs').ConsoleRecord[]} */
  let records = [];
  await untilTheEnd(topic, ends, bootstrapServers, async (group, idleMs) => {
    records = [];
    const open = new Map(ends);
    const read = { topic, idleMs, ...asMember(group, { 'isolation.level': isolation }) };
    await consoleRead(bootstrapServers, read, (record) => {
      const end = ends.get(record.partition) ?? 0;
      // What has come since is not part of it.
      if (record.offset < end) records.push(record);
      if (record.offset >= end - 1) open.delete(record.partition);
      return open.size === 0;
    });
    return open;
  });
  records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return { topic, topicId, ends, records };
}

/**
 * Every commit that a group ever made, in their order. Before the brokers clean their log, which takes hours.
 * @param {string} bootstrapServers
 * @param {string} group
 * @returns {Promise<Commit[]>}
 */
export async function readCommits(bootstrapServers, group) {
  const { ends } = await lookAt(bootstrapServers, OFFSETS_TOPIC);
  let printed = '';
  await untilTheEnd(OFFSETS_TOPIC, ends, bootstrapServers, async (reader, idleMs) => {
    const read = {
      topic: OFFSETS_TOPIC,
      idleMs,
      ...asMember(reader, { 'exclude.internal.topics': 'false' }),
    };
    printed = await consoleFormatted(bootstrapServers, read, OFFSETS_FORMATTER);
    return new Map(ends);
  });
  return parseCommits(printed, group);
}

/**
 * The formatter puts one JSON object behind another, without anything in between.
 * @param {string} printed
 * @param {string} group
 * @returns {Commit[]}
 */
export function parseCommits(printed, group) {
  if (printed.trim() === '') return [];
  return printed
    .trim()
    .split(/(?<=\})\s*(?=\{"key":)/)
    .map((text) => JSON.parse(text))
    .filter(({ key, value }) => key?.data?.group === group && value?.data != null)
    .map(({ key, value }) => ({
      topic: key.data.topic,
      partition: key.data.partition,
      offset: value.data.offset,
      topicId: value.data.topicId ?? null,
      atMs: value.data.commitTimestamp,
    }));
}

/**
 * A read ends by silence where control records of transactions are the last ones, since nobody is shown those. How far the
 * reader has come stands in the offsets that it commits when it ends.
 * @param {string} topic
 * @param {ReadonlyMap<number, number>} ends
 * @param {string} bootstrapServers
 * @param {(group: string, idleMs: number) => Promise<ReadonlyMap<number, number>>} read Resolves with the partitions whose last
 * record did not come, and their ends
 */
async function untilTheEnd(topic, ends, bootstrapServers, read) {
  if ([...ends.values()].every((end) => end === 0)) return;
  let behind = '';
  for (const idleMs of IDLE_MS) {
    const group = `oracle.${randomUUID()}`;
    const open = [...(await read(group, idleMs))].filter(([, end]) => end > 0);
    if (open.length === 0) return;
    const positions = await positionsOf(bootstrapServers, group);
    const short = open.filter(([partition, end]) => (positions.get(partition) ?? 0) < end);
    if (short.length === 0) return;
    behind = short
      .map(([partition, end]) => `partition ${partition} at ${positions.get(partition) ?? 0} of ${end}`)
      .join(', ');
  }
  throw new Error(`${topic} could not be read to its end: ${behind}. Is a transaction still open?`);
}

/** @param {string} group @param {Readonly<Record<string, string>>} properties */
function asMember(group, properties) {
  return {
    args: ['--group', group, '--from-beginning'],
    properties: { ...NO_COMMITS_MEANWHILE, ...properties },
  };
}

/** @param {string} bootstrapServers @param {string} topic */
async function lookAt(bootstrapServers, topic) {
  const [described, ends] = await Promise.all([
    describeTopic(bootstrapServers, topic),
    endsOf(bootstrapServers, topic),
  ]);
  return { topicId: describedId(described, ends), ends };
}

/** @param {string} bootstrapServers @param {string} topic */
function describeTopic(bootstrapServers, topic) {
  const args = ['--bootstrap-server', bootstrapServers, '--describe', '--topic', topic];
  return runKafkaTool('org.apache.kafka.tools.TopicCommand', args);
}

/** The id that a topic has now. @param {string} bootstrapServers @param {string} topic */
export async function topicIdOf(bootstrapServers, topic) {
  return overviewOf(await describeTopic(bootstrapServers, topic)).topicId;
}

/**
 * @param {string} bootstrapServers
 * @param {string} topic
 * @returns {Promise<Map<number, number>>} Partition → the broker that leads it
 */
export async function leadersOf(bootstrapServers, topic) {
  const described = await describeTopic(bootstrapServers, topic);
  const leaders = described.matchAll(/Partition: (\d+)\s+Leader: (\d+)/g);
  return new Map([...leaders].map(([, partition, leader]) => [Number(partition), Number(leader)]));
}

/** @param {string} described */
function overviewOf(described) {
  const [, topicId, count] = /TopicId: (\S+)\s+PartitionCount: (\d+)/.exec(described) ?? [];
  if (topicId === undefined) throw new Error(`Kafka's tool does not tell the id of the topic:\n${described}`);
  return { topicId, count: Number(count) };
}

/**
 * The id of a topic. Kafka's tool passes by partitions whose leader does not answer, and says so on its standard error alone: a topic that was
 * read without them would look as if records were missing.
 * @param {string} described
 * @param {ReadonlyMap<number, number>} ends
 */
export function describedId(described, ends) {
  const { topicId, count } = overviewOf(described);
  if (ends.size !== count)
    throw new Error(`Kafka's tool tells the ends of ${ends.size} partitions of ${count}:\n${described}`);
  return topicId;
}

/** @param {string} bootstrapServers @param {string} topic @returns {Promise<Map<number, number>>} */
async function endsOf(bootstrapServers, topic) {
  const pattern = topic.replaceAll('.', String.raw`\.`);
  const args = ['--bootstrap-server', bootstrapServers, '--topic', pattern, '--time', 'latest'];
  const printed = await runKafkaTool('org.apache.kafka.tools.GetOffsetShell', args);
  const lines = printed.split('\n').filter((line) => line.startsWith(`${topic}:`));
  return new Map(
    lines.map((line) => {
      const [, partition, end] = line.split(':');
      // A partition that has no leader has no end.
      if (end === undefined || end === '') throw new Error(`${topic} ${partition} has no end: ${printed}`);
      return [Number(partition), Number(end)];
    }),
  );
}

/** @param {string} bootstrapServers @param {string} group @returns {Promise<Map<number, number>>} */
async function positionsOf(bootstrapServers, group) {
  const args = ['--bootstrap-server', bootstrapServers, '--describe', '--group', group, '--offsets'];
  const printed = await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', args);
  const rows = printed
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([name]) => name === group);
  return new Map(rows.map(([, , partition, offset]) => [Number(partition), Number(offset)]));
}
