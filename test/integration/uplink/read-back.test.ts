import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { plant, publishAll, reading } from '../../support/plant.js';

const packedRows = (topic: string) => ({
  enabled: true,
  topic,
  key: '{{device_id}}',
  payload: { mode: 'timeseries_rows', pack: { maxEvents: 20, maxWaitMs: 200 } },
});

const rowsOf = (value: Buffer | null): { readonly ts_ms: number; readonly n: number }[] => {
  const rows = JSON.parse(String(value)) as readonly { readonly ts_ms: number; readonly value: number }[];
  return rows.map(({ ts_ms, value: n }) => ({ ts_ms, n }));
};

describeWithOwnKafka('§3–5 read back from real Kafka by the Java console consumer', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('topic, key, headers, value and timestamp are those of the preview', async () => {
    const topic = uniqueTopic('read-back');
    await kafka.createTopic(topic, { partitions: 3 });
    const northward = plant(kafka.bootstrapServers, {
      topic,
      uplink: { headers: { include: true, static: { site: 'Süd 1' } } },
    });
    await northward.start();
    const events = [
      {
        ...reading(1),
        deviceName: 'Kälte pumpe',
        values: [{ pointId: 1, pointKey: 'größe', value: 12345678901234567890n }],
      },
      { ...reading(2), values: { temp: 21.5, ok: true, raw: new Uint8Array([0, 255, 10, 9]) } },
      { ...reading(3), deviceName: 'nul\0 in the name', values: [] },
    ];
    const receipts = [];
    for (const event of events) receipts.push(await northward.publishTelemetry(event));
    const previews = events.map((event) => northward.previewUplink({ kind: 'telemetry', ...event }));
    await northward.stop();
    const records = await kafka.consoleConsume(topic, { count: 3 });
    for (const [index, preview] of previews.entries()) {
      if (preview.status !== 'record') throw new Error('expected a record');
      const record = records.find((each) => each.timestampMs === preview.timestampMs);
      expect(record?.timestampType).toBe('CreateTime');
      expect(record?.key).toEqual(preview.key);
      expect(record?.value).toEqual(preview.value);
      expect(record?.headers.map(([name, value]) => [name, String(value)])).toEqual(
        Object.entries(preview.headers),
      );
      expect(receipts[index]).toEqual({
        status: 'delivered',
        topic,
        partition: record?.partition,
        offset: record?.offset,
        timestampMs: preview.timestampMs,
      });
    }
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'compression %s stands in the log',
    async (compression) => {
      const topic = uniqueTopic(`codec-${compression}`);
      await kafka.createTopic(topic);
      const northward = plant(kafka.bootstrapServers, { topic, producer: { compression } });
      await northward.start();
      expect(await publishAll(northward, 0, 200)).toEqual([]);
      await northward.stop();
      const batches = await kafka.dumpLog(topic);
      expect(new Set(batches.map((batch) => batch.codec))).toEqual(new Set([compression]));
      expect(batches.reduce((sum, batch) => sum + batch.count, 0)).toBe(200);
    },
  );

  it.each([
    ['none', null],
    ['one', 0],
    ['all', 0],
  ] as const)('acks %s: the receipt has offset %s', async (acks, offset) => {
    const topic = uniqueTopic(`acks-${acks}`);
    await kafka.createTopic(topic);
    const northward = plant(kafka.bootstrapServers, {
      topic,
      producer: { acks, enableIdempotence: acks === 'all' },
    });
    await northward.start();
    expect(await northward.publishTelemetry(reading(0))).toMatchObject({
      status: 'delivered',
      partition: 0,
      offset,
    });
    await northward.stop();
    expect(await kafka.consoleConsume(topic, { count: 1 })).toHaveLength(1);
  });

  it('a record over the topic limit ends in a typed error, and the next one is fine', async () => {
    const topic = uniqueTopic('too-large');
    await kafka.createTopic(topic, { config: { 'max.message.bytes': '2000' } });
    const northward = plant(kafka.bootstrapServers, { topic, producer: { compression: 'none' } });
    await northward.start();
    const values = { text: 'x'.repeat(5_000) };
    await expect(northward.publishTelemetry({ ...reading(0), values })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      topic,
    });
    expect(await northward.publishTelemetry(reading(1))).toMatchObject({ status: 'delivered' });
    await northward.stop();
  });

  it('§12: the events of a device share records, in order, and each has its receipt', async () => {
    const topic = uniqueTopic('packed');
    await kafka.createTopic(topic, { partitions: 3 });
    const northward = plant(kafka.bootstrapServers, { topic, uplink: { telemetry: packedRows(topic) } });
    await northward.start();
    const events = Array.from({ length: 205 }, (_, n) => ({ kind: 'telemetry', ...reading(n, 4) }) as const);
    const outcomes = await northward.publishBatch(events);
    await northward.stop();
    const records = await kafka.consoleConsume(topic, { count: 12 });
    for (const [n, outcome] of outcomes.entries()) {
      const event = events[n];
      if (outcome.status !== 'delivered' || event === undefined) throw new Error('expected a receipt');
      const record = records.find(
        ({ partition, offset }) => partition === outcome.partition && offset === outcome.offset,
      );
      const rows = rowsOf(record?.value ?? null);
      expect(rows.length).toBe(outcome.packed ?? 1);
      expect(rows[0]?.ts_ms).toBe(outcome.timestampMs);
      expect(record?.timestampMs).toBe(outcome.timestampMs);
      expect(String(record?.key)).toBe(String(event.deviceId));
      expect(rows).toContainEqual({ ts_ms: event.timestamp, n });
    }
    for (const device of [0, 1, 2, 3]) {
      const own = records.filter(({ key }) => String(key) === String(device));
      const ns = own.toSorted((a, b) => a.offset - b.offset).flatMap(({ value }) => rowsOf(value));
      expect(ns.map(({ n }) => n)).toEqual(
        events.flatMap(({ deviceId }, n) => (deviceId === device ? [n] : [])),
      );
    }
  });

  it.each([
    [
      'a timestamp that the topic does not take',
      { 'message.timestamp.before.max.ms': '3600000' },
      { timestamp: Date.now() - 7_200_000 },
      'DELIVERY_FAILED',
    ],
    [
      'more bytes than the topic takes',
      { 'max.message.bytes': '3000' },
      { values: { n: 'x'.repeat(4_000) } },
      'MESSAGE_TOO_LARGE',
    ],
  ])(
    '§12: %s fails the event that is at fault, and no other of its record',
    async (_what, config, wrong, code) => {
      const topic = uniqueTopic('packed-refused');
      await kafka.createTopic(topic, { config });
      const northward = plant(kafka.bootstrapServers, {
        topic,
        producer: { compression: 'none' },
        uplink: { telemetry: packedRows(topic) },
      });
      await northward.start();
      await northward.ready();
      const all = Array.from({ length: 40 }, (_, n) => ({ kind: 'telemetry', ...reading(n, 2) }) as const);
      // The first of a record, whose timestamp is that of the record, or one in the middle of it.
      const events = all.map((event, n) => (n === 0 || n === 21 ? { ...event, ...wrong } : event));
      const outcomes = await northward.publishBatch(events);
      await northward.stop();
      const ended = outcomes.map((outcome) =>
        outcome.status === 'failed' ? outcome.error.code : outcome.status,
      );
      // In the middle of a record no broker looks at the time of an event.
      const failing = code === 'MESSAGE_TOO_LARGE' ? [0, 21] : [0];
      expect(ended).toEqual(all.map((_, n) => (failing.includes(n) ? code : 'delivered')));
      const count = new Set(
        outcomes.map((outcome) => (outcome.status === 'delivered' ? outcome.offset : null)),
      ).size;
      const records = await kafka.consoleConsume(topic, { count: count - 1 });
      const arrived = records.flatMap(({ value }) => rowsOf(value).map(({ n }) => n));
      expect(arrived.toSorted((a, b) => a - b)).toEqual(
        all.flatMap((_, n) => (failing.includes(n) ? [] : [n])),
      );
    },
  );

  it.each([
    ['a timestamp two hours ahead', {}, { timestamp: Date.now() + 7_200_000 }, /clocks/],
    ['no key for a compacted topic', { 'cleanup.policy': 'compact' }, { deviceName: ' ' }, /key template/],
  ])(
    '%s fails its whole batch, is told with a hint, and the next one is fine',
    async (what, config, wrong, hint) => {
      const topic = uniqueTopic('refused');
      await kafka.createTopic(topic, { config });
      const northward = plant(kafka.bootstrapServers, {
        topic,
        uplink: { telemetry: { enabled: true, topic, key: '{{device_name}}' } },
        producer: { lingerMs: 200 },
      });
      await northward.start();
      await northward.ready();
      const event = { ...reading(0), timestamp: Date.now() };
      const both = [northward.publishTelemetry({ ...event, ...wrong }), northward.publishTelemetry(event)];
      for (const publish of both)
        await expect(publish, what).rejects.toMatchObject({
          code: 'DELIVERY_FAILED',
          message: expect.stringContaining('in the same batch'),
          hint: expect.stringMatching(hint),
        });
      expect(await northward.publishTelemetry(event)).toMatchObject({ status: 'delivered' });
      await northward.stop();
    },
  );

  it('given a device whose clock is two hours ahead, then behind the first refused batch only its own messages fail', async () => {
    const topic = uniqueTopic('ahead');
    await kafka.createTopic(topic);
    const northward = plant(kafka.bootstrapServers, { topic, producer: { lingerMs: 50 } });
    await northward.start();
    await northward.ready();
    const publish = (aheadMs: number): Promise<unknown> =>
      northward.publishTelemetry({ ...reading(0), timestamp: Date.now() + aheadMs }).then(
        ({ status }) => status,
        ({ code }: { readonly code: string }) => code,
      );
    const round = (): Promise<unknown[]> =>
      Promise.all([publish(0), publish(2 * 3_600_000), publish(0), publish(0)]);
    await round();
    const rounds = [];
    for (let n = 0; n < 5; n += 1) rounds.push(await round());
    const expected = ['delivered', 'DELIVERY_FAILED', 'delivered', 'delivered'];
    expect(rounds).toEqual(Array.from({ length: 5 }, () => expected));
    await northward.stop();
  });
});
