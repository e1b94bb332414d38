import { describe, expect, test } from 'vitest';
import { TOPIC, gatewaysOfTest, serve, until, type Gateway } from '../../support/downlink-gateway.js';
import { EarlyClock } from '../../support/early-clock.js';

const place = { topic: TOPIC, partition: 0 };
const name = `${TOPIC} 0`;

const { made, started } = gatewaysOfTest();
const all = (...ids: string[]) => ids;
const resets = ({ events }: Gateway) => events('offset-reset');

describe('§6 a log that has lost its end', () => {
  const latest = { autoOffsetReset: 'latest' };

  test.each([
    ['with its epoch', 0],
    ['without an epoch', null],
  ])(
    'given a commit behind the end, %s, when the gateway starts, then it goes on at the end, and tells it',
    async (_, leaderEpoch) => {
      const one = made(latest);
      for (const id of all('a', 'b', 'c', 'd', 'e')) one.write(id);
      const metadata = `partitions=1 topic=${one.consumers.topicId(TOPIC)}`;
      one.consumers.committed.set(name, { offset: 5, metadata, leaderEpoch });
      one.consumers.log(place).elect(3);
      await one.northward.start();
      await until('told', () => resets(one).length > 0);
      const handled = serve(one.northward, () => undefined);
      one.write('new');
      await until('done', () => one.committed() === 4);
      expect(handled).toEqual(['new']);
      expect(resets(one)).toEqual([{ ...place, from: 5, to: 3, reason: 'truncated' }]);
    },
  );

  test.each([
    ['only what is new was written where the logs part', 1],
    ['more than was lost was written', 4],
  ])('given %s, when the gateway starts, then all of that is read and nothing twice', async (_, written) => {
    const one = made(latest);
    for (const id of all('a', 'b', 'c', 'd', 'e')) one.write(id);
    const metadata = `partitions=1 topic=${one.consumers.topicId(TOPIC)}`;
    one.consumers.committed.set(name, { offset: 5, metadata, leaderEpoch: 0 });
    one.consumers.log(place).elect(3);
    const ids = Array.from({ length: written }, (__, n) => `new-${n}`);
    for (const id of ids) one.write(id);
    await one.northward.start();
    const handled = serve(one.northward, () => undefined);
    await until('done', () => one.committed() === 3 + written);
    expect(handled).toEqual(ids);
    expect(resets(one)).toEqual([{ ...place, from: 5, to: 3, reason: 'truncated' }]);
    expect(one.consumers.commits.at(-1)).toMatchObject([{ leaderEpoch: 1 }]);
  });

  test('given an election that lost nothing, when the gateway starts, then it goes on where it was, and tells nothing', async () => {
    const one = made(latest);
    for (const id of all('a', 'b', 'c')) one.write(id);
    const metadata = `partitions=1 topic=${one.consumers.topicId(TOPIC)}`;
    one.consumers.committed.set(name, { offset: 2, metadata, leaderEpoch: 0 });
    one.consumers.log(place).elect();
    one.write('d');
    await one.northward.start();
    const handled = serve(one.northward, () => undefined);
    await until('done', () => one.committed() === 4);
    expect(handled).toEqual(['c', 'd']);
    expect(resets(one)).toEqual([]);
  });

  test('given it happens while it is read, then records of the newer epoch are not taken for repeated', async () => {
    const one = await started();
    const handled = serve(one.northward, () => undefined);
    for (const id of all('a', 'b', 'c', 'd', 'e')) one.write(id);
    await until('e', () => one.committed() === 5);
    one.consumers.log(place).elect(3);
    for (const id of all('x', 'y', 'z')) one.write(id);
    await until('z', () => one.committed() === 6);
    expect(handled).toEqual(['a', 'b', 'c', 'd', 'e', 'x', 'y', 'z']);
    expect(resets(one)).toEqual([{ ...place, from: 5, to: 3, reason: 'truncated' }]);
  });

  test('given nothing was written since, then the end is told, and the mark follows', async () => {
    const one = await started();
    serve(one.northward, () => undefined);
    for (const id of all('a', 'b', 'c')) one.write(id);
    await until('c', () => one.committed() === 3);
    one.consumers.log(place).elect(1);
    one.consumers.port?.wake();
    await until('told', () => one.committed() === 1);
    expect(resets(one)).toEqual([{ ...place, from: 3, to: 1, reason: 'truncated' }]);
  });
});

