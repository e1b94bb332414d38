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
    const northward = await gateway(topic, { redelivery: { initialBackoffMs: 100, maxBackoffMs: 100 } });
    const attempts = new Map<number, number[]>();
    const order: number[] = [];
    // The keys of 0, 10, … 40 hold the failing commands, the others 450: those need none of these to go on.
    const othersDone = (): boolean => order.filter((n) => n % 10 !== 0).length === 450;
    serve(northward, async (command) => {
      const n = Number(idOf(command));
      attempts.set(n, [...(attempts.get(n) ?? []), command.meta.attempt]);
      if (n % 10 === 0 && command.meta.attempt < 3) {
        if (command.meta.attempt === 2) await until('other keys are done', othersDone, LONG_MS);
        await command.nack(new Error('busy'));
        return;
      }
      order.push(n);
      await command.ack();
    });
    await until('all done', () => order.length === 500, LONG_MS);
    expect(attempts.size).toBe(500);
    for (const [n, each] of attempts) expect(each).toEqual(n % 10 === 0 ? [1, 2, 3] : [1]);
    for (const key of [0, 10, 20, 30, 40]) {
      const ofKey = order.filter((n) => n % 50 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    await northward.stop();
    const marks = await committedOffsets(kafka.bootstrapServers, topic, topic, 2);
    expect(marks.reduce<number>((sum, mark) => sum + (mark ?? 0), 0)).toBe(500);
  });

  it('given a host that always fails, then the dead-letter topic holds each command once, with the right headers', async () => {
    const topic = uniqueTopic('always');
    const dead = uniqueTopic('dead');
    await kafka.createTopic(topic, { partitions: 2 });
    await kafka.createTopic(dead);
    const records = writePoints(0, 200, 2);
    await produceAll(kafka.bootstrapServers, topic, records);
    const northward = await gateway(topic, {
      redelivery: { maxAttempts: 2, initialBackoffMs: 10, maxBackoffMs: 10 },
      deadLetter: { enabled: true, topic: dead },
    });
    serve(northward, (command) => command.nack(new Error('valve stuck')));
    await until('all given up', () => northward.metrics().downlink.deadLettered === 200, LONG_MS);
    await northward.stop();
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 2)).toEqual([100, 100]);
    const letters = await kafka.consoleConsume(dead);
    const sources = letters.map(({ headers, key, value }) => {
      const named = Object.fromEntries(headers.map(([name, text]) => [name, String(text)]));
      expect(named).toMatchObject({
        dl_error_code: 'COMMAND_FAILED',
        dl_source_topic: topic,
        dl_attempts: '2',
        dl_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      });
      expect(named['dl_error_message']).toContain('valve stuck');
      const [partition, offset] = [Number(named['dl_source_partition']), Number(named['dl_source_offset'])];
      const source = records.filter((record) => record.partition === partition)[offset];
      expect([String(key), String(value)]).toEqual([source?.key, source?.value]);
      return `${partition} ${offset}`;
    });
    expect([letters.length, new Set(sources).size]).toEqual([200, 200]);
  });

  it.each([
    ['drop', {}, { committed: 2_000, dropped: 1_000, held: 0, deadLettered: 0 }],
    ['error', { failurePolicy: 'error' }, { committed: 0, dropped: 0, held: 1_000, deadLettered: 0 }],
    ['dead letter', {}, { committed: 2_000, dropped: 0, held: 0, deadLettered: 1_000 }],
  ])(
    'given 1,000 fuzzed bodies between good ones under %s, then the good ones all arrive, and the mark is right',
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
