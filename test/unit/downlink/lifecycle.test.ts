import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/api/commands.js';
import { rejection } from '../../support/memory-northward.js';
import {
  TOPIC,
  gatewaysOfTest,
  idOf,
  serve,
  takeAll,
  until,
  writePoint,
} from '../../support/downlink-gateway.js';

const { made, started } = gatewaysOfTest();

describe('§7 the downlink in the life of the object', () => {
  test('given commands() before start(), then the loop gets what comes after it', async () => {
    const gateway = made();
    const next = gateway.northward.commands().next();
    gateway.write('a');
    await gateway.northward.start();
    expect(idOf((await next).value!)).toBe('a');
  });

  test('given a command in hand, when stop() is called, then it is waited for, committed, and the loop ends', async () => {
    const { northward, consumers, write, committed } = await started();
    write('a');
    write('b');
    let finish = (): void => undefined;
    const working = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const handled: string[] = [];
    const loop = (async () => {
      for await (const command of northward.commands()) {
        handled.push(idOf(command));
        await working;
      }
    })();
    await until('in hand', () => handled.length === 1);
    const stopping = northward.stop();
    let stopped = false;
    void stopping.then(() => (stopped = true));
    await until('a turn', () => true);
    expect(stopped).toBe(false);
    finish();
    expect(await stopping).toMatchObject({ timedOut: false, unfinishedCommands: 0 });
    await loop;
    expect([handled, committed(), consumers.closed]).toEqual([['a'], 1, 1]);
  });

  test('given a command that never ends, when stop() runs out of time, then it is aborted and comes again', async () => {
    const { northward, write, committed } = await started();
    write('a');
    const [a] = await takeAll(northward, 1);
    const { signal } = a;
    expect(await northward.stop({ timeoutMs: 20 })).toMatchObject({ timedOut: true, unfinishedCommands: 1 });
    expect(signal.aborted).toBe(true);
    expect(await rejection(a.ack())).toMatchObject({ code: 'COMMAND_STALE' });
    expect(committed() ?? 0).toBe(0);
  });

  test('given a failed command at stop(), then it is released: not committed, not redelivered here', async () => {
    const { northward, write, committed } = await started();
    write('a');
    const [a] = await takeAll(northward, 1);
    const stopping = northward.stop();
    await a.nack(new Error('no'));
    expect(await stopping).toMatchObject({ timedOut: false, unfinishedCommands: 0 });
    expect(committed() ?? 0).toBe(0);
  });

  test('given a reply and a dead letter on their way, then stop() waits for their receipts', async () => {
    const { northward, consumers, producers, write, committed } = await started(
      { deadLetter: { enabled: true, topic: 'dead' } },
      { uplink: { writePointResponse: { enabled: true, topic: 'written' } } },
    );
    producers.hold = true;
    write('a');
    consumers.produce(TOPIC, { value: 'junk' });
    const [a] = await takeAll(northward, 1);
    if (a.kind !== 'write_point') throw new Error(a.kind);
    void a.respond({ status: 'Success', deviceId: 1 });
    void a.ack();
    await until('both handed over', () => producers.handed.length === 2);
    const stopping = northward.stop();
    producers.release();
    expect(await stopping).toMatchObject({ timedOut: false, undelivered: 0 });
    expect(committed()).toBe(2);
  });

  test('given a client that hangs while it leaves the group, then stop() is bounded and says so', async () => {
    const { northward, consumers } = await started();
    consumers.closeHangs = true;
    expect(await northward.stop({ timeoutMs: 50 })).toMatchObject({
      timedOut: true,
      unfinishedCommands: 0,
      unclosed: ['downlink'],
    });
    expect(northward.states.downlink).toBe('disconnected');
  });

  test('given a commit that nobody answers, then stop() is bounded, says what is not committed, and what is still open', async () => {
    const { northward, consumers, write } = await started();
    consumers.holdCommits = true;
    const [a] = (write('a'), await takeAll(northward, 1));
    await a.ack();
    await until('sent', () => consumers.commits.at(-1)?.[0]?.offset === 1);
    expect(await northward.stop({ timeoutMs: 50 })).toMatchObject({
      timedOut: true,
      uncommittedPartitions: 1,
      unclosed: ['downlink'],
    });
  });

  test('given an outage, when stop() is called with a finished command, then nothing is handed to the client, which closes', async () => {
    const { northward, consumers, write } = await started();
    const [a] = (write('a'), await takeAll(northward, 1));
    consumers.silent = true;
    consumers.listener?.onAllBrokersDown();
    await a.ack();
    expect(await northward.stop({ timeoutMs: 50 })).toMatchObject({ uncommittedPartitions: 1, unclosed: [] });
    expect(consumers.commits.flat().map(({ offset }) => offset)).toEqual([0]);
  });

  test('given an outage, when records come from the stock of the client, then the state does not say connected', async () => {
    const { northward, consumers, write } = await started();
    consumers.silent = true;
    const cause = { code: 'BROKER_UNREACHABLE', message: 'gone', brokerId: 1, reached: true } as const;
    consumers.listener?.onCause(cause);
    await until('reconnecting', () => northward.states.downlink === 'reconnecting');
    write('a');
    const [a] = await takeAll(northward, 1);
    expect([idOf(a), northward.states.downlink]).toEqual(['a', 'reconnecting']);
    consumers.silent = false;
    await until('connected', () => northward.states.downlink === 'connected');
  });

  test('given positions that are sent to be committed, then ready() waits for the answer', async () => {
    const { northward, consumers } = made();
    consumers.holdCommits = true;
    await northward.start();
    const error = await rejection(northward.ready({ timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'READY_TIMEOUT' });
    consumers.holdCommits = false;
    consumers.commitErrors = [16];
    consumers.answerCommits();
    await northward.ready();
  });

  test('given stop(), then waiting loops end, and new ones at once', async () => {
    const { northward } = await started();
    const waiting = northward.commands().next();
    await northward.stop();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect((await northward.commands().next()).done).toBe(true);
  });

  test('given no enabled route, then loops end at once and the downlink is disabled', async () => {
    const gateway = made({ writePoint: { enabled: false } });
    await gateway.northward.start();
    await gateway.northward.ready();
    const seen: Command[] = [];
    for await (const command of gateway.northward.commands()) seen.push(command);
    expect(seen).toEqual([]);
    expect(gateway.northward.states.downlink).toBe('disabled');
    expect(gateway.consumers.opened).toBe(0);
  });

  test('given a consumer that cannot be opened, then start() says why and may be called again', async () => {
    const gateway = made();
    gateway.consumers.openFailure = new Error('no CA');
    expect((await rejection(gateway.northward.start())).message).toContain('no CA');
    expect(gateway.northward.state).toBe('failed');
    gateway.consumers.openFailure = null;
    await gateway.northward.start();
    await gateway.northward.ready();
    expect(gateway.producers.opened).toBe(1);
  });

  test('given a producer that fails, then the downlink goes on, and the reverse', async () => {
    const { northward, producers, consumers, write } = await started({}, { retryPolicy: { maxAttempts: 0 } });
    const handled = serve(northward, () => undefined);
    producers.die();
    await until('failed', () => northward.states.uplink === 'failed');
    write('a');
    await until('handled', () => handled.length === 1);
    expect(northward.states.downlink).toBe('connected');
    await northward.stop();
    const gateway = await started({}, { retryPolicy: { maxAttempts: 0 } });
    gateway.consumers.listener?.onFatal('fenced');
    await until('failed', () => gateway.northward.states.downlink === 'failed');
    const receipt = await gateway.northward.publishTelemetry({ deviceId: 1, deviceName: 'd', values: [] });
    expect(receipt.status).toBe('delivered');
    expect(consumers.closed).toBe(1);
  });

  test('§8.13 given a consumer that works between fatal errors, then its attempts are counted again', async () => {
    const { northward, consumers, write, committed } = await started(
      {},
      { retryPolicy: { maxAttempts: 1, initialIntervalMs: 1, maxIntervalMs: 1 } },
    );
    const handled = serve(northward, () => undefined);
    for (let life = 1; life <= 3; life += 1) {
      write(`command-${life}`);
      await until('committed', () => handled.length >= life && committed() === life);
      consumers.listener?.onFatal('test');
      await until('a new client', () => northward.metrics().downlink.reconnects === life);
    }
    write('last');
    await until('it still works', () => handled.includes('last'));
  });

  test('given a producer whose local part fails, then the consumer starts all the same, and start() may be tried again', async () => {
    const { northward, producers, consumers } = made();
    producers.openFailure = new Error('no producer');
    await rejection(northward.start());
    await until('the consumer is up', () => northward.states.downlink === 'connected');
    producers.openFailure = null;
    await northward.start();
    await northward.ready();
    expect([producers.opened, consumers.opened]).toEqual([1, 1]);
  });

  test('given previewDownlink(), then it tells without start() and without a broker', () => {
    const { northward } = made();
    const value = writePoint('a', { value: 7 });
    expect(northward.previewDownlink({ topic: TOPIC, value })).toMatchObject({
      outcome: 'event',
      kind: 'write_point',
      data: { requestId: 'a', value: 7 },
    });
    expect(northward.previewDownlink({ topic: 'other', value })).toEqual({ outcome: 'ignored' });
    expect(northward.previewDownlink({ topic: TOPIC, value: 'x' })).toMatchObject({ outcome: 'error' });
  });

  test('given a listener that throws or calls back, then the downlink is not harmed', async () => {
    const { northward, consumers, write, committed } = await started({
      writePoint: { failurePolicy: 'error' },
    });
    northward.on('decode-error', () => {
      throw new Error('listener');
    });
    northward.on('offset-held', ({ topic, partition, offset }) => {
      northward.releaseHeld(topic, partition, offset);
    });
    consumers.produce(TOPIC, { value: 'x' });
    write('a');
    serve(northward, () => undefined);
    await until('committed', () => committed() === 2);
  });
});
