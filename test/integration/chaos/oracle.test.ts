import { randomUUID } from 'node:crypto';
import { RdKafka } from '@confluentinc/kafka-javascript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandLog } from '../../../scripts/chaos/oracle/dumps.mjs';
import { readCommits, readTopic, type Isolation } from '../../../scripts/chaos/oracle/read.mjs';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';

type Done = (error: { readonly message: string } | null | undefined, result?: unknown) => void;

function promised(start: (done: Done) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(new Error(error.message)) : resolve(result)));
  });
}

describeWithOwnKafka('the oracle of npm run chaos', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka.stop());

  /** Two commands in each, one in each of the two partitions. */
  async function transactions(topic: string, ends: readonly ('commit' | 'abort')[]): Promise<void> {
    const producer = new RdKafka.Producer({
      'bootstrap.servers': kafka.bootstrapServers,
      'transactional.id': randomUUID(),
      dr_cb: true,
    });
    await promised((done) => producer.connect({}, done));
    producer.setPollInterval(20);
    await promised((done) => producer.initTransactions(30_000, done));
    for (const [index, end] of ends.entries()) {
      await promised((done) => producer.beginTransaction(done));
      for (const partition of [0, 1]) {
        const value = JSON.stringify({ request_id: `${end}-${index}-${partition}` });
        producer.produce(topic, partition, Buffer.from(value), `key\t${partition}`, Date.now());
      }
      if (end === 'commit') await promised((done) => producer.commitTransaction(30_000, done));
      else {
        // Else nothing of it is in the log.
        await promised((done) => producer.flush(30_000, done));
        await promised((done) => producer.abortTransaction(30_000, done));
      }
    }
    await promised((done) => producer.disconnect(done));
  }

  /** Commits these offsets of partition 0, one after another. */
  async function commits(topic: string, group: string, offsets: readonly number[]): Promise<void> {
    const consumer = new RdKafka.KafkaConsumer(
      { 'bootstrap.servers': kafka.bootstrapServers, 'group.id': group, 'enable.auto.commit': false },
      {},
    );
    await promised((done) => consumer.connect({}, done));
    for (const offset of offsets) consumer.commitSync({ topic, partition: 0, offset });
    await promised((done) => consumer.disconnect(done));
  }

  it('reads commands to the end, also where an aborted transaction is the last thing there, and every commit', async () => {
    const topic = uniqueTopic('oracle.commands');
    const group = uniqueTopic('oracle.group');
    await kafka.createTopic(topic, { partitions: 2 });
    await transactions(topic, ['commit', 'abort', 'commit', 'abort']);
    const before = Date.now();
    await commits(topic, group, [1, 3, 3, 8]);

    const read = (isolation: Isolation) => readTopic(kafka.bootstrapServers, topic, { isolation });
    const [committed, all] = await Promise.all([read('read_committed'), read('read_uncommitted')]);
    const log = commandLog(committed, all);
    expect(log.ends).toEqual(
      new Map([
        [0, 8],
        [1, 8],
      ]),
    );
    expect(log.records).toEqual(
      [0, 1].flatMap((partition) => [
        { id: `commit-0-${partition}`, partition, offset: 0, key: `key\t${partition}` },
        { id: `commit-2-${partition}`, partition, offset: 4, key: `key\t${partition}` },
      ]),
    );
    expect(log.aborted.map(({ id }) => id)).toEqual(['abort-1-0', 'abort-3-0', 'abort-1-1', 'abort-3-1']);

    const history = await readCommits(kafka.bootstrapServers, group);
    expect(history.map(({ offset }) => offset)).toEqual([1, 3, 3, 8]);
    for (const commit of history) {
      expect(commit).toMatchObject({ topic, partition: 0, topicId: committed.topicId });
      expect(commit.atMs).toBeGreaterThanOrEqual(before);
    }
  });

  it('says so where it cannot come to the end', async () => {
    const topic = uniqueTopic('oracle.missing');
    await expect(readTopic(kafka.bootstrapServers, topic)).rejects.toThrow(/exited with 1/);
  });
});
