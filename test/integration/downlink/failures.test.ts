import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createKafkaNorthward, type Command, type KafkaNorthward } from '../../../src/index.js';
import { idOf, until } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { committedOffsets, produceAll, writePoints, type PlatformRecord } from '../../support/platform.js';

const LONG_MS = 60_000;

/** Bodies that are no commands: cut, flipped and random bytes; the same in every run. */
function fuzzed(count: number, body: string): Buffer[] {
  let state = 42;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  return Array.from({ length: count }, (_, n) => {
    const bytes = Buffer.from(body);
    if (n % 3 === 0) return bytes.subarray(0, random(bytes.length - 1));
    if (n % 3 === 1) return Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256)));
    bytes[random(20)] = 0xff; // never UTF-8
    return bytes;
  });
}

describeWithOwnKafka('§6 failures on real Kafka', () => {
  let kafka: TestKafka;
  const gateways = new Set<KafkaNorthward>();
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });
  afterEach(async () => {
    await Promise.all([...gateways].map((each) => each.stop({ timeoutMs: 5_000 })));
    gateways.clear();
  });

  const gateway = async (topic: string, downlink: object): Promise<KafkaNorthward> => {
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
    await northward.ready();
    return northward;
  };
  const serve = (northward: KafkaNorthward, handle: (command: Command) => Promise<void>): void => {
    void (async () => {
      for await (const command of northward.commands({ manualAck: true })) void handle(command);
    })();
  };

  it('given a host that fails every tenth command twice, then all are done at last, attempts right, other keys not delayed', async () => {
    const topic = uniqueTopic('tenth');
    await kafka.createTopic(topic, { partitions: 2 });
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 500, 2));
    const northward = await gateway(topic, { redelivery: { initialBackoffMs: 1_000, maxBackoffMs: 1_000 } });
    const attempts = new Map<number, number>();
    const order: number[] = [];
    serve(northward, async (command) => {
      const n = Number(idOf(command));
      attempts.set(n, command.meta.attempt);
      if (n % 10 === 0 && command.meta.attempt < 3) {
        await command.nack(new Error('busy'));
        return;
      }
      order.push(n);
      await command.ack();
    });
    await until('all done', () => order.length === 500, LONG_MS);
    expect([...attempts].filter(([n, attempt]) => attempt !== (n % 10 === 0 ? 3 : 1))).toEqual([]);
    // The keys of 0, 10, … 40 hold failing commands; the other 450 were done before any of those came a third time.
    expect(order.slice(0, 450).every((n) => n % 10 !== 0)).toBe(true);
    await northward.stop();
    const marks = await committedOffsets(kafka.bootstrapServers, topic, topic, 2);
    expect(marks.reduce<number>((sum, mark) => sum + (mark ?? 0), 0)).toBe(500);
  });

  it('given a host that always fails, then the dead-letter topic holds each command once, with the right headers', async () => {
    const topic = uniqueTopic('always');
    const dead = uniqueTopic('dead');
    await kafka.createTopic(topic, { partitions: 2 });
    await kafka.createTopic(dead);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 200, 2));
    const northward = await gateway(topic, {
      redelivery: { maxAttempts: 2, initialBackoffMs: 10, maxBackoffMs: 10 },
      deadLetter: { enabled: true, topic: dead },
    });
    serve(northward, (command) => command.nack(new Error('valve stuck')));
    await until('all given up', () => northward.metrics().downlink.deadLettered === 200, LONG_MS);
    await northward.stop();
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 2)).toEqual([100, 100]);
    const letters = await kafka.consoleConsume(dead);
    const sources = letters.map(({ headers }) => {
      const named = Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
      expect(named).toMatchObject({
        dl_error_code: 'COMMAND_FAILED',
        dl_source_topic: topic,
        dl_attempts: '2',
      });
      expect(named['dl_error_message']).toContain('valve stuck');
      return `${named['dl_source_partition']} ${named['dl_source_offset']}`;
    });
    expect([letters.length, new Set(sources).size]).toEqual([200, 200]);
    expect(letters.every(({ key }) => /^k\d+$/.test(String(key)))).toBe(true);
  });

  it.each([
    ['drop', {}, { committed: 2_000, dropped: 1_000, held: 0, deadLettered: 0 }],
    ['error', { failurePolicy: 'error' }, { committed: 0, dropped: 0, held: 1_000, deadLettered: 0 }],
    ['dead letter', {}, { committed: 2_000, dropped: 0, held: 0, deadLettered: 1_000 }],
  ])(
    'given 1,000 fuzzed bodies between good ones under %s, then the good ones all arrive, and the mark is right after a restart',
    async (name, policy, expected) => {
      const topic = uniqueTopic('poison');
      await kafka.createTopic(topic);
      const dead = uniqueTopic('dead');
      await kafka.createTopic(dead);
      const good = writePoints(0, 1_000, 1);
      const bad = fuzzed(1_000, String(good[0]?.value)).map((value): PlatformRecord => ({
        partition: 0,
        key: null,
        value,
      }));
      const records = good.flatMap((record, n) => [bad[n]!, record]);
      await produceAll(kafka.bootstrapServers, topic, records);
      const northward = await gateway(topic, {
        writePoint: { enabled: true, topic, ...policy },
        deadLetter: { enabled: name === 'dead letter', topic: dead },
      });
      const done: number[] = [];
      serve(northward, async (command) => {
        done.push(Number(idOf(command)));
        await command.ack();
      });
      const { committed, ...counts } = expected;
      await until(
        'all arrived',
        () => done.length === 1_000 && northward.metrics().downlink.decodeErrors === 1_000,
        LONG_MS,
      );
      await until(
        'all settled',
        () => northward.metrics().downlink.deadLettered === counts.deadLettered,
        LONG_MS,
      );
      expect(northward.metrics().downlink).toMatchObject(counts);
      await northward.stop();
      expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
      expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 1)).toEqual([committed]);
    },
  );
});
