import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createKafkaNorthward, type Command, type KafkaNorthward } from '../../../src/index.js';
import { idOf, until } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { runKafkaTool } from '../../support/kafka-tools.js';
import { committedOffsets, produceAll, writePoints } from '../../support/platform.js';

const LONG_MS = 60_000;

describeWithOwnKafka('§6 membership on real Kafka', () => {
  let kafka: TestKafka;
  const gateways = new Set<KafkaNorthward>();
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
    await Promise.all([...gateways].map((each) => each.stop({ timeoutMs: 100 })));
    gateways.clear();
  });

  const gateway = async (topic: string, downlink = {}, ready = true): Promise<KafkaNorthward> => {
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: kafka.bootstrapServers },
      uplink: { enabled: false },
      downlink: {
        groupId: topic,
        autoOffsetReset: 'earliest',
        writePoint: { enabled: true, topic },
        ...downlink,
      },
    });
    gateways.add(northward);
    await northward.start();
    if (ready) await northward.ready();
    return northward;
  };
  const serve = (northward: KafkaNorthward): Command[] => {
    const done: Command[] = [];
    void (async () => {
      for await (const command of northward.commands()) done.push(command);
    })();
    return done;
  };
  const codesOf = (northward: KafkaNorthward): string[] => {
    const codes: string[] = [];
    northward.on('error', ({ code }) => codes.push(code));
    return codes;
  };
  const EAGER = { consumer: { properties: { 'partition.assignment.strategy': 'range,roundrobin' } } };

  it('given eager assignment, when a second member joins and leaves, then all is handed over and done once', async () => {
    const topic = uniqueTopic('eager');
    await kafka.createTopic(topic, { partitions: 4 });
    const first = await gateway(topic, EAGER);
    const done = [serve(first)];
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 400, 4));
    await until('the first half', () => done.flat().length === 400, LONG_MS);
    const second = await gateway(topic, EAGER);
    done.push(serve(second));
    await produceAll(kafka.bootstrapServers, topic, writePoints(400, 800, 4));
    await until('the second half', () => done.flat().length === 800, LONG_MS);
    expect(done[1]!.length).toBeGreaterThan(0);
    await second.stop();
    await produceAll(kafka.bootstrapServers, topic, writePoints(800, 900, 4));
    await until('the rest', () => done.flat().length === 900, LONG_MS);
    await first.stop();
    expect(new Set(done.flat().map(idOf)).size).toBe(900);
    const marks = await committedOffsets(kafka.bootstrapServers, topic, topic, 4);
    expect(marks.reduce<number>((sum, mark) => sum + (mark ?? 0), 0)).toBe(900);
  });

  it('given an eager member in the group, when a cooperative one joins, then it is told with a hint and joins once the other has left', async () => {
    const topic = uniqueTopic('mixed');
    await kafka.createTopic(topic);
    const eager = await gateway(topic, EAGER);
    const cooperative = await gateway(topic, {}, false);
    const codes = codesOf(cooperative);
    await until('told', () => codes.includes('GROUP_PROTOCOL_MISMATCH'), LONG_MS);
    await until('failed', () => cooperative.states.downlink === 'failed', LONG_MS);
    await eager.stop();
    await cooperative.ready();
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 5, 1));
    const done = serve(cooperative);
    await until('done', () => done.length === 5, LONG_MS);
  });

  it('given a static member, when it restarts within the session time-out, then nothing moves to the other', async () => {
    const topic = uniqueTopic('static');
    await kafka.createTopic(topic, { partitions: 4 });
    const as = (groupInstanceId: string): object => ({
      groupInstanceId,
      consumer: { properties: { 'session.timeout.ms': 30_000 } },
    });
    const first = await gateway(topic, as('one'));
    const second = await gateway(topic, as('two'));
    const rebalances: string[] = [];
    await until('shared', () => second.metrics().downlink.lag.length === 2, LONG_MS);
    second.on('rebalance', ({ type }) => rebalances.push(type));
    await first.stop();
    const again = await gateway(topic, as('one'));
    await until('its own again', () => again.metrics().downlink.lag.length === 2, LONG_MS);
    expect(rebalances).toEqual([]);
  });

  it('given a group that is forbidden for a while, then it is told, and recovers without a restart', async () => {
    const topic = uniqueTopic('forbidden');
    await kafka.createTopic(topic);
    const acl = async (action: '--add' | '--remove'): Promise<void> => {
      const what = ['--deny-principal', 'User:ANONYMOUS', '--operation', 'Read', '--group', topic];
      const args = ['--bootstrap-server', kafka.bootstrapServers, action, ...what];
      if (action === '--remove') args.push('--force');
      await runKafkaTool('org.apache.kafka.tools.AclCommand', args);
    };
    await acl('--add');
    const northward = await gateway(topic, {}, false);
    const codes = codesOf(northward);
    await until('failed', () => northward.states.downlink === 'failed', LONG_MS);
    expect(codes).toContain('AUTHORIZATION_FAILED');
    await acl('--remove');
    await northward.ready({ timeoutMs: LONG_MS });
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 5, 1));
    const done = serve(northward);
    await until('done', () => done.length === 5, LONG_MS);
  });

  it('given a broker that goes and comes back, then the commands go on, none lost', async () => {
    const topic = uniqueTopic('away');
    await kafka.createTopic(topic, { partitions: 2 });
    const northward = await gateway(topic);
    const done = serve(northward);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 100, 2));
    await until('first', () => done.length === 100, LONG_MS);
    await kafka.cluster.kill9(1);
    await until('noticed', () => northward.states.downlink === 'reconnecting', LONG_MS);
    await kafka.cluster.restart(1);
    await northward.ready();
    await produceAll(kafka.bootstrapServers, topic, writePoints(100, 200, 2));
    await until('the rest', () => new Set(done.map(idOf)).size === 200, LONG_MS);
  });
});
