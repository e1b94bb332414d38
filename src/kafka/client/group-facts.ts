/**
 * A consumer group, by questions only.
 *
 * The client ends the process where a group cannot be described: it reads the name of an assignor that is not there
 * (FromConsumerGroupDescription in its common.cc). So a group is described only when its coordinator has just answered for it, which says that
 * it is there, loaded, and may be described, and when it is in the list of groups. And the wait for it is over before librdkafka's own.
 */
import type { GroupDescription, GroupOverview } from '@confluentinc/kafka-javascript';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionError } from '../../api/errors.js';
import type { RecordPlace } from '../../api/events.js';
import { RD } from '../port/codes.js';
import type { TopicPartition } from '../port/consumer-port.js';
import type { GroupFacts } from '../port/probe-port.js';
import type { AdminQuestions } from './admin.js';
import { failureOf, operationsOf, refusalIn } from './answers.js';

/** A coordinator that is being found, or has just begun to be one. */
const NOT_YET: ReadonlySet<number> = new Set([
  RD.COORDINATOR_LOAD_IN_PROGRESS,
  RD.COORDINATOR_NOT_AVAILABLE,
  RD.NOT_COORDINATOR,
]);
const LOOK_AGAIN_MS = 100;
/**
 * For this time-out the client polls in waits of 1, 2, 4, … times what it divides it by (PollForEvent in its admin.cc): 30 ms less than librdkafka
 * waits before it answers for the group by itself.
 */
const DESCRIBE_MS = 31 * 600 + 30;

/** Rejects with a `ConnectionError` where no coordinator answers in time. */
export async function groupFacts(
  questions: AdminQuestions,
  groupId: string,
  timeoutMs: number,
  closing: () => boolean,
): Promise<GroupFacts> {
  const nothing = { members: [], assignor: '', operations: null, offsets: [] };
  let offsets: readonly RecordPlace[];
  try {
    offsets = await committed(questions, groupId, timeoutMs, closing);
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null) throw error;
    return { ...nothing, failure: failureOf(refusal), state: 'unknown' };
  }
  if (!(await isListed(questions, groupId, timeoutMs, closing)))
    return { ...nothing, failure: null, state: 'dead', offsets };
  return { ...(await described(questions, groupId, closing)), offsets };
}

interface CommittedAnswer {
  readonly error?: { readonly code?: number; readonly message?: string } | undefined;
  readonly partitions: ReadonlyArray<TopicPartition & { readonly offset?: number | null }>;
}

async function committed(
  questions: AdminQuestions,
  groupId: string,
  timeoutMs: number,
  closing: () => boolean,
): Promise<readonly RecordPlace[]> {
  const failure = `The coordinator of the group ${groupId} did not tell its committed offsets`;
  for (const end = performance.now() + timeoutMs; ;) {
    const left = Math.max(1, Math.round(end - performance.now()));
    try {
      const [group] = await questions.ask<readonly CommittedAnswer[]>(
        failure,
        left,
        closing,
        (admin, timeout, done) => {
          admin.listConsumerGroupOffsets([{ groupId }], { timeout }, (error, answer) => {
            done(error, answer as unknown as readonly CommittedAnswer[]);
          });
        },
      );
      return placesOf(group, failure);
    } catch (error) {
      const code = refusalIn(error)?.code ?? 0;
      if (!NOT_YET.has(code) || performance.now() > end) throw error;
      await pause(LOOK_AGAIN_MS);
    }
  }
}

function placesOf(group: CommittedAnswer | undefined, failure: string): readonly RecordPlace[] {
  if (group === undefined) return [];
  if (group.error?.code !== undefined && group.error.code !== 0)
    throw new ConnectionError('REQUEST_TIMEOUT', failure, { cause: group.error });
  return group.partitions.flatMap(({ topic, partition, offset }) =>
    typeof offset === 'number' && offset >= 0 ? [{ topic, partition, offset }] : [],
  );
}

async function isListed(
  questions: AdminQuestions,
  groupId: string,
  timeoutMs: number,
  closing: () => boolean,
): Promise<boolean> {
  const failure = `The brokers did not list their groups within ${timeoutMs} ms`;
  const { groups } = await questions.ask<{ readonly groups: readonly GroupOverview[] }>(
    failure,
    timeoutMs,
    closing,
    (admin, timeout, done) => {
      admin.listGroups({ timeout }, done);
    },
  );
  return groups.some((group) => group.groupId === groupId && STATES[group.state] !== 'dead');
}

async function described(
  questions: AdminQuestions,
  groupId: string,
  closing: () => boolean,
): Promise<Omit<GroupFacts, 'offsets'>> {
  const failure = `The coordinator of the group ${groupId} did not describe it`;
  const { groups } = await questions.askOnce<{ readonly groups: readonly GroupDescription[] }>(
    failure,
    DESCRIBE_MS,
    closing,
    (admin, timeout, done) => {
      admin.describeGroups([groupId], { includeAuthorizedOperations: true, timeout }, done);
    },
  );
  const [group] = groups;
  if (group === undefined) throw new ConnectionError('REQUEST_TIMEOUT', failure);
  return factsOf(group);
}

/** By the client's numbers. */
const STATES: readonly GroupFacts['state'][] = [
  'unknown',
  'rebalancing',
  'rebalancing',
  'stable',
  'dead',
  'empty',
];

function factsOf(group: GroupDescription): Omit<GroupFacts, 'offsets'> {
  const { error, state, partitionAssignor, members, authorizedOperations } = group;
  const told = error !== undefined && error.code !== 0;
  return {
    failure: told ? failureOf(error) : null,
    state: STATES[state] ?? 'unknown',
    assignor: partitionAssignor,
    members: members.map(({ clientId, clientHost, groupInstanceId, assignment }) => ({
      clientId,
      host: clientHost.replace(/^\//, ''),
      instanceId: groupInstanceId ?? null,
      partitions: assignment.topicPartitions.map(({ topic, partition }) => ({ topic, partition })),
    })),
    operations: operationsOf(authorizedOperations),
  };
}