/** The client has been asked which topics it reads. */
async function metTopics(clock: EarlyClock): Promise<void> {
  clock.fire(1_000);
  await until('asked', () => clock.waiting(10_000));
}

describe('§6 a topic that was deleted and created again', () => {
  test('given it was filled past the offset while it is read, both epochs 0, then all that is in it is read, and told', async () => {
    const clock = new EarlyClock();
    const one = await started({}, {}, {}, clock);
    const handled = serve(one.northward, () => undefined);
    for (const id of all('a', 'b', 'c')) one.write(id);
    await until('c', () => one.committed() === 3);
    await metTopics(clock);
    one.consumers.recreate(place);
    for (const id of all('1', '2', '3', '4', '5')) one.write(id);
    // The client does not notice: it goes on at offset 3.
    await until('5', () => handled.includes('5'));
    clock.fire(10_000);
    await until('1', () => one.committed() === 5 && handled.length >= 8);
    expect(handled).toEqual(['a', 'b', 'c', '4', '5', '1', '2', '3', '4', '5']);
    expect(resets(one)).toMatchObject([{ ...place, to: 0, reason: 'recreated' }]);
    expect(one.consumers.committed.get(name)?.metadata).toContain(one.consumers.topicId(TOPIC));
  });

  test('given it is read, then the client is made again, since librdkafka does not follow its new leaders', async () => {
    const clock = new EarlyClock();
    const one = await started({}, {}, {}, clock);
    const handled = serve(one.northward, () => undefined);
    one.write('a');
    await until('a', () => one.committed() === 1);
    await metTopics(clock);
    one.consumers.recreate(place);
    one.write('1');
    clock.fire(10_000);
    await until('told', () => resets(one).length === 1);
    await until('1', () => one.committed() === 1 && handled.length === 2);
    expect(one.consumers.opened).toBe(1);
    clock.fire(2_000);
    await until('a new client', () => one.consumers.opened === 2);
    one.write('2');
    await until('2', () => one.committed() === 2);
    expect(handled).toEqual(['a', '1', '2']);
    expect(resets(one)).toHaveLength(1);
    expect(one.northward.metrics().downlink.reconnects).toBe(1);
  });

  test('given no broker told its id before, then the client is made again, too: where it started says what it was', async () => {
    const clock = new EarlyClock();
    const one = await started({}, {}, {}, clock);
    const handled = serve(one.northward, () => undefined);
    one.write('a');
    await until('a', () => one.committed() === 1);
    one.consumers.recreate(place);
    one.write('1');
    clock.fire(1_000);
    await until('1', () => one.committed() === 1 && handled.length === 2);
    expect(resets(one)).toMatchObject([{ ...place, to: 0, reason: 'recreated' }]);
    await until('it is to be made again', () => clock.waiting(2_000));
    clock.fire(2_000);
    await until('a new client', () => one.consumers.opened === 2);
    one.write('2');
    await until('2', () => one.committed() === 2);
    expect(handled).toEqual(['a', '1', '2']);
  });

  test('given a command of the former topic in hand, when it is acknowledged, then a record of the new one stays open', async () => {
    const clock = new EarlyClock();
    const one = await started({}, {}, {}, clock);
    one.write('old');
    const commands = one.northward.commands({ manualAck: true });
    const { value: old } = await commands.next();
    await metTopics(clock);
    one.consumers.recreate(place);
    one.consumers.port?.wake();
    one.write('new');
    clock.fire(10_000);
    const { value: fresh } = await commands.next();
    expect([old?.meta.offset, fresh?.meta.offset]).toEqual([0, 0]);
    await old?.ack();
    await until('told', () => resets(one).length > 0);
    await until('the start is committed', () => one.committed() === 0);
    await fresh?.ack();
    await until('committed', () => one.committed() === 1);
  });

  test('given a commit that outlived the topic, when the gateway starts with latest, then all is read, and told', async () => {
    const one = made({ autoOffsetReset: 'latest' });
    for (const id of all('a', 'b', 'c', 'd')) one.write(id);
    one.consumers.committed.set(name, { offset: 2, metadata: 'partitions=1 topic=another', leaderEpoch: 0 });
    await one.northward.start();
    const handled = serve(one.northward, () => undefined);
    await until('done', () => one.committed() === 4);
    expect(handled).toEqual(['a', 'b', 'c', 'd']);
    expect(resets(one)).toEqual([{ ...place, from: 2, to: 0, reason: 'recreated' }]);
  });

  test('given its commit was erased with it, when the partition comes back, then this process knows that it is new', async () => {
    const one = await started({ autoOffsetReset: 'latest' });
    const handled = serve(one.northward, () => undefined);
    one.write('a');
    await until('a', () => one.committed() === 1);
    one.consumers.revoke([place]);
    one.consumers.recreate(place);
    for (const id of all('1', '2')) one.write(id);
    one.consumers.assign([place]);
    await until('2', () => one.committed() === 2);
    expect(handled).toEqual(['a', '1', '2']);
    expect(resets(one)).toEqual([{ ...place, from: 1, to: 0, reason: 'recreated' }]);
  });

  test('given nothing is committed and latest, when a partition that holds records starts, then it is told what is skipped', async () => {
    const one = made({ autoOffsetReset: 'latest' });
    for (const id of all('1', '2')) one.write(id);
    await one.northward.start();
    await until('committed', () => one.committed() === 2);
    expect(resets(one)).toEqual([{ ...place, from: 0, to: 2, reason: 'not-committed' }]);
  });
});

