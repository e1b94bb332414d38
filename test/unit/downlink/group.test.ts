import { describe, expect, test, vi } from 'vitest';
import { rejection } from '../../support/memory-northward.js';
import {
  TOPIC,
  gatewaysOfTest,
  idOf,
  serve,
  takeAll,
  until,
  type Gateway,
} from '../../support/downlink-gateway.js';

const { made, started } = gatewaysOfTest();

const place = { topic: TOPIC, partition: 0 };

describe('§6 partitions that are taken away', () => {
  test('given a stale command, when ack() and nack() are called and not awaited, then nothing is left unhandled', async () => {
    const { northward, consumers, write } = await started();
    write('a');
    const [a] = await takeAll(northward, 1);
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    consumers.revoke([place]);
    void a.ack();
    void a.nack(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('given a command in hand, then it is stale, its signal aborts, ack and respond are refused', async () => {
    const { northward, consumers, write, events } = await started();
    write('a');
    write('b');
    const [a] = await takeAll(northward, 1);
    const { signal } = a;
    consumers.revoke([place]);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'COMMAND_STALE' });
    expect(await rejection(a.ack())).toMatchObject({ code: 'COMMAND_STALE' });
    expect(await rejection(a.nack())).toMatchObject({ code: 'COMMAND_STALE' });
    if (a.kind === 'write_point') {
      expect(await rejection(a.respond({ status: 'Success' }))).toMatchObject({ code: 'COMMAND_STALE' });
    }
    expect(northward.metrics().downlink).toMatchObject({
      stale: 1,
      queue: { commands: 0, bytes: 0, inHand: 0 },
    });
    await until('told', () => events('rebalance').length === 2);
    expect(events('rebalance')).toMatchObject([
      { type: 'assigned', partitions: [place] },
      { type: 'revoked', partitions: [place] },
    ]);
  });

  test('given marks that are not committed yet, then they are committed before the answer, and nothing after it', async () => {
    const { northward, consumers, write, committed } = await started();
    await until('the start is committed', () => committed() === 0);
    write('a');
    write('b');
    const [a, b] = await takeAll(northward, 2);
    await a.ack();
    consumers.revoke([place]);
    expect(consumers.commits.at(-1)).toMatchObject([{ ...place, offset: 1 }]);
    const count = consumers.commits.length;
    await rejection(b.ack());
    await northward.stop();
    expect(consumers.commits.length).toBe(count);
  });

  test('given partitions that are lost, then nothing of them is committed', async () => {
    const { northward, consumers, write, committed, events } = await started();
    await until('the start is committed', () => committed() === 0);
    write('a');
    const [a] = await takeAll(northward, 1);
    await a.ack();
    const count = consumers.commits.length;
    consumers.revoke([place], true);
    await northward.stop();
    expect(consumers.commits.length).toBe(count);
    expect(events('rebalance').at(-1)).toMatchObject({ type: 'lost' });
  });

  test('given a partition that comes back, then it goes on at its committed offset', async () => {
    const { northward, consumers, write, committed } = await started();
    write('a');
    write('b');
    const [a] = await takeAll(northward, 1);
    await a.ack();
    await until('committed', () => committed() === 1);
    consumers.revoke([place]);
    consumers.assign([place]);
    const [again] = await takeAll(northward, 1);
    expect([idOf(again), again.meta.attempt]).toEqual(['b', 1]);
  });

  test('given a loop that asks for the next one after its command got stale, then it just goes on', async () => {
    const { northward, consumers, write, committed } = await started();
    write('a');
    const handled: string[] = [];
    const loop = (async () => {
      for await (const command of northward.commands()) {
        handled.push(idOf(command));
        if (handled.length === 1) {
          consumers.revoke([place]);
          consumers.assign([place]);
        }
      }
    })();
    await until('done by the second hand-over', () => committed() === 1);
    expect(handled).toEqual(['a', 'a']);
    await northward.stop();
    await loop;
  });
});

describe('§6 a pause, which the client keeps across assignments', () => {
  const other = { topic: TOPIC, partition: 1 };
  const paused = async (): Promise<Gateway> => {
    const gateway = made({ maxQueued: 4 });
    const { consumers, northward, write } = gateway;
    consumers.partitions(TOPIC, 2);
    for (let n = 0; n < 20; n += 1) write(String(n), { partition: n % 2 });
    await northward.start();
    await until('paused', () => consumers.pauses.length > 0);
    return gateway;
  };
  const all = Array.from({ length: 20 }, (_, n) => String(n));

  test('given a full queue, when a partition goes, the queue is worked off, and it comes back, then it is read', async () => {
    const { northward, consumers } = await paused();
    consumers.revoke([other]);
    const handled = new Set<string>();
    const loop = (async () => {
      for await (const each of northward.commands()) handled.add(idOf(each));
    })();
    await until('the one that stayed', () => handled.size === 10);
    consumers.assign([other]);
    await until('the one that came back', () => handled.size === 20);
    expect([...handled].toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
    await northward.stop();
    await loop;
  });

  test('given a full queue, when all partitions go and come back (eager), then they are read, no more than there is room for', async () => {
    const { northward, consumers } = await paused();
    consumers.revoke([place, other]);
    consumers.assign([place, other]);
    await until('full again', () => northward.metrics().downlink.queue.commands >= 4);
    expect(northward.metrics().downlink.queue.commands).toBe(4);
    const handled = serve(northward, () => undefined);
    await until('all are done', () => new Set(handled).size === 20);
    await northward.stop();
    expect(new Set(handled)).toEqual(new Set(all));
  });
});

describe('§6 start position', () => {
  test('given no committed offset and latest, then the end is committed at once: a crash skips nothing after it', async () => {
    const first = made({ autoOffsetReset: 'latest' });
    first.write('old');
    await first.northward.start();
    await first.northward.ready();
    await until('committed', () => first.committed() === 1);
    await first.northward.stop();
    first.write('between');
    const second = made({ autoOffsetReset: 'latest' });
    second.consumers.committed.set(`${TOPIC} 0`, first.consumers.committed.get(`${TOPIC} 0`)!);
    second.write('old');
    second.write('between');
    await second.northward.start();
    const [taken] = await takeAll(second.northward, 1);
    expect(idOf(taken)).toBe('between');
  });

  test('given a partition that is added later, then it is read from its beginning, with latest too', async () => {
    const { northward, consumers, write } = await started({ autoOffsetReset: 'latest' });
    await until('committed', () => consumers.committed.has(`${TOPIC} 0`));
    consumers.partitions(TOPIC, 2);
    write('new', { partition: 1 });
    consumers.assign([{ topic: TOPIC, partition: 1 }]);
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('new');
  });

  test('given a partition that was there but has no commit, then autoOffsetReset decides', async () => {
    const { northward, consumers, write } = made({ autoOffsetReset: 'latest' });
    consumers.partitions(TOPIC, 2);
    consumers.committed.set(`${TOPIC} 0`, { offset: 0, metadata: 'partitions=2' });
    write('old', { partition: 1 });
    await northward.start();
    await northward.ready();
    write('new', { partition: 1 });
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('new');
  });

  test('given a topic that was missing at first, then all that is in it is new', async () => {
    const { northward, consumers, write, events } = made({ autoOffsetReset: 'latest' });
    consumers.partitions(TOPIC, 0);
    consumers.failures.push({ code: 3, message: 'Unknown topic or partition' });
    await northward.start();
    await until('looked for', () => events('error').some(({ code }) => code === 'TOPIC_NOT_FOUND'));
    write('first');
    consumers.partitions(TOPIC, 1);
    consumers.assign([place]);
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('first');
  });

  test('given a committed offset that retention removed, then offset-reset names both, and what is left is read', async () => {
    const { northward, consumers, write, events } = made({ autoOffsetReset: 'latest' });
    for (const id of ['a', 'b', 'c', 'd']) write(id);
    consumers.truncate(place, 2);
    consumers.committed.set(`${TOPIC} 0`, { offset: 1, metadata: '' });
    await northward.start();
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('c');
    await until('told', () => events('offset-reset').length > 0);
    expect(events('offset-reset')).toEqual([{ ...place, from: 1, to: 2, reason: 'retention' }]);
  });

  test('given a committed offset behind the end, and nothing that tells why, then all is read, and told', async () => {
    const { northward, consumers, write, events } = made();
    write('a');
    consumers.committed.set(`${TOPIC} 0`, { offset: 70, metadata: '' });
    await northward.start();
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('a');
    await until('told', () => events('offset-reset').length > 0);
    expect(events('offset-reset')).toEqual([{ ...place, from: 70, to: 0, reason: 'unknown' }]);
  });

  test('given records that retention removes while they are read, then it is told', async () => {
    const { northward, consumers, write, events } = await started();
    const handled = serve(northward, () => undefined);
    write('a');
    await until('a', () => handled.length === 1);
    consumers.truncate(place, 5);
    write('f');
    await until('f', () => handled.length === 2);
    await until('told', () => events('offset-reset').length > 0);
    expect(events('offset-reset')).toEqual([{ ...place, from: 1, to: 5, reason: 'retention' }]);
  });

  test('given a topic that is made again while it is read, then it is read from its beginning, and told', async () => {
    const { northward, consumers, write, events, committed } = await started();
    const handled = serve(northward, () => undefined);
    for (const id of ['a', 'b', 'c']) write(id);
    await until('c', () => committed() === 3);
    consumers.recreate(place);
    write('new');
    await until('new', () => handled.length === 4);
    await until('told', () => events('offset-reset').length > 0);
    expect(events('offset-reset')).toEqual([{ ...place, from: 3, to: 0, reason: 'recreated' }]);
    await until('committed', () => committed() === 1);
  });

  test('given brokers that do not tell the positions, then nothing is read, and it is asked again', async () => {
    const { northward, consumers, write, events } = made();
    write('a');
    consumers.up = false;
    await northward.start();
    await until('given back', () => events('error').some(({ code }) => code === 'POSITIONS_UNKNOWN'));
    expect(northward.states.downlink).not.toBe('connected');
    await until('joined again', () => consumers.subscriptions === 2);
    consumers.up = true;
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('a');
    await northward.ready();
  });

  test('given a connected gateway whose next positions cannot be told, then it is not connected while nothing is read', async () => {
    const { northward, consumers, write, events, committed } = await started();
    await until('the start is committed', () => committed() === 0);
    write('a');
    const [a] = await takeAll(northward, 1);
    await a.ack();
    const other = { topic: TOPIC, partition: 1 };
    consumers.partitions(TOPIC, 2);
    consumers.up = false;
    consumers.assign([other]);
    await until('given back', () => events('rebalance').some(({ type }) => type === 'revoked'));
    await until('not connected', () => northward.states.downlink === 'reconnecting');
    await until('the last mark is committed', () => committed() === 1);
    expect(northward.states.downlink).toBe('reconnecting');
    consumers.up = true;
    write('b', { partition: 1 });
    await northward.ready();
    const [b] = await takeAll(northward, 1);
    expect(idOf(b)).toBe('b');
  });
});

describe('§7 state of the downlink', () => {
  test('given a broker that answers, then connected comes with the assignment only', async () => {
    const { northward, consumers, events } = made();
    consumers.assigns = false;
    consumers.failures.push({ code: 30, message: 'Group authorization failed' });
    await northward.start();
    await until('refused', () => northward.states.downlink === 'failed');
    expect(events('error').map(({ code }) => code)).toContain('AUTHORIZATION_FAILED');
    consumers.assign([]);
    await northward.ready();
    expect(northward.states).toEqual({ uplink: 'connected', downlink: 'connected' });
  });

  test('given a fatal error, then the consumer is made again, and what was in hand is stale', async () => {
    const { northward, consumers, write } = await started(
      {},
      { retryPolicy: { initialIntervalMs: 1, maxIntervalMs: 1 } },
    );
    write('a');
    const [a] = await takeAll(northward, 1);
    consumers.listener?.onFatal('fenced');
    await until('a new one', () => consumers.opened === 2);
    expect(await rejection(a.ack())).toMatchObject({ code: 'COMMAND_STALE' });
    const [again] = await takeAll(northward, 1);
    expect(idOf(again)).toBe('a');
    expect(northward.metrics().downlink.reconnects).toBe(1);
    expect(northward.states.uplink).toBe('connected');
  });

  test('§7.4 given a topic that is refused while it is read, then it is failed, and a commit finds out that it is granted', async () => {
    const { northward, consumers, events, write, committed } = await started();
    const [a] = await (write('a'), takeAll(northward, 1));
    await a.ack();
    await until('committed', () => committed() === 1);
    consumers.commitErrors = [29];
    const before = consumers.commits.length;
    consumers.failures.push({ code: 29, message: 'Topic authorization failed' });
    await until('failed', () => northward.state === 'failed');
    await until('connected', () => northward.state === 'connected');
    expect(consumers.commits.slice(before).map((marks) => marks.map(({ offset }) => offset))).toEqual([
      [1],
      [1],
    ]);
    expect(
      events('state')
        .map(({ state }) => state)
        .slice(-2),
    ).toEqual(['failed', 'connected']);
  });

  test('§7.4 given another way of assigning in the group, then it is failed with a hint, until the group takes it', async () => {
    const { northward, consumers } = made();
    consumers.assigns = false;
    consumers.failures.push({ code: 23, message: 'Inconsistent group protocol' });
    await northward.start();
    await until('refused', () => northward.states.downlink === 'failed');
    const ready = await rejection(northward.ready({ timeoutMs: 1 }));
    expect(ready).toMatchObject({ code: 'READY_TIMEOUT', cause: { code: 'GROUP_PROTOCOL_MISMATCH' } });
    expect(ready.hint).toContain('partition.assignment.strategy');
    consumers.assign([]);
    await northward.ready();
  });

  test('§7.1 given a group that gives no partitions, when the time of ready() is up, then it does not blame the broker', async () => {
    const { northward, consumers, events } = made();
    consumers.assigns = false;
    await northward.start();
    await until('subscribed', () => consumers.subscriptions === 1);
    const waiting = await rejection(northward.ready({ timeoutMs: 20 }));
    expect(waiting.message).toContain('the consumer group has not given its partitions');
    expect(waiting.hint).toContain('session.timeout.ms');
    consumers.failures.push({ code: 3, message: 'Broker: Unknown topic or partition' });
    await until('told', () => events('error').length > 0);
    const missing = await rejection(northward.ready({ timeoutMs: 20 }));
    expect(missing).toMatchObject({ code: 'READY_TIMEOUT', cause: { code: 'TOPIC_NOT_FOUND' } });
    expect(missing.hint).toContain(`Create the downlink topics (${TOPIC});`);
    consumers.assign([]);
    await northward.ready();
  });
});
