import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Command, KafkaNorthward, OffsetResetEvent } from '../../../src/index.js';
import { until } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { runKafkaTool } from '../../support/kafka-tools.js';
import {
  commitAs,
  committedOffsets,
  produceAll,
  produceInTransaction,
  writePoints,
} from '../../support/platform.js';
import { LONG_MS, numbersOf, RealGateways, workOff } from '../../support/real-gateways.js';

interface Reading {
  readonly northward: KafkaNorthward;
  readonly done: Command[];
  readonly resets: OffsetResetEvent[];
}

describeWithOwnKafka('§6.7 offsets of another log, on real Kafka', () => {
  let kafka: TestKafka;
  let folder: string;
  const gateways = new RealGateways(() => kafka.bootstrapServers);
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-'));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await gateways.stopAll();
  });

  const newTopic = async (prefix: string): Promise<string> => {
    const topic = uniqueTopic(prefix);
    await kafka.createTopic(topic);
    return topic;
  };
  const write = (topic: string, from: number, to: number): Promise<void> =>
    produceAll(kafka.bootstrapServers, topic, writePoints(from, to, 1));
  const read = async (topic: string, autoOffsetReset: 'latest' | 'earliest'): Promise<Reading> => {
    const resets: OffsetResetEvent[] = [];
    const northward = await gateways.start({
      topic,
      downlink: { autoOffsetReset },
      listen: (each) => each.on('offset-reset', (event) => resets.push(event)),
    });
    return { northward, done: workOff(northward), resets };
  };
  const committed = async (topic: string): Promise<number | null> =>
    (await committedOffsets(kafka.bootstrapServers, topic, topic, 1))[0] ?? null;
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
  /** Reads `count` commands and stops. */
  const readOnce = async (topic: string, count: number): Promise<void> => {
    const { northward, done } = await read(topic, 'earliest');
    await until('all are done', () => done.length === count, LONG_MS);
    await northward.stop();
    expect(await committed(topic)).toBe(count);
  };
  const recreate = async (topic: string): Promise<void> => {
    await kafka.deleteTopic(topic);
    await kafka.createTopic(topic);
  };

  it('given logs that lose their last 5 records, then reading goes on where they part: nothing lost, nothing twice, told', async () => {
    const [running, shorter, longer] = [
      await newTopic('running'),
      await newTopic('shorter'),
      await newTopic('longer'),
    ];
    const topics = [running, shorter, longer];
    const node = kafka.cluster.node(1);
    const logOf = (topic: string): string => path.join(node.dataFolder, `${topic}-0`);
    const copyOf = (topic: string): string => path.join(folder, topic);
    for (const topic of topics) await write(topic, 0, 20);
    await kafka.cluster.shutDown(1);
    for (const topic of topics) await cp(logOf(topic), copyOf(topic), { recursive: true });
    await node.start();
    for (const topic of topics) await write(topic, 20, 25);
    await readOnce(shorter, 25);
    await readOnce(longer, 25);
    const alive = await read(running, 'earliest');
    await until('all are done', () => alive.done.length === 25, LONG_MS);

    await kafka.cluster.shutDown(1);
    for (const topic of topics) {
      await rm(logOf(topic), { recursive: true });
      await cp(copyOf(topic), logOf(topic), { recursive: true });
    }
    await node.start();
    await write(running, 100, 108);
    await write(longer, 100, 108);

    await until('the running one reads on', () => alive.done.length >= 33, LONG_MS);
    expect(numbersOf(alive.done).slice(25)).toEqual(range(100, 108));
    expect(alive.resets).toEqual([{ topic: running, partition: 0, from: 25, to: 20, reason: 'truncated' }]);
    // More was written than was lost: the committed offset is in range, and means another record.
    const second = await read(longer, 'latest');
    await until('it reads what is new', () => second.done.length >= 8, LONG_MS);
    expect(numbersOf(second.done)).toEqual(range(100, 108));
    expect(second.resets).toEqual([{ topic: longer, partition: 0, from: 25, to: 20, reason: 'truncated' }]);
    const third = await read(shorter, 'latest');
    await until('it is told', () => third.resets.length > 0, LONG_MS);
    await write(shorter, 200, 203);
    await until('it reads what is new', () => third.done.length >= 3, LONG_MS);
    expect(numbersOf(third.done)).toEqual(range(200, 203));
    expect(third.resets).toEqual([{ topic: shorter, partition: 0, from: 25, to: 20, reason: 'truncated' }]);
    await gateways.stopAll();
    expect(await Promise.all(topics.map(committed))).toEqual([28, 23, 28]);
  });

  it('given a topic that is created again while it is read, and filled past the offset, then all that is in it is read, and told', async () => {
    const topic = await newTopic('again');
    await write(topic, 0, 5);
    const { northward, done, resets } = await read(topic, 'latest');
    await write(topic, 5, 10);
    await until('the old ones are done', () => done.length === 5, LONG_MS);
    await recreate(topic);
    await write(topic, 100, 126);
    // A client that hears late of the new topic reads on from 10 first: 110 to 125 then come twice.
    const allDone = (): boolean => new Set(numbersOf(done)).size === 31 && numbersOf(done).at(-1) === 125;
    await until('all of the new ones are done', allDone, LONG_MS);
    expect(resets.slice(1)).toMatchObject([{ topic, partition: 0, to: 0, reason: 'recreated' }]);
    await northward.stop();
    expect(await committed(topic)).toBe(26);
  });

  it('given a topic that is created again while no gateway runs, and Kafka has erased its commits, then what latest skips is told', async () => {
    const topic = await newTopic('erased');
    await write(topic, 0, 5);
    await readOnce(topic, 5);
    await recreate(topic);
    await write(topic, 100, 105);
    const { resets } = await read(topic, 'latest');
    await until('it is told', () => resets.length > 0, LONG_MS);
    expect(resets).toEqual([{ topic, partition: 0, from: 0, to: 5, reason: 'not-committed' }]);
  });

  it('given a commit that a topic of the same name left behind, when a gateway starts with latest, then all is read, and told', async () => {
    const topic = await newTopic('outlived');
    await write(topic, 0, 8);
    await commitAs(kafka.bootstrapServers, topic, {
      topic,
      partition: 0,
      offset: 5,
      leaderEpoch: 0,
      metadata: 'partitions=1 topic=AAAAAAAAAAAAAAAAAAAAAQ',
    });
    const { done, resets } = await read(topic, 'latest');
    await until('all are done', () => done.length === 8, LONG_MS);
    expect(resets).toEqual([{ topic, partition: 0, from: 5, to: 0, reason: 'recreated' }]);
  });

  it('given metadata that the reset tool of Kafka has erased, then its offset counts; behind the end all is read, and told', async () => {
    const topic = await newTopic('reset');
    await write(topic, 0, 8);
    await readOnce(topic, 8);
    const args = ['--bootstrap-server', kafka.bootstrapServers, '--group', topic, '--topic', topic];
    await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      ...args,
      '--reset-offsets',
      '--to-offset',
      '3',
      '--execute',
    ]);
    const first = await read(topic, 'latest');
    await until('what is behind it is done', () => first.done.length === 5, LONG_MS);
    expect([numbersOf(first.done), first.resets]).toEqual([range(3, 8), []]);
    await first.northward.stop();
    await commitAs(kafka.bootstrapServers, topic, { topic, partition: 0, offset: 70 });
    const second = await read(topic, 'latest');
    await until('all are done', () => second.done.length === 8, LONG_MS);
    expect(second.resets).toEqual([{ topic, partition: 0, from: 70, to: 0, reason: 'unknown' }]);
  });

  it('given a transaction of another producer, then mark and lag pass its end, and when retention has passed it nothing is told', async () => {
    const topic = await newTopic('transaction');
    await produceInTransaction(kafka.bootstrapServers, topic, writePoints(0, 3, 1));
    const first = await read(topic, 'earliest');
    await until('all are done', () => first.done.length === 3, LONG_MS);
    await until(
      'there is no lag',
      () => first.northward.metrics().downlink.lag.every(({ lag }) => lag === 0),
      LONG_MS,
    );
    await first.northward.stop();
    expect(await committed(topic)).toBe(4);
    const file = path.join(folder, 'offsets.json');
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 4 }] }));
    await runKafkaTool('org.apache.kafka.tools.DeleteRecordsCommand', [
      '--bootstrap-server',
      kafka.bootstrapServers,
      '--offset-json-file',
      file,
    ]);
    const second = await read(topic, 'earliest');
    await write(topic, 10, 11);
    await until('the next one is done', () => second.done.length === 1, LONG_MS);
    expect([...first.resets, ...second.resets]).toEqual([]);
  });
});
