import { RdKafka } from '@confluentinc/kafka-javascript';
import type {
  GlobalConfig,
  GroupDescriptions,
  ListOffsetsResult,
  TopicDescription,
} from '@confluentinc/kafka-javascript';

/** What a topic is made of. */
export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Default 1. */
  readonly replication?: number;
  /** Topic properties, for example `max.message.bytes`. */
  readonly config?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;
const ATTEMPT_MS = 1000;
const UNKNOWN_TOPIC = 3;
const POLL_MS = 50;
/** Of an OffsetSpec. */
const LATEST = { timestamp: -1 };

type Admin = ReturnType<typeof RdKafka.AdminClient.create>;
type Failure = { readonly message: string; readonly code: number };

/** Creates a topic and waits until each of its partitions has a leader. */
export async function createTopic(
  bootstrapServers: string,
  topic: string,
  options: TopicOptions = {},
): Promise<void> {
  const partitions = options.partitions ?? 1;
  const wanted = {
    topic,
    num_partitions: partitions,
    replication_factor: options.replication ?? 1,
    config: { ...options.config },
  };
  await withAdmin<void>(bootstrapServers, (admin, done) =>
    admin.createTopic(wanted, TIMEOUT_MS, (error) => done(error, undefined)),
  );
  await waitUntil(`topic ${topic} has its leaders`, async () => {
    const leaders = await leadersOf(bootstrapServers, topic);
    return leaders.length === partitions && leaders.every((leader) => leader !== undefined);
  });
}

/** Deletes a topic and waits until the brokers no longer know it. */
export async function deleteTopic(bootstrapServers: string, topic: string): Promise<void> {
  await withAdmin<void>(bootstrapServers, (admin, done) =>
    admin.deleteTopic(topic, TIMEOUT_MS, (error) => done(error, undefined)),
  );
  await waitUntil(
    `topic ${topic} is gone`,
    async () => (await leadersOf(bootstrapServers, topic)).length === 0,
  );
}

/** Ids of a group's members, as the broker knows them: one that was thrown out and came again has a new one. */
export async function groupMembers(bootstrapServers: string, groupId: string): Promise<string[]> {
  const { groups } = await withAdmin<GroupDescriptions>(bootstrapServers, (admin, done) =>
    admin.describeGroups([groupId], { timeout: TIMEOUT_MS }, done),
  );
  return (groups[0]?.members ?? []).map(({ memberId }) => memberId);
}

/** Waits until a group has no member any more. */
export async function groupIsEmpty(bootstrapServers: string, groupId: string): Promise<void> {
  await waitUntil(
    `group ${groupId} is empty`,
    async () => (await groupMembers(bootstrapServers, groupId)).length === 0,
  );
}

/** Node ids of the leaders by partition; undefined where there is none; empty when the topic does not exist. */
export async function leadersOf(bootstrapServers: string, topic: string): Promise<(number | undefined)[]> {
  const description = await describeTopic(bootstrapServers, topic);
  if (description === undefined || description.error?.code === UNKNOWN_TOPIC) return [];
  const leaders: (number | undefined)[] = [];
  for (const { partition, leader } of description.partitions) {
    leaders[partition] = leader == null || leader.id < 0 ? undefined : leader.id;
  }
  return leaders;
}

/**
 * A client that chose a broker just killed keeps to it, and the answer never comes: a new one asks again soon.
 */
async function describeTopic(bootstrapServers: string, topic: string): Promise<TopicDescription | undefined> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    try {
      const found = await withAdmin<TopicDescription[]>(bootstrapServers, (admin, done) =>
        admin.describeTopics([topic], { timeout: ATTEMPT_MS }, done),
      );
      return found[0];
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

/** What a command could have changed. */
export interface ClusterState {
  readonly group: unknown;
  /** Committed offsets of the group. */
  readonly committed: unknown;
  /** End of each partition, by topic and partition; without Kafka's own. */
  readonly ends: Readonly<Record<string, number>>;
}

/** The topics with their ends, and a group with its members and offsets. */
export async function clusterState(bootstrapServers: string, groupId: string): Promise<ClusterState> {
  const timeout = TIMEOUT_MS;
  const ask = <T>(start: Parameters<typeof withAdmin<T>>[1]): Promise<T> =>
    withAdmin<T>(bootstrapServers, start);
  const { groups } = await ask<GroupDescriptions>((admin, done) =>
    admin.describeGroups([groupId], { timeout }, done),
  );
  const committed = await ask<unknown>((admin, done) =>
    admin.listConsumerGroupOffsets([{ groupId }], { timeout }, done),
  );
  const names = await ask<string[]>((admin, done) => admin.listTopics({ timeout }, done));
  const topics = names.filter((name) => !name.startsWith('__')).toSorted();
  const ends: Record<string, number> = {};
  for (const topic of topics) {
    const partitions = (await leadersOf(bootstrapServers, topic)).map((_, partition) => partition);
    const asked = partitions.map((partition) => ({ topic, partition, offset: LATEST }));
    const found = await ask<ListOffsetsResult[]>((admin, done) =>
      admin.listOffsets(asked, { timeout }, done),
    );
    for (const { partition, offset } of found) ends[`${topic} ${partition}`] = offset;
  }
  const group = groups.map(({ state, members }) => ({
    state,
    members: members.map(({ memberId, assignment }) => ({ memberId, assignment })),
  }));
  return { group, committed, ends };
}

/** Gives `start` a client of its own, and answers what `start` passes to `done`. */
async function withAdmin<T>(
  bootstrapServers: string,
  start: (admin: Admin, done: (error: Failure | null | undefined, result: T) => void) => void,
): Promise<T> {
  const config: GlobalConfig = { 'bootstrap.servers': bootstrapServers };
  const admin = RdKafka.AdminClient.create(config);
  try {
    return await new Promise<T>((resolve, reject) => {
      start(admin, (error, result) => {
        if (error) reject(new Error(`${error.message} (${error.code})`));
        else resolve(result);
      });
    });
  } finally {
    admin.disconnect();
  }
}

async function waitUntil(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${TIMEOUT_MS} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
