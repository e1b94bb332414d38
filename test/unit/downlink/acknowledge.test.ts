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

const { started } = gatewaysOfTest();

describe('§6 acknowledging', () => {
  test('given a queued command, when it is in hand, then nothing past it is committed (§8.6)', async () => {
    const { northward, consumers, write, committed } = await started();
    write('a');
    write('b');
    const [first, second] = await takeAll(northward, 2);
    await second.ack();
    await until('a commit', () => consumers.commits.length > 0);
    expect(committed()).toBe(0);
    await first.ack();
    await until('both committed', () => committed() === 2);
  });

  test('given a loop, when it asks for the next command, then the one before is acknowledged', async () => {
    const { northward, write, committed } = await started();
    write('a');
    write('b');
    const loop = northward.commands();
    await loop.next();
    await loop.next();
    await until('a committed', () => committed() === 1);
  });

  test('given a loop, when it breaks, then its command comes again as its second attempt', async () => {
    const { northward, write, committed } = await started();
    write('a');
    for await (const command of northward.commands()) {
      expect(command.meta.attempt).toBe(1);
      break;
    }
    for await (const command of northward.commands()) {
      expect([idOf(command), command.meta.attempt]).toEqual(['a', 2]);
      expect(committed()).not.toBe(1);
      await command.ack();
      break;
    }
    await until('committed', () => committed() === 1);
  });

  test('given a loop that throws, then its command comes again', async () => {
    const { northward, write } = await started();
    write('a');
    const failing = async (): Promise<void> => {
      for await (const command of northward.commands()) throw new Error(idOf(command));
    };
    expect((await rejection(failing())).message).toBe('a');
    const [again] = await takeAll(northward, 1);
    expect(again.meta.attempt).toBe(2);
  });

  test('given ack() before a break, then the command stays done', async () => {
    const { northward, write, committed } = await started();
    write('a');
    for await (const command of northward.commands()) {
      await command.ack();
      break;
    }
    await until('committed', () => committed() === 1);
    write('b');
    const [next] = await takeAll(northward, 1);
    expect(idOf(next)).toBe('b');
  });

  test('given a settled command, when it is settled otherwise, then the first settling wins', async () => {
    const { northward, write, committed } = await started();
    write('a');
    write('b');
    const [a, b] = await takeAll(northward, 2);
    await a.ack();
    await a.nack(new Error('too late'));
    await b.nack(new Error('first'));
    await b.ack();
    const [again] = await takeAll(northward, 1);
    expect([idOf(again), again.meta.attempt]).toEqual(['b', 2]);
    await until('a committed', () => committed() === 1);
    expect(northward.metrics().downlink.failedAttempts).toBe(1);
  });

  test('given a later ack, then the mark stays below the earlier unfinished command, per partition', async () => {
    const { northward, consumers, write, committed } = await started();
    consumers.partitions(TOPIC, 2);
    consumers.assign([{ topic: TOPIC, partition: 1 }]);
    for (const id of ['a', 'b', 'c']) write(id);
    write('d', { partition: 1 });
    const commands = await takeAll(northward, 4);
    for (const command of commands) if (idOf(command) !== 'a') await command.ack();
    await until('partition 1 committed', () => committed(TOPIC, 1) === 1);
    expect(committed(TOPIC, 0) ?? 0).toBe(0);
    expect(northward.metrics().downlink.lag).toContainEqual({ topic: TOPIC, partition: 0, lag: 3 });
  });

  test('given two loops, then each command goes to one of them', async () => {
    const { northward, write } = await started();
    const seen = [serve(northward, () => undefined), serve(northward, () => undefined)];
    for (let n = 0; n < 100; n += 1) write(`c${n}`);
    await until('all handled', () => seen.flat().length === 100);
    expect(new Set(seen.flat()).size).toBe(100);
  });

  test('given the signal of a loop, when it aborts while waiting, then the loop ends', async () => {
    const { northward } = await started();
    const abort = new AbortController();
    const loop = northward.commands({ signal: abort.signal });
    const next = loop.next();
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect((await northward.commands({ signal: abort.signal }).next()).done).toBe(true);
  });

  test('given next() called again before it resolved, then both commands are handed out and acknowledged', async () => {
    const { northward, write, committed } = await started();
    const loop = northward.commands();
    const both = [loop.next(), loop.next()];
    write('a');
    write('b');
    const results = await Promise.all(both);
    expect(results.map(({ value }) => value && idOf(value))).toEqual(['a', 'b']);
    void loop.next();
    await until('committed', () => committed() === 2);
  });
});

describe('§6 order', () => {
  test('given records of one key, then the second waits for the final outcome of the first', async () => {
    const { northward, write } = await started({ redelivery: { initialBackoffMs: 1, maxBackoffMs: 1 } });
    write('a1', { key: 'a' });
    write('a2', { key: 'a' });
    write('b1', { key: 'b' });
    write('n1');
    write('n2');
    const commands = await takeAll(northward, 4);
    expect(commands.map(idOf)).toEqual(['a1', 'b1', 'n1', 'n2']);
    await commands[0].nack(new Error('again'));
    const [again] = await takeAll(northward, 1);
    expect([idOf(again), again.meta.attempt]).toEqual(['a1', 2]);
    await again.ack();
    const [second] = await takeAll(northward, 1);
    expect(idOf(second)).toBe('a2');
  });

  test('given the same key in two partitions, then they do not wait for each other', async () => {
    const { northward, consumers, write } = await started();
    consumers.assign([{ topic: TOPIC, partition: 1 }]);
    write('p0', { key: 'a' });
    write('p1', { key: 'a', partition: 1 });
    expect((await takeAll(northward, 2)).map(idOf).sort()).toEqual(['p0', 'p1']);
  });
});

