import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createKafkaNorthward, type KafkaNorthward, type NorthwardConfig } from '../../src/index.js';
import { describeWithOwnKafka, startKafka, uniqueTopic, type TestKafka } from '../support/kafka-cluster.js';
import { runKafkaTool } from '../support/kafka-tools.js';
import { produceAll } from '../support/platform.js';

const LONG_MS = 120_000;

/** Looks again and again until it is true. */
async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = performance.now() + LONG_MS; !condition();) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * librdkafka keeps the leader epoch of each partition. That of a topic that was created again begins from 0, and is taken for an
 * older one: the client goes on asking the former leader, which is none any more.
 */
describeWithOwnKafka('§6.7 §7.3 a topic that is created again with another leader, after elections', () => {
  let kafka: TestKafka;
  let folder: string;
  const open: KafkaNorthward[] = [];
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 });
    folder = await mkdtemp(path.join(tmpdir(), 'northward-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((gateway) => gateway.stop()));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const admin = (...args: string[]): string[] => ['--bootstrap-server', kafka.bootstrapServers, ...args];
  const create = async (topic: string, replicas: string): Promise<void> => {
    const args = admin('--create', '--topic', topic, '--replica-assignment', replicas);
    await runKafkaTool('org.apache.kafka.tools.TopicCommand', args);
  };
  /** Makes the first of these its leader: an election, which raises the epoch. */
  const elect = async (topic: string, replicas: readonly number[]): Promise<void> => {
    const file = path.join(folder, 'plan.json');
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, replicas }] }));
    const plan = admin('--reassignment-json-file', file, '--execute');
    await runKafkaTool('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', plan);
    const election = admin('--election-type', 'preferred', '--topic', topic, '--partition', '0');
    await runKafkaTool('org.apache.kafka.tools.LeaderElectionCommand', election);
    for (const end = performance.now() + LONG_MS; (await kafka.leaderOf(topic, 0)) !== replicas[0];)
      if (performance.now() > end) throw new Error(`${topic} does not get leader ${replicas[0]}`);
  };
  const start = async (config: Omit<NorthwardConfig, 'connection'>): Promise<KafkaNorthward> => {
    const made = createKafkaNorthward({
      app: { id: 1, name: 'again' },
      connection: { bootstrapServers: kafka.bootstrapServers },
      downlink: { enabled: false },
      ...config,
    });
    open.push(made);
    await made.start();
    await made.ready({ timeoutMs: LONG_MS });
    return made;
  };

  it(
    'messages arrive in it by themselves, with a store and without one',
    async () => {
      const topic = uniqueTopic('again');
      await create(topic, '1:2:3');
      const uplink = {
        telemetry: { enabled: true, topic, key: '{{device_id}}' },
        producer: { messageTimeoutMs: 5_000 },
      };
      const storing = { ...uplink, store: { path: path.join(folder, 'store'), storeAfterMs: 0 } };
      const gateways = [await start({ uplink }), await start({ uplink: storing })];
      const arrived = gateways.map((gateway) => {
        const counts = { now: 0 };
        gateway.on('delivered', () => (counts.now += 1));
        return counts;
      });
      const publish = (): Promise<void>[] =>
        gateways.map(async (gateway, index) => {
          const sent = gateway.publishTelemetry({ deviceId: 1, deviceName: 'pump', values: { v: 1 } });
          const receipt = await sent.catch(() => undefined);
          const counts = arrived[index];
          if (receipt?.status === 'delivered' && counts !== undefined) counts.now += 1;
        });
      await Promise.all(publish());
      for (const replicas of [
        [2, 3, 1],
        [1, 2, 3],
      ]) {
        await elect(topic, replicas);
        await Promise.all(publish());
      }
      expect(arrived.every(({ now }) => now > 0)).toBe(true);
      await kafka.deleteTopic(topic);
      await create(topic, '3:1:2');
      for (const counts of arrived) counts.now = 0;
      await until('messages of both arrive', () => {
        void Promise.all(publish());
        return arrived.every(({ now }) => now > 0);
      });
      expect(gateways.map((gateway) => gateway.metrics().uplink.reconnects)).toEqual([1, 1]);
    },
    LONG_MS * 2,
  );

  it(
    'commands of it are executed by themselves',
    async () => {
      const topic = uniqueTopic('again');
      await create(topic, '1:2:3');
      const gateway = await start({
        uplink: { enabled: false },
        downlink: {
          groupId: topic,
          autoOffsetReset: 'earliest',
          writePoint: { enabled: true, topic },
        },
      });
      const executed: string[] = [];
      void (async () => {
        for await (const { data } of gateway.commands())
          executed.push('requestId' in data ? data.requestId : '');
      })();
      const send = (id: string): Promise<unknown> => {
        const data = { request_id: id, point_id: 7, value: 1 };
        const value = JSON.stringify({
          schema_version: 1,
          event: { kind: 'write_point' },
          payload: { data },
        });
        return produceAll(kafka.bootstrapServers, topic, [{ partition: 0, key: 'k', value }]);
      };
      await send('a');
      await until('a', () => executed.includes('a'));
      await elect(topic, [2, 3, 1]);
      await send('b');
      await until('b', () => executed.includes('b'));
      await elect(topic, [1, 2, 3]);
      await send('c');
      await until('c', () => executed.includes('c'));
      await kafka.deleteTopic(topic);
      await create(topic, '3:1:2');
      await send('d');
      await until('d', () => executed.includes('d'));
      expect(executed).toEqual(['a', 'b', 'c', 'd']);
    },
    LONG_MS * 2,
  );
});
