import { describe, expect, test } from 'vitest';
import { Committer } from '../../../src/downlink/group/committer.js';
import { DownlinkEmitter } from '../../../src/downlink/events.js';
import { OwnedPartition } from '../../../src/downlink/group/partition.js';
import type { NorthwardError } from '../../../src/api/errors.js';
import { commitAnswer } from '../../../src/kafka/port/codes.js';
import type { CommitMark, ConsumerPort } from '../../../src/kafka/port/consumer-port.js';
import { DownlinkCounters } from '../../../src/observability/counters.js';
import { LossLog } from '../../../src/observability/loss-log.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { routesOf, startOf } from './support.js';
import { linesOf } from '../../support/log-lines.js';
import { TOPIC, gatewaysOfTest, idOf, takeAll, until, type Gateway } from '../../support/downlink-gateway.js';

const FORBIDDEN = 29;
const NOT_COORDINATOR = 16;

const { made } = gatewaysOfTest();

/** Partitions 0 to 3; a command `p0` … `p3` in each, all in the host's hands. */
async function started(refused: readonly number[]): Promise<Gateway & { ack: () => Promise<void> }> {
  const gateway = made();
  const { northward, consumers, write, committed } = gateway;
  consumers.partitions(TOPIC, 4);
  await northward.start();
  await northward.ready();
  await until('the start is committed', () => [0, 1, 2, 3].every((each) => committed(TOPIC, each) === 0));
  for (const partition of [0, 1, 2, 3]) write(`p${partition}`, { partition });
  const commands = await takeAll(northward, 4);
  expect(commands.map(idOf).toSorted()).toEqual(['p0', 'p1', 'p2', 'p3']);
  for (const partition of refused) consumers.refused.set(`${TOPIC} ${partition}`, FORBIDDEN);
  const ack = async (): Promise<void> => {
    await Promise.all(commands.map((each) => each.ack()));
  };
  return { ...gateway, ack };
}

/** Partitions whose commit of offset 1 was told. */
const told = ({ events }: Gateway): number[] =>
  events('committed')
    .flat()
    .filter(({ offset }) => offset === 1)
    .map(({ partition }) => partition)
    .toSorted((a, b) => a - b);

describe('§6 a commit that is refused for some of its partitions', () => {
  test('given one of four, then the others are told as committed, and the error names that one only', async () => {
    const all = await started([2]);
    await all.ack();
    await until('the others are told', () => told(all).length === 3);
    expect(told(all)).toEqual([0, 1, 3]);
    await until('the error is told', () => all.events('error').length > 0);
    for (const { code, message } of all.events('error')) {
      expect(code).toBe('COMMIT_FAILED');
      expect(message).toContain(`offsets of ${TOPIC} 2 failed [librdkafka 29]`);
    }
  });

  test('given one of four, then the others go on committing meanwhile, and it is committed when it is granted', async () => {
    const all = await started([2]);
    await all.ack();
    await until('the others are told', () => told(all).length === 3);
    all.write('next', { partition: 1 });
    const [next] = await takeAll(all.northward, 1);
    await next.ack();
    await until('the next one', () => all.committed(TOPIC, 1) === 2);
    all.consumers.refused.clear();
    await until('granted', () => all.committed(TOPIC, 2) === 1);
    await until('told', () => told(all).includes(2));
  });

  test('given all of them, then each is told, and all are committed when they are granted', async () => {
    const all = await started([0, 1, 2, 3]);
    await all.ack();
    await until('each is told', () => {
      const text = all
        .events('error')
        .map(({ message }) => message)
        .join();
      return [0, 1, 2, 3].every((each) => text.includes(`of ${TOPIC} ${each} failed`));
    });
    expect(told(all)).toEqual([]);
    all.consumers.refused.clear();
    await until('granted', () => told(all).length === 4);
  });

  test('given a partition that goes while its commit is refused, then it is not asked for any more', async () => {
    const all = await started([2]);
    await all.ack();
    await until('refused', () => all.events('error').length > 0);
    all.consumers.revoke([{ topic: TOPIC, partition: 2 }]);
    const count = all.consumers.commits.length;
    all.write('next', { partition: 1 });
    const [next] = await takeAll(all.northward, 1);
    await next.ack();
    await until('the next one', () => all.committed(TOPIC, 1) === 2);
    await all.northward.stop();
    const later = all.consumers.commits.slice(count).flat();
    expect(later.filter(({ partition }) => partition === 2)).toEqual([]);
  });

  test('given a group whose coordinator refuses, then nothing is split: the whole request is sent again', async () => {
    const all = await started([]);
    all.consumers.commitErrors = [16];
    const count = all.consumers.commits.length;
    await all.ack();
    await until('committed', () => told(all).length === 4);
    expect(all.consumers.commits.slice(count).map((marks) => marks.length)).toEqual([4, 4]);
  });

  test('given a stop() while one is refused, then it does not wait for its whole time-out', async () => {
    const all = await started([2]);
    await all.ack();
    const report = await all.northward.stop({ timeoutMs: 60_000 });
    expect(report).toMatchObject({ timedOut: false });
    expect([0, 1, 2, 3].map((each) => all.committed(TOPIC, each))).toEqual([1, 1, 0, 1]);
  });
});