describe('§6 ack policies', () => {
  test('given never, when the host finishes or fails, then nothing is committed and nothing comes again', async () => {
    const { northward, consumers, write } = await started({ writePoint: { ackPolicy: 'never' } });
    write('a');
    write('b');
    const handled = serve(northward, (command) => {
      if (idOf(command) === 'a') throw new Error('fails');
    });
    await until('both handled', () => handled.length === 2);
    write('c');
    await until('the next one', () => handled.length === 3);
    expect(handled).toEqual(['a', 'b', 'c']);
    expect(consumers.commits).toEqual([]);
  });

  test('given always, when the host fails, then it is committed and does not come again', async () => {
    const { northward, write, committed } = await started({ writePoint: { ackPolicy: 'always' } });
    write('a');
    write('b');
    const handled = serve(northward, () => {
      throw new Error('fails');
    });
    await until('both committed', () => committed() === 2);
    expect(handled).toEqual(['a', 'b']);
  });

  test('given an ignored record, then it counts as a success and is told', async () => {
    const { consumers, committed, events } = await started();
    consumers.produce(TOPIC, {
      value: JSON.stringify({ schema_version: 1, event: { kind: 'telemetry' }, payload: { data: {} } }),
    });
    await until('committed', () => committed() === 1);
    expect(events('command-ignored')).toMatchObject([{ topic: TOPIC, partition: 0, offset: 0 }]);
  });
});

describe('§6 commits', () => {
  /** A commit is on its way and gets no answer. `before`: how many there were before it. */
  const unanswered = async (): Promise<Gateway & { before: number }> => {
    const gateway = await started();
    const { northward, consumers, write } = gateway;
    await until('the start is committed', () => consumers.committed.size === 1);
    consumers.holdCommits = true;
    const before = consumers.commits.length;
    serve(northward, () => undefined);
    write('a');
    await until('sent', () => consumers.commits.length === before + 1);
    return { ...gateway, before };
  };

  test('given a commit that fails, then it is told, sent again, and ends nothing (§8.14)', async () => {
    const { northward, consumers, write, committed, events } = await started();
    await until('the start is committed', () => committed() === 0);
    consumers.commitErrors = [16, 16];
    serve(northward, () => undefined);
    write('a');
    await until('committed at last', () => committed() === 1);
    expect(northward.metrics().downlink.commitFailures).toBe(2);
    expect(events('error').map(({ code }) => code)).toContain('COMMIT_FAILED');
    write('b');
    await until('and goes on', () => committed() === 2);
  });

  test('given a commit without an answer, then `committed` is not told and no second one is sent', async () => {
    const { northward, consumers, write, events, before } = await unanswered();
    write('b');
    await until('b done', () => northward.metrics().downlink.success === 2);
    expect(
      events('committed')
        .flat()
        .map(({ offset }) => offset),
    ).toEqual([0]);
    expect(consumers.commits.length).toBe(before + 1);
    consumers.holdCommits = false;
    consumers.answerCommits();
    const told = (): number[] =>
      events('committed')
        .flat()
        .map(({ offset }) => offset);
    await until('the rest is told', () => told().includes(2));
    expect(told()).toEqual([0, 1, 2]);
  });

  test('given a commit without an answer and a connection that failed, when partitions go, then no second one is sent', async () => {
    const { northward, consumers, write, before } = await unanswered();
    consumers.listener?.onAllBrokersDown();
    // The client has records in stock: they come, and prove nothing.
    write('b');
    await until('b done', () => northward.metrics().downlink.success === 2);
    consumers.revoke([{ topic: TOPIC, partition: 0 }]);
    expect(consumers.commits.length).toBe(before + 1);
  });

  test('given a connection that failed, when nobody answers, then no commit is handed to the client; later it is', async () => {
    const { northward, consumers, write, committed } = await started();
    await until('the start is committed', () => committed() === 0);
    const before = consumers.commits.length;
    const [a] = (write('a'), await takeAll(northward, 1));
    consumers.silent = true;
    consumers.listener?.onAllBrokersDown();
    const asked = vi.spyOn(consumers.port!, 'committed');
    await a.ack();
    await until('the coordinator was asked', () => asked.mock.calls.length > 1);
    expect(consumers.commits.length).toBe(before);
    consumers.silent = false;
    await until('committed', () => committed() === 1);
  });

  test('given many quick commands, then commits are batched', async () => {
    const { northward, consumers, write, committed } = await started();
    serve(northward, () => undefined);
    for (let n = 0; n < 900; n += 1) write(`c${n}`);
    await until('all committed', () => committed() === 900);
    expect(consumers.commits.length).toBeLessThan(30);
  });
});
