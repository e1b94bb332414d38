import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKafkaNorthward } from '../../src/index.js';
import { DEAD_LETTER_HEADERS } from '../../src/downlink/handover/dead-letter.js';
import type { ConsoleRecord } from '../../scripts/kafka/console-record.mjs';
import { describeWithOwnKafka, startKafka, uniqueTopic, type TestKafka } from '../support/kafka-cluster.js';
import { rejection } from '../support/memory-northward.js';
import { plant, reading } from '../support/plant.js';
import { EMPTY_BYTES, produceRaw } from '../support/raw-producer.js';

const NULL_VALUE = Buffer.alloc(0);

/** Keys, values, headers and timestamps as another client may send them; none is a command. */
const ODD = [
  { key: null, value: null, headers: [], timestampMs: 1 },
  { key: EMPTY_BYTES, value: EMPTY_BYTES, headers: [], timestampMs: 2 },
  { key: null, value: EMPTY_BYTES, headers: [], timestampMs: -5 },
  { key: EMPTY_BYTES, value: null, headers: [], timestampMs: 1_734_870_900_000 },
  { key: Buffer.from([0]), value: Buffer.from([0, 0xff, 0]), headers: [{ '': 'no name' }, { empty: '' }] },
  {
    key: Buffer.from('0'),
    value: Buffer.from('0'),
    headers: [
      { ['__proto__']: 'p' },
      { constructor: 'c' },
      { 0: 'zero' },
      { twice: '1' },
      { twice: Buffer.from([0xff, 0]) },
      { 'größe 1': 'ü' },
      { nothing: NULL_VALUE },
    ],
  },
  { key: null, value: Buffer.from('none'), headers: [], timestampMs: -1 },
] as const;

const OWN = new Set<string>(Object.values(DEAD_LETTER_HEADERS));

function original({ key, value, headers, timestampMs }: ConsoleRecord) {
  return { key, value, headers: headers.filter(([name]) => !OWN.has(name)), timestampMs };
}

function changed({ headers }: ConsoleRecord): string | undefined {
  return headers.find(([name]) => name === DEAD_LETTER_HEADERS.changed)?.[1]?.toString();
}

describeWithOwnKafka('what a record holds arrives as it was, read by the Java console consumer', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('both ways: a dead letter has the key, value, headers and timestamp of its record, or says what it has not', async () => {
    const topic = uniqueTopic('odd');
    const letters = uniqueTopic('odd-letters');
    await kafka.createTopic(topic);
    await kafka.createTopic(letters);
    for (const record of ODD)
      await produceRaw(kafka.bootstrapServers, 'none', { topic, partition: 0, ...record });
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: kafka.bootstrapServers },
      downlink: {
        groupId: uniqueTopic('group'),
        autoOffsetReset: 'earliest',
        writePoint: { enabled: true, topic },
        deadLetter: { enabled: true, topic: letters },
      },
    });
    await northward.start();
    const sent = await kafka.consoleConsume(topic, { count: ODD.length });
    const read = await kafka.consoleConsume(letters, { count: ODD.length });
    await northward.stop();

    expect(sent.map(({ timestampMs }) => timestampMs).slice(0, 4)).toEqual([1, 2, -5, 1_734_870_900_000]);
    expect(read.slice(0, 5).map(original)).toEqual(sent.slice(0, 5).map(original));
    // The client does not tell null from empty in a header, nor can it send a record without a timestamp.
    const odd = sent.slice(5, 6).map(original)[0];
    expect(odd?.headers.at(-1)).toEqual(['nothing', null]);
    const headers = odd?.headers.map(([name, value]) => [name, value ?? Buffer.alloc(0)]);
    expect(read.slice(5, 6).map(original)).toEqual([{ ...odd, headers }]);
    expect(sent[6]?.timestampMs).toBe(-1);
    expect(read[6]?.timestampMs).toBeGreaterThan(1_700_000_000_000);
    expect(read.map(changed)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'header "empty": was empty or null, is empty',
      'header "nothing": was empty or null, is empty',
      'timestamp: was none, is dl_time',
    ]);
  });

  it('up: a timestamp that the client cannot carry is refused by its name, any other is stored as the receipt says', async () => {
    const topic = uniqueTopic('times');
    await kafka.createTopic(topic);
    const fixed = {
      ['__proto__']: 'p',
      constructor: 'c',
      empty: '',
      'nul in value': 'a\0b',
      'lone \u{1F600}': 'x',
    };
    const northward = plant(kafka.bootstrapServers, {
      topic,
      uplink: {
        headers: { include: [], static: Object.fromEntries(Object.entries(fixed)) },
        telemetry: { enabled: true, topic, key: '{{device_name}}' },
      },
    });
    await northward.start();
    for (const timestamp of [0, -1, new Date(0)]) {
      const error = await rejection(northward.publishTelemetry({ ...reading(0), timestamp }));
      expect(error).toMatchObject({ code: 'EVENT_INVALID', retryable: false });
      expect(error.message).toMatch(/timestamp: expected .*found (0|-1),/);
    }
    const times = [1, -2, -62_167_219_200_000];
    const receipts = [];
    for (const timestamp of times)
      receipts.push(await northward.publishTelemetry({ ...reading(0), deviceName: 'a\0b', timestamp }));
    await northward.stop();
    const records = await kafka.consoleConsume(topic, { count: times.length });
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual(times);
    expect(receipts).toMatchObject(times.map((timestampMs) => ({ timestampMs })));
    expect(records[0]?.key).toEqual(Buffer.from('a\0b'));
    expect(records[0]?.headers.map(([name, value]) => [name, value?.toString()])).toEqual(
      Object.entries(fixed),
    );
  });
});
