import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openNativeConsumer } from '../../../src/kafka/client/consumer.js';
import type { ConsumerListener } from '../../../src/kafka/port/consumer-port.js';
import type { Command, KafkaNorthward, RecordPlace } from '../../../src/index.js';
import { command, until } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { runKafkaTool } from '../../support/kafka-tools.js';
import { rejection } from '../../support/memory-northward.js';
import { committedOffsets, produceAll, writePoints } from '../../support/platform.js';
import { LONG_MS, RealGateways } from '../../support/real-gateways.js';

/** A broker judges each partition by itself: here one topic of two is forbidden for a while. */
describeWithOwnKafka('§6 answers that are good for some partitions only, on real Kafka', () => {
  let kafka: TestKafka;
  const gateways = new RealGateways(() => kafka.bootstrapServers);
  beforeAll(async () => {
    kafka = await startKafka({
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found': 'true',
      },
    });
  });
  afterAll(async () => {
    await kafka.stop();
  });
  afterEach(async () => {
    await gateways.stopAll();
  });

  const deny = async (action: '--add' | '--remove', operation: string, topic: string): Promise<void> => {
    const what = ['--deny-principal', 'User:ANONYMOUS', '--operation', operation, '--topic', topic];
    const args = ['--bootstrap-server', kafka.bootstrapServers, action, ...what];
    if (action === '--remove') args.push('--force');
    await runKafkaTool('org.apache.kafka.tools.AclCommand', args);
  };

  it('given two topics, one of them forbidden, when both have marks to commit, then the other one is told as committed, and the first when it is granted', async () => {
    const [good, bad] = [uniqueTopic('granted'), uniqueTopic('forbidden')];
    for (const topic of [good, bad]) await kafka.createTopic(topic);
    const commands = Array.from({ length: 5 }, (_, n) => ({
      partition: 0,
      key: null,
      value: command(String(n), { timestamp: new Date().toISOString() }),
    }));
    await produceAll(kafka.bootstrapServers, good, writePoints(0, 5, 1));
    await produceAll(kafka.bootstrapServers, bad, commands);
    const committed: RecordPlace[] = [];
    const messages: string[] = [];
    const northward = await gateways.start({
      topic: good,
      downlink: { commandReceived: { enabled: true, topic: bad } },
      listen: (each: KafkaNorthward) => {
        each.on('committed', (places) => committed.push(...places));
        each.on('error', ({ code, message }) => {
          if (code === 'COMMIT_FAILED') messages.push(message);
        });
      },
    });
    const markOf = (name: string): number =>
      Math.max(-1, ...committed.flatMap(({ topic, offset }) => (topic === name ? [offset] : [])));
    const inHand: Command[] = [];
    void (async () => {
      for await (const each of northward.commands({ manualAck: true })) inHand.push(each);
    })();
    await until('in hand', () => inHand.length === 10, LONG_MS);

    await deny('--add', 'Read', bad);
    await Promise.all(inHand.map((each) => each.ack()));
    await until('the good one is told', () => markOf(good) === 5, LONG_MS);
    await until('the other one is named', () => messages.length > 0, LONG_MS);
    expect(messages.filter((message) => message.includes(good))).toEqual([]);

    await deny('--remove', 'Read', bad);
    await until('granted', () => markOf(bad) === 5, LONG_MS);
    expect(await committedOffsets(kafka.bootstrapServers, good, bad, 1)).toEqual([5]);
  });

  it('given a topic that may not be described, when positions are asked for, then that is no answer "nothing committed"', async () => {
    const [good, bad] = [uniqueTopic('described'), uniqueTopic('hidden')];
    for (const topic of [good, bad]) await kafka.createTopic(topic);
    const nobody = new Proxy({} as ConsumerListener, { get: () => () => undefined });
    const properties = { 'bootstrap.servers': kafka.bootstrapServers, 'group.id': good };
    const port = await openNativeConsumer(properties, nobody);
    try {
      const places = [good, bad].map((topic) => ({ topic, partition: 0 }));
      expect(await port.committed(places, LONG_MS)).toMatchObject(
        places.map((each) => ({ ...each, offset: null })),
      );
      await deny('--add', 'Describe', bad);
      const { code, message } = await rejection(port.committed(places, LONG_MS));
      expect(code).toBe('POSITIONS_UNKNOWN');
      expect(message).toContain(`of ${bad} 0 is not known: Broker: Topic authorization failed`);
    } finally {
      await port.close(0);
    }
  });
});
