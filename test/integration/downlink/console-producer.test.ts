import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKafkaNorthward, type Command } from '../../../src/index.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';

describeWithOwnKafka('§6 commands of a producer that we did not write', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('the Java console producer sends; its console consumer reads the answers', async () => {
    const [topic, answers, letters] = ['commands', 'answers', 'letters'].map((name) => uniqueTopic(name));
    if (topic === undefined || answers === undefined || letters === undefined)
      throw new Error('three topics');
    for (const name of [topic, answers, letters]) await kafka.createTopic(name);
    const write = (id: string, value: unknown): string =>
      JSON.stringify({
        schema_version: 1,
        event: { kind: 'write_point' },
        payload: { data: { request_id: id, point_id: 7, value, timestamp: '2026-01-02T03:04:05+01:00' } },
      });
    await kafka.consoleProduce(topic, [
      { key: 'pump-1', headers: { origin: 'console' }, value: write('w-1', 21.5) },
      { key: 'pump-1', value: 'no command' },
      { key: 'größe', value: write('w-2', 'än') },
      {
        key: null,
        value: `{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"w-3","point_id":7,"value":12345678901234567890}}}`,
      },
    ]);
    const northward = createKafkaNorthward(
      {
        connection: { bootstrapServers: kafka.bootstrapServers },
        uplink: { writePointResponse: { enabled: true, topic: answers, key: '{{request_id}}' } },
        downlink: {
          groupId: uniqueTopic('group'),
          autoOffsetReset: 'earliest',
          writePoint: { enabled: true, topic },
          deadLetter: { enabled: true, topic: letters },
        },
      },
      { pointMeta: () => ({ deviceId: 1001 }) },
    );
    await northward.start();
    const taken: Command[] = [];
    for await (const command of northward.commands()) {
      if (command.kind !== 'write_point') throw new Error(command.kind);
      taken.push(command);
      await command.respond({ status: 'Success', appliedValue: command.data.value });
      await command.ack();
      if (taken.length === 3) break;
    }
    await northward.stop();

    expect(taken.map(({ data }) => data)).toMatchObject([
      { requestId: 'w-1', pointId: 7, value: 21.5, timestamp: new Date('2026-01-02T02:04:05Z') },
      { requestId: 'w-2', value: 'än' },
      { requestId: 'w-3', value: 12345678901234567890n },
    ]);
    expect(taken.map(({ meta }) => (meta.key === null ? null : Buffer.from(meta.key).toString()))).toEqual([
      'pump-1',
      'größe',
      null,
    ]);
    expect(taken[0]?.meta.headers).toEqual([['origin', Buffer.from('console')]]);

    const read = await kafka.consoleConsume(answers, { count: 3 });
    expect(read.map(({ key }) => String(key))).toEqual(['w-1', 'w-2', 'w-3']);
    expect(
      read.map(({ headers }) => headers.find(([name]) => name === 'request_id')?.[1]?.toString()),
    ).toEqual(['w-1', 'w-2', 'w-3']);
    expect(String(read[2]?.value)).toContain('"applied_value":12345678901234567890');
    const [letter] = await kafka.consoleConsume(letters, { count: 1 });
    expect([String(letter?.key), String(letter?.value)]).toEqual(['pump-1', 'no command']);
  });
});
