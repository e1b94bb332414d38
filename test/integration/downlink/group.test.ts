import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  createKafkaNorthward,
  type Command,
  type KafkaNorthward,
  type OffsetResetEvent,
} from '../../../src/index.js';
import { thrownOut } from '../../support/bare-member.js';
import { idOf, until, writePoint } from '../../support/downlink-gateway.js';
import { groupMembers } from '../../support/kafka-admin.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { runKafkaTool } from '../../support/kafka-tools.js';
import { committedOffsets, produceAll, writePoints } from '../../support/platform.js';

const LONG_MS = 60_000;
/** Far below the five minutes of max.poll.interval.ms that a stuck rebalance takes. */
const SOON_MS = 20_000;

/** Whether that offset has been committed since this was called: commits that follow each other closely are one. */
function committedUpTo(northward: KafkaNorthward, wanted: number): () => boolean {
  let reached = false;
  northward.on('committed', (places) => {
    if (places.some(({ offset }) => offset >= wanted)) reached = true;
  });
  return () => reached;
}

describeWithOwnKafka('§6 the group on real Kafka', () => {
  let kafka: TestKafka;
  const gateways = new Set<KafkaNorthward>();
  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } });
  });
  afterAll(async () => {
    await kafka.stop();
  });
  afterEach(async () => {
    await Promise.all([...gateways].map((each) => each.stop({ timeoutMs: 100 })));
    gateways.clear();
  });

  const gateway = async (
    topic: string,
    groupId: string,
    downlink = {},
    ready = true,
  ): Promise<KafkaNorthward> => {
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: kafka.bootstrapServers },
      uplink: { enabled: false },
      downlink: { groupId, autoOffsetReset: 'earliest', writePoint: { enabled: true, topic }, ...downlink },
    });
    gateways.add(northward);
    await northward.start();
    if (ready) await northward.ready();
    return northward;
  };
  /** Works off everything; what it executed, in order. */
  const serve = (northward: KafkaNorthward): Command[] => {
    const done: Command[] = [];
    void (async () => {
      for await (const command of northward.commands()) done.push(command);
    })();
    return done;
  };
  const ids = (commands: readonly Command[]): number[] => commands.map((each) => Number(idOf(each)));

  it('given a busy host with a full queue, when a second gateway joins, then it has its partitions within seconds, and what was taken away is stale', async () => {
    const topic = uniqueTopic('join');
    await kafka.createTopic(topic, { partitions: 6 });
    const records = writePoints(0, 720, 6).map((record) => ({ ...record, key: null }));
    await produceAll(kafka.bootstrapServers, topic, records.slice(0, 120));
    const first = await gateway(topic, topic, { maxQueued: 60 });
    const busy = first.commands({ manualAck: true });
    const inHand: Command[] = [];
    for await (const command of busy) {
      inHand.push(command);
      if (new Set(inHand.map(({ meta }) => meta.partition)).size === 6) break;
    }
    await produceAll(kafka.bootstrapServers, topic, records.slice(120));
    await until('full', () => first.metrics().downlink.queue.commands >= 60, LONG_MS);
    const second = await gateway(topic, topic);
    const done = serve(second);
    await until('it works', () => done.length > 0, SOON_MS);
    const taken = new Set(done.map(({ meta }) => meta.partition));
    const stale = inHand.filter(({ meta }) => taken.has(meta.partition));
    expect(stale.length).toBeGreaterThan(0);
    for (const command of stale) {
      expect(command.signal.aborted).toBe(true);
      await expect(command.ack()).rejects.toMatchObject({ code: 'COMMAND_STALE' });
    }
    const kept = inHand.filter(({ signal }) => !signal.aborted);
    await Promise.all(kept.map((each) => each.ack()));
    const rest = serve(first);
    const all = (): Set<number> => new Set([...ids(kept), ...ids(rest), ...ids(done)]);
    await until('all are done', () => all().size === 720, LONG_MS);
    // None but those in progress came twice.
    const twice = [...ids(kept), ...ids(rest), ...ids(done)].length - 720;
    expect(twice).toBe(0);
  });

  it('given a host that takes several times max.poll.interval.ms for one command, then it stays in the group', async () => {
    const topic = uniqueTopic('slow');
    await kafka.createTopic(topic);
    const properties = {
      'max.poll.interval.ms': 2_000,
      'session.timeout.ms': 2_000,
      'heartbeat.interval.ms': 300,
    };
    const northward = await gateway(topic, topic, { consumer: { properties }, maxQueued: 5 });
    const errors: string[] = [];
    const rebalances: string[] = [];
    northward.on('error', ({ code }) => errors.push(code));
    northward.on('rebalance', ({ type }) => rebalances.push(type));
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 20, 1));
    const loop = northward.commands();
    const { value } = await loop.next();
    const members = await groupMembers(kafka.bootstrapServers, topic);
    expect(members).toHaveLength(1);
    // The yardstick of the time: a bare client that does not consume either is thrown out, time and again.
    for (let times = 0; times < 3; times += 1) {
      await thrownOut(kafka.bootstrapServers, topic, uniqueTopic('bare'), properties);
    }
    // Asked of the broker, too: one that no longer consumes is not told that it was thrown out.
    expect(await groupMembers(kafka.bootstrapServers, topic)).toEqual(members);
    expect([value?.signal.aborted, errors, rebalances]).toEqual([false, [], []]);
    const isCommitted = committedUpTo(northward, 1);
    await loop.next();
    await until('committed', isCommitted, LONG_MS);
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 1)).toEqual([1]);
  });

  it('given a partition that is added while it runs (latest), then it is read from its beginning', async () => {
    const topic = uniqueTopic('grows');
    await kafka.createTopic(topic);
    const northward = await gateway(topic, topic, { autoOffsetReset: 'latest' });
    const done = serve(northward);
    await runKafkaTool('org.apache.kafka.tools.TopicCommand', [
      '--bootstrap-server',
      kafka.bootstrapServers,
      '--alter',
      '--topic',
      topic,
      '--partitions',
      '2',
    ]);
    await produceAll(
      kafka.bootstrapServers,
      topic,
      Array.from({ length: 10 }, (_, n) => ({ partition: 1, key: null, value: writePoint(String(n)) })),
    );
    await until('all are done', () => done.length === 10, LONG_MS);
    expect(ids(done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('given a committed offset that was removed, then offset-reset names both, and what is left is read', async () => {
    const topic = uniqueTopic('removed');
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 10, 1));
    const first = await gateway(topic, topic);
    const isCommitted = committedUpTo(first, 2);
    const loop = first.commands();
    for (let n = 0; n < 3; n += 1) await loop.next();
    await until('committed', isCommitted, LONG_MS);
    await first.stop({ timeoutMs: 100 });
    const folder = await mkdtemp(path.join(tmpdir(), 'northward-'));
    const file = path.join(folder, 'offsets.json');
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 6 }] }));
    await runKafkaTool('org.apache.kafka.tools.DeleteRecordsCommand', [
      '--bootstrap-server',
      kafka.bootstrapServers,
      '--offset-json-file',
      file,
    ]);
    const resets: OffsetResetEvent[] = [];
    const second = await gateway(topic, topic, {}, false);
    second.on('offset-reset', (event) => resets.push(event));
    const done = serve(second);
    await until('the rest is done', () => done.length === 4, LONG_MS);
    expect(ids(done)).toEqual([6, 7, 8, 9]);
    expect(resets).toEqual([{ topic, partition: 0, from: 2, to: 6, reason: 'retention' }]);
  });

  it('given a topic that does not exist yet, then it is told, and read from its beginning once it is there', async () => {
    const topic = uniqueTopic('missing');
    const northward = await gateway(topic, topic, { autoOffsetReset: 'latest' }, false);
    const errors: string[] = [];
    northward.on('error', ({ code }) => errors.push(code));
    await until('told', () => errors.includes('TOPIC_NOT_FOUND'), LONG_MS);
    const done = serve(northward);
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 5, 1));
    await until('all are done', () => done.length === 5, LONG_MS);
    await northward.ready();
  });
});
