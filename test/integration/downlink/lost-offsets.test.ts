import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Command, OffsetResetEvent, PartitionPausedEvent } from '../../../src/index.js';
import { until, writePoint } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { runKafkaTool } from '../../support/kafka-tools.js';
import { committedOffsets, produceAll, writePoints } from '../../support/platform.js';
import { LONG_MS, numbersOf, RealGateways, workOff } from '../../support/real-gateways.js';

describeWithOwnKafka('§6.7 positions that are lost or new, on real Kafka', () => {
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

  /** As retention does: everything below `offset` is gone. */
  const removeBelow = async (topic: string, offset: number): Promise<void> => {
    const file = path.join(folder, `${topic}.json`);
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset }] }));
    const args = ['--bootstrap-server', kafka.bootstrapServers, '--offset-json-file', file];
    await runKafkaTool('org.apache.kafka.tools.DeleteRecordsCommand', args);
  };
  const addPartitions = async (topic: string, count: number): Promise<void> => {
    const args = ['--bootstrap-server', kafka.bootstrapServers, '--alter', '--topic', topic];
    await runKafkaTool('org.apache.kafka.tools.TopicCommand', [...args, '--partitions', String(count)]);
  };
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

  it('given a partition that is added while no gateway runs (latest), when one starts, then it is read from its beginning', async () => {
    const topic = uniqueTopic('grown');
    await kafka.createTopic(topic);
    const latest = { topic, downlink: { autoOffsetReset: 'latest' } };
    const first = await gateways.start(latest);
    await until('its position is committed', () => first.metrics().downlink.commits > 0, LONG_MS);
    await first.stop();
    await addPartitions(topic, 3);
    const meanwhile = range(0, 30).map((n) => ({
      partition: n % 3,
      key: null,
      value: writePoint(String(n)),
    }));
    await produceAll(kafka.bootstrapServers, topic, meanwhile);
    const resets: OffsetResetEvent[] = [];
    const done = workOff(
      await gateways.start({
        ...latest,
        listen: (northward) => northward.on('offset-reset', (event) => resets.push(event)),
      }),
    );
    await until('all are done', () => done.length === 30, LONG_MS);
    expect(numbersOf(done).toSorted((a, b) => a - b)).toEqual(range(0, 30));
    expect(resets).toEqual([]);
  });

  it('given a host that holds 10,000 commands, when records that were not read yet are removed, then the partition was paused, and offset-reset tells exactly what is missing', async () => {
    const topic = uniqueTopic('vanished');
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 12_000, 1, 12_000));
    const resets: OffsetResetEvent[] = [];
    const paused: PartitionPausedEvent[] = [];
    const northward = await gateways.start({
      topic,
      listen: (each) => {
        each.on('offset-reset', (event) => resets.push(event));
        each.on('partition-paused', (event) => paused.push(event));
      },
    });
    const inHand: Command[] = [];
    let holding = true;
    void (async () => {
      for await (const command of northward.commands({ manualAck: true })) {
        inHand.push(command);
        if (!holding) await command.ack();
      }
    })();
    await until('paused', () => paused.length > 0, LONG_MS);
    const { commands, inHand: handed } = northward.metrics().downlink.queue;
    const read = commands + handed;
    expect(paused).toMatchObject([{ topic, partition: 0, mark: 0, held: 0 }]);
    // One more portion may have been under way.
    expect([read >= 10_000, read < 11_000]).toEqual([true, true]);

    await removeBelow(topic, 11_500);
    holding = false;
    await until('all are handed over', () => inHand.length >= read, LONG_MS);
    await Promise.all(inHand.map((command) => command.ack()));
    await until('the rest is done', () => inHand.length === read + 500, LONG_MS);
    expect(resets).toEqual([{ topic, partition: 0, from: read, to: 11_500, reason: 'retention' }]);
    expect(numbersOf(inHand)).toEqual([...range(0, read), ...range(11_500, 12_000)]);
    await northward.stop();
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 1)).toEqual([12_000]);
  });

  it('given a topic that is created again with fewer records while it is read, then offset-reset tells it, all that is in it is read, and its mark is committed', async () => {
    const topic = uniqueTopic('again');
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 20, 1));
    const resets: OffsetResetEvent[] = [];
    const northward = await gateways.start({
      topic,
      listen: (each) => each.on('offset-reset', (event) => resets.push(event)),
    });
    const done = workOff(northward);
    await until('the old ones are done', () => done.length === 20, LONG_MS);
    await kafka.deleteTopic(topic);
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(100, 105, 1));
    await until('the new ones are done', () => done.length >= 25, LONG_MS);
    expect(numbersOf(done).slice(20)).toEqual(range(100, 105));
    expect(resets).toEqual([{ topic, partition: 0, from: 20, to: 0, reason: 'recreated' }]);
    await northward.stop();
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 1)).toEqual([5]);
  });
});
