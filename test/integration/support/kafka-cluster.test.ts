import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeWithOwnKafka, startKafka, uniqueTopic } from '../../support/kafka-cluster.js';
import { produceRaw } from '../../support/raw-producer.js';

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

describeWithOwnKafka('test support: a real Kafka', () => {
  test('given one node, when it is killed (-9) and restarted, then what was produced is still read back', async () => {
    const kafka = await startKafka();
    const { cluster } = kafka;
    const topic = uniqueTopic('support');
    const pids = [cluster.node(1).pid!];
    try {
      await kafka.createTopic(topic);
      await kafka.consoleProduce(topic, [
        { key: 'k1', headers: { a: 'ä', b: '2' }, value: 'first \\ value' },
        { key: null, value: null },
      ]);
      const before = await kafka.consoleConsume(topic, { count: 2 });
      expect(before).toMatchObject([
        { topic, partition: 0, offset: 0, timestampType: 'CreateTime', key: Buffer.from('k1') },
        { offset: 1, key: null, headers: [], value: null },
      ]);
      expect(before[0]!.headers).toEqual([
        ['a', Buffer.from('ä')],
        ['b', Buffer.from('2')],
      ]);
      expect(before[0]!.value).toEqual(Buffer.from('first \\ value'));

      await cluster.kill9(1);
      expect(pids.filter(isRunning)).toEqual([]);
      await cluster.restart(1);
      pids.push(cluster.node(1).pid!);
      expect(await kafka.consoleConsume(topic, { partition: 0, count: 2 })).toEqual(before);
      await kafka.deleteTopic(topic);
      expect(await kafka.leaderOf(topic)).toBeUndefined();
    } finally {
      await kafka.stop();
    }
    expect(pids.filter(isRunning)).toEqual([]);
    expect(existsSync(cluster.folder)).toBe(false);
  });

  test('given binary keys, headers and values, when read by the console consumer, then every byte is the same', async () => {
    const kafka = await startKafka();
    try {
      const topic = uniqueTopic('binary');
      await kafka.createTopic(topic, { partitions: 2 });
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const headers = [{ all: bytes }, { empty: '' }, { all: Buffer.from('twice') }];
      await produceRaw(kafka.bootstrapServers, 'zstd', {
        topic,
        partition: 1,
        key: bytes,
        value: bytes,
        headers,
      });

      const [record] = await kafka.consoleConsume(topic, { count: 1 });
      expect(record).toMatchObject({ partition: 1, offset: 0, key: bytes, value: bytes });
      expect(record!.headers).toEqual([
        ['all', bytes],
        ['empty', Buffer.alloc(0)],
        ['all', Buffer.from('twice')],
      ]);
      expect(await kafka.dumpLog(topic, 1)).toMatchObject([{ baseOffset: 0, count: 1, codec: 'zstd' }]);
      expect(await kafka.dumpLog(topic, 0)).toEqual([]);
    } finally {
      await kafka.stop();
    }
  });

  test('given three nodes, when the leader is killed, then another node leads and the records are there', async () => {
    const kafka = await startKafka({ nodes: 3 });
    try {
      const topic = uniqueTopic('three');
      await kafka.createTopic(topic);
      await kafka.consoleProduce(topic, [{ key: 'k', value: 'v' }]);
      const leader = await kafka.leaderOf(topic);
      await kafka.cluster.kill9(leader!);
      await expect
        .poll(async () => await kafka.leaderOf(topic), { timeout: 30_000 })
        .not.toBeOneOf([leader, undefined]);
      expect(await kafka.consoleConsume(topic, { partition: 0, count: 1 })).toMatchObject([{ offset: 0 }]);
      await kafka.cluster.restart(leader!);
    } finally {
      await kafka.stop();
    }
    expect(existsSync(kafka.cluster.folder)).toBe(false);
  });
});