describe('§6 brokers that do not tell topic ids', () => {
  test('given the client goes back, then what cannot be told from new is read, and told', async () => {
    const one = made();
    one.consumers.tellsTopicIds = false;
    await one.northward.start();
    const handled = serve(one.northward, () => undefined);
    for (const id of all('a', 'b', 'c')) one.write(id);
    await until('c', () => one.committed() === 3);
    one.consumers.recreate(place);
    one.write('new');
    await until('new', () => one.committed() === 1);
    expect(handled).toEqual(['a', 'b', 'c', 'new']);
    expect(resets(one)).toEqual([{ ...place, from: 3, to: 0, reason: 'unknown' }]);
    expect(one.consumers.committed.get(name)?.metadata).toBe('partitions=1');
  });
});

describe('§6 offsets without a record', () => {
  test('given a control record at the end, then mark and lag pass it, and retention up to there is no loss', async () => {
    const one = await started();
    const handled = serve(one.northward, () => undefined);
    one.write('a');
    await until('a', () => one.committed() === 1);
    one.consumers.log(place).appendControl();
    one.consumers.port?.wake();
    await until('passed', () => one.committed() === 2);
    expect(one.northward.metrics().downlink.lag).toEqual([{ ...place, lag: 0 }]);
    one.consumers.truncate(place, 2);
    one.write('b');
    await until('b', () => one.committed() === 3);
    expect(handled).toEqual(['a', 'b']);
    expect(resets(one)).toEqual([]);
  });

  test('given a command in hand before it, then the mark stays there', async () => {
    const one = await started();
    one.write('a');
    const commands = one.northward.commands({ manualAck: true });
    const { value: a } = await commands.next();
    one.consumers.log(place).appendControl();
    one.write('b');
    const { value: b } = await commands.next();
    await b?.ack();
    await until('the start is committed', () => one.committed() === 0);
    await a?.ack();
    await until('committed', () => one.committed() === 3);
  });
});
