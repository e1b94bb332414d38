import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { plant, problemsOf, publishAll, reading } from '../../support/plant.js';

describeWithOwnKafka('§7 three nodes', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 });
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('the leader killed (-9) while 50,000 messages flow: none missing, none twice, order per device intact', async () => {
    const topic = uniqueTopic('leader');
    await kafka.createTopic(topic, { partitions: 2, config: { 'min.insync.replicas': '2' } });
    const leader = await kafka.leaderOf(topic, 0);
    if (leader === undefined) throw new Error('no leader');
    const northward = plant(kafka.bootstrapServers, { topic, producer: { messageTimeoutMs: 90_000 } });
    await northward.start();
    await northward.ready();
    let killed: Promise<void> | undefined;
    const errors = await publishAll(northward, 0, 50_000, {
      onReceipt: (done) => {
        if (done === 10_000) killed = kafka.cluster.kill9(leader);
      },
    });
    await killed;
    expect(errors).toEqual([]);
    expect(await northward.stop()).toMatchObject({ undelivered: 0 });
    expect(await kafka.leaderOf(topic, 0)).not.toBe(leader);
    expect(problemsOf(await kafka.consoleConsume(topic, { count: 50_000 }), 50_000)).toEqual([]);
    await kafka.cluster.restart(leader);
  });

  it('a replica that hangs: all waits until the cluster goes on without it, and that is no outage', async () => {
    const topic = uniqueTopic('replica');
    await kafka.createTopic(topic, { partitions: 1, config: { 'min.insync.replicas': '2' } });
    const leader = await kafka.leaderOf(topic, 0);
    const other = kafka.cluster.nodeIds.find((id) => id !== leader);
    if (other === undefined) throw new Error('no other node');
    const northward = plant(kafka.bootstrapServers, { topic });
    await northward.start();
    await northward.ready();
    await northward.publishTelemetry(reading(0));
    const told: string[] = [];
    northward.on('state', ({ state }) => told.push(state));
    northward.on('error', ({ message }) => told.push(message));
    await kafka.cluster.freeze(other);
    expect(await northward.publishTelemetry(reading(1))).toMatchObject({ status: 'delivered' });
    expect(told).toEqual([]);
    await kafka.cluster.thaw(other);
    await northward.stop();
  });
});
