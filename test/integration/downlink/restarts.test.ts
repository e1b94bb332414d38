import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Command, DownlinkMetrics } from '../../../src/index.js';
import { takeAll, until, writePoint } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import type { ConsoleRecord } from '../../../scripts/kafka/console-record.mjs';
import { committedOffsets, produceAll, writePoints, type PlatformRecord } from '../../support/platform.js';
import { produceRaw } from '../../support/raw-producer.js';
import { LONG_MS, numbersOf, RealGateways, workOff } from '../../support/real-gateways.js';

const BAD = 150;

describeWithOwnKafka('§6.5 what a restart and a lost broker leave, on real Kafka', () => {
  let kafka: TestKafka;
  const gateways = new RealGateways(() => kafka.bootstrapServers);
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });
  afterEach(async () => {
    await gateways.stopAll();
  });

  // Good ones stand at even offsets, undecodable ones at odd ones. `from`: where the second gateway goes on.
  it.each([
    {
      name: 'drop',
      route: { failurePolicy: 'drop' },
      letters: 0,
      committed: 2 * BAD,
      held: 0,
      from: 2 * BAD,
    },
    { name: 'error', route: { failurePolicy: 'error' }, letters: 0, committed: 1, held: BAD, from: 1 },
    {
      name: 'error with a dead-letter topic',
      route: { failurePolicy: 'error' },
      letters: BAD,
      committed: 2 * BAD,
      held: 0,
      from: 2 * BAD,
    },
    {
      name: 'always',
      route: { ackPolicy: 'always' },
      letters: 0,
      committed: 2 * BAD,
      held: 0,
      from: 2 * BAD,
    },
    { name: 'never', route: { ackPolicy: 'never' }, letters: 0, committed: null, held: 0, from: 0 },
  ])(
    'given poison under $name, when the gateway restarts, then it goes on where its policy says',
    async ({ route, letters, committed, held, from }) => {
      const [topic, dead] = [uniqueTopic('poison'), uniqueTopic('dead')];
      for (const each of [topic, dead]) await kafka.createTopic(each);
      const bad: PlatformRecord = { partition: 0, key: null, value: '{"schema_version":' };
      const records = writePoints(0, BAD, 1).flatMap((good) => [good, bad]);
      await produceAll(kafka.bootstrapServers, topic, records);
      const downlink = {
        writePoint: { enabled: true, topic, ...route },
        deadLetter: { enabled: letters > 0, topic: dead },
      };
      const first = await gateways.start({ topic, downlink });
      const done = workOff(first);
      const counts = (): DownlinkMetrics => first.metrics().downlink;
      await until('all came', () => done.length === BAD && counts().decodeErrors === BAD, LONG_MS);
      await until('all letters', () => counts().deadLettered === letters, LONG_MS);
      expect([counts().queue.heldNow, counts().held]).toEqual([held, held]);
      await first.stop();
      expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 1)).toEqual([committed]);

      // One more behind all others tells when the second one has come to the end.
      await produceAll(kafka.bootstrapServers, topic, writePoints(BAD, BAD + 1, 1));
      const second = await gateways.start({ topic, downlink });
      const again = workOff(second);
      await until('the last one', () => numbersOf(again).includes(BAD), LONG_MS);
      const expected = Array.from({ length: BAD + 1 }, (_, n) => n).filter((n) => 2 * n >= from);
      await until('all before it', () => again.length >= expected.length, LONG_MS);
      expect(numbersOf(again).toSorted((a, b) => a - b)).toEqual(expected);
      const badAgain = Array.from({ length: BAD }, (_, n) => 2 * n + 1).filter((place) => place >= from);
      expect(second.metrics().downlink).toMatchObject({ decodeErrors: badAgain.length });
    },
  );

  it('given records of any bytes that are given up, then their dead letters hold key, value, headers and timestamp as they were', async () => {
    const [topic, dead] = [uniqueTopic('bytes'), uniqueTopic('dead')];
    for (const each of [topic, dead]) await kafka.createTopic(each);
    const raw = [
      { key: Buffer.from([0, 0xff, 9, 10]), value: Buffer.from(writePoint('0')) },
      { key: Buffer.alloc(0), value: Buffer.from([0xff, 0xfe, 0, 9, 10, 92]) },
      { key: null, value: null },
    ];
    const headers = [{ trace: Buffer.from([0xff, 0]) }, { trace: 'two' }, { dl_attempts: 'of the platform' }];
    for (const each of raw) {
      await produceRaw(kafka.bootstrapServers, 'none', { ...each, topic, partition: 0, headers });
    }
    const northward = await gateways.start({
      topic,
      downlink: { redelivery: { maxAttempts: 1 }, deadLetter: { enabled: true, topic: dead } },
    });
    const [command] = await takeAll(northward, 1);
    await command.nack(new Error('valve stuck'));
    await until('all letters', () => northward.metrics().downlink.deadLettered === 3, LONG_MS);
    await northward.stop();
    const [sources, letters] = await Promise.all([
      kafka.consoleConsume(topic, { count: 3 }),
      kafka.consoleConsume(dead, { count: 3 }),
    ]);
    const placeOf = ({ headers: all }: ConsoleRecord): string =>
      String(all.findLast(([name]) => name === 'dl_source_offset')?.[1]);
    const sorted = letters.toSorted((a, b) => Number(placeOf(a)) - Number(placeOf(b)));
    for (const [index, source] of sources.entries()) {
      const letter = sorted[index]!;
      expect([letter.key, letter.value, letter.timestampMs]).toEqual([
        source.key,
        source.value,
        source.timestampMs,
      ]);
      expect(letter.headers.slice(0, 3)).toEqual(source.headers);
      expect(letter.headers.slice(3).map(([name]) => name)).toEqual([
        'dl_error_code',
        'dl_error_message',
        'dl_source_topic',
        'dl_source_partition',
        'dl_source_offset',
        'dl_attempts',
        'dl_time',
      ]);
    }
    expect(sorted.map(({ headers: all }) => String(all.at(-2)?.[1]))).toEqual(['1', '0', '0']);
  });

  it('given commands that flow, when the broker is killed and comes back, then what is in hand is finished meanwhile, and all are done, in order by key', async () => {
    const topic = uniqueTopic('flow');
    await kafka.createTopic(topic, { partitions: 2 });
    const producing = produceAll(kafka.bootstrapServers, topic, writePoints(0, 2_000, 2));
    const northward = await gateways.start({ topic });
    const done: Command[] = [];
    let goOn = (): void => undefined;
    const brokerIsGone = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    void (async () => {
      for await (const command of northward.commands()) {
        if (done.length === 500) await brokerIsGone;
        done.push(command);
      }
    })();
    await until('some are done', () => done.length === 500, LONG_MS);
    await producing;
    await kafka.cluster.kill9(1);
    await until('noticed', () => northward.states.downlink === 'reconnecting', LONG_MS);
    // The platform's client sends on: its records wait for the broker.
    const more = produceAll(kafka.bootstrapServers, topic, writePoints(2_000, 3_000, 2));
    goOn();
    await until('work goes on without the broker', () => done.length > 600, LONG_MS);
    await kafka.cluster.restart(1);
    await more;
    await until('all are done', () => new Set(numbersOf(done)).size === 3_000, LONG_MS);
    const firsts = [...new Set(numbersOf(done))];
    for (let key = 0; key < 50; key += 1) {
      const ofKey = firsts.filter((n) => n % 50 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    await northward.stop();
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 2)).toEqual([1_500, 1_500]);
  });
});