/** A committer of two partitions, each with a mark that moved. */
function setUp(sends: () => boolean) {
  const clock = new MemoryClock(0);
  const routes = routesOf({ writePoint: { enabled: true, topic: TOPIC } }).get(TOPIC)!;
  const owned = [0, 1].map((partition) => {
    return new OwnedPartition(startOf({ topic: TOPIC, partition }, 1, 0), routes);
  });
  const sent: { at: number; marks: readonly CommitMark[] }[] = [];
  const port = {
    commit: (marks: readonly CommitMark[]) => {
      sent.push({ at: clock.monotonic(), marks });
      return sends();
    },
    committed: () => Promise.resolve([]),
  };
  const onError = (error: NorthwardError): void => {
    if (error.code !== 'COMMIT_FAILED') throw error;
  };
  const events = new DownlinkEmitter(
    clock,
    { has: () => false, emit: () => undefined },
    new LossLog(linesOf().logger, clock),
  );
  const context = { clock, counters: new DownlinkCounters(), events, onError };
  const committer = new Committer(context, { port: port as unknown as ConsumerPort }, { all: owned });
  committer.commitPositions(() => undefined);
  return { clock, committer, owned, sent };
}

describe('marks that were sent and are not answered', () => {
  const never = new Promise<never>(() => undefined);

  test('given that their client is gone, then nobody waits for the answer', async () => {
    const { clock, committer, owned, sent } = setUp(() => true);
    await clock.advance(0);
    expect(sent.length).toBe(1);
    let idle = false;
    void committer.finish(never).then(() => {
      idle = true;
    });
    await clock.advance(5_000);
    expect(idle).toBe(false);
    owned.splice(0);
    committer.clientGone();
    await clock.settle();
    expect(idle).toBe(true);
    committer.close();
  });

  test('given that their partitions are revoked, then the answer is waited for: a client does not close without it', async () => {
    const { clock, committer, owned, sent } = setUp(() => true);
    await clock.advance(0);
    let idle = false;
    void committer.finish(never).then(() => {
      idle = true;
    });
    owned.splice(0);
    committer.partitionGone();
    await clock.settle();
    expect(idle).toBe(false);
    committer.answer(commitAnswer(0, 2), sent[0]!.marks);
    await clock.settle();
    expect(idle).toBe(true);
    committer.close();
  });
});

describe('a partition that is tried alone', () => {
  test('given no coordinator meanwhile, then it is sent again with growing waits, not at once', async () => {
    const { clock, committer, sent } = setUp(() => true);
    await clock.advance(0);
    committer.answer(commitAnswer(FORBIDDEN, 2), sent[0]!.marks);
    for (let n = 1; n <= 4; n += 1) {
      await clock.advanceUntil(() => sent.length > n, 60_000);
      committer.answer(commitAnswer(NOT_COORDINATOR, 1), sent[n]!.marks);
    }
    expect(sent.map(({ at, marks }) => [at, marks.length])).toEqual([
      [0, 2],
      [0, 1],
      [500, 1],
      [1_500, 1],
      [3_500, 1],
    ]);
    committer.close();
  });

  test('given no client to send it, then that is tried with growing waits, too', async () => {
    let there = true;
    const { clock, committer, sent } = setUp(() => there);
    await clock.advance(0);
    there = false;
    committer.answer(commitAnswer(FORBIDDEN, 2), sent[0]!.marks);
    await clock.advanceUntil(() => sent.length > 3, 60_000);
    expect(sent.map(({ at }) => at)).toEqual([0, 0, 500, 1_500]);
    committer.close();
    expect(clock.nextDue).toBe(null);
  });
});
