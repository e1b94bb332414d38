import { describe, expect, test } from 'vitest';
import { MAX_OPEN } from '../../../src/downlink/group/reader.js';
import {
  TOPIC,
  gatewaysOfTest,
  idOf,
  serve,
  takeAll,
  until,
  writePoint,
} from '../../support/downlink-gateway.js';
import type { FaultyConsumers } from '../../support/memory-consumer.js';

const { started } = gatewaysOfTest();

/** Of each partition that is assigned, whether it is paused. There is one at least, or nothing would be proved. */
function pausedNow({ port }: FaultyConsumers): boolean[] {
  const paused = [...port!.assigned.keys()].map((name) => port!.paused.has(name));
  expect(paused).not.toEqual([]);
  return paused;
}
const allPaused = (consumers: FaultyConsumers): boolean => pausedNow(consumers).every(Boolean);
const nonePaused = (consumers: FaultyConsumers): boolean => !pausedNow(consumers).some(Boolean);

describe('§6 bounds', () => {
  test('given nobody who takes commands, then maxQueued wait, the partitions are paused, and consuming goes on', async () => {
    const { northward, consumers, write } = await started({ maxQueued: 10 });
    for (let n = 0; n < 100; n += 1) write(`c${n}`);
    await until('full', () => northward.metrics().downlink.queue.commands === 10);
    await until('paused', () => allPaused(consumers));
    const before = consumers.consumes;
    await until('consuming goes on', () => consumers.consumes > before + 3);
    expect(northward.metrics().downlink.queue.commands).toBe(10);
    const handled = serve(northward, () => undefined);
    await until('all handled, in order', () => handled.length === 100);
    expect(handled).toEqual(Array.from({ length: 100 }, (_, n) => `c${n}`));
    await until('read again', () => nonePaused(consumers));
  });

  test('given partitions that are paused, then their lag grows with what is written, and is right when they are read again', async () => {
    const { northward, consumers, write } = await started({ maxQueued: 10 });
    const lag = (): number | null | undefined => northward.metrics().downlink.lag[0]?.lag;
    for (let n = 0; n < 20; n += 1) write(`c${n}`);
    await until('paused', () => allPaused(consumers));
    for (let n = 20; n < 500; n += 1) write(`c${n}`);
    await until('the lag is told', () => lag() === 500);
    consumers.up = false;
    write('c500');
    consumers.up = true;
    await until('the lag is told again', () => lag() === 501);
    const handled = serve(northward, () => undefined);
    await until('all handled', () => handled.length === 501);
    await until('no lag', () => lag() === 0);
  });

  test('given half of the room free, then it is read again, and not before', async () => {
    const { northward, consumers, write } = await started({ maxQueued: 10 });
    for (let n = 0; n < 30; n += 1) write(`c${n}`);
    await until('paused', () => allPaused(consumers));
    await takeAll(northward, 4);
    expect(northward.metrics().downlink.queue.commands).toBe(6);
    await takeAll(northward, 1);
    await until('full again', () => northward.metrics().downlink.queue.commands === 10);
  });

  test('given a full queue, when room is made at once, then the partitions are not paused', async () => {
    const { northward, consumers, write } = await started({ maxQueued: 10 });
    let pauses = 0;
    const port = consumers.port!;
    const pause = port.pause.bind(port);
    port.pause = (partitions) => {
      pauses += partitions.length;
      pause(partitions);
    };
    const handled = serve(northward, () => undefined);
    for (let n = 0; n < 200; n += 1) write(`c${n}`);
    await until('all handled', () => handled.length === 200);
    expect(pauses).toBe(0);
  });

  test('given large records, then maxQueuedBytes bounds what waits', async () => {
    const { northward, consumers } = await started({ maxQueuedBytes: 100_000 });
    const body = JSON.stringify({ pad: 'x'.repeat(9_000) });
    const value = `{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"r","point_id":1,"value":1,"timestamp":0}},"pad":${body}}`;
    for (let n = 0; n < 200; n += 1) consumers.produce(TOPIC, { value });
    await until('paused', () => allPaused(consumers));
    const { bytes } = northward.metrics().downlink.queue;
    expect(bytes).toBeGreaterThan(90_000);
    expect(bytes).toBeLessThan(210_000);
  });

  test.each([
    ['from the start', 0],
    ['behind small ones that came one by one', 20],
  ])(
    'given very large records %s, then maxQueuedBytes is passed by a few of them at most',
    async (_, small) => {
      const { northward, consumers } = await started({ maxQueuedBytes: 1_000_000 });
      const settled = (): number => northward.metrics().downlink.records;
      for (let n = 0; n < small; n += 1) {
        consumers.produce(TOPIC, { value: '{"schema_version":1,"event":{"kind":"other"}}' });
        await until('it came', () => settled() === n + 1);
      }
      const pad = 'x'.repeat(100_000);
      const value = writePoint('r', { pad });
      for (let n = 0; n < 300; n += 1) consumers.produce(TOPIC, { value });
      await until('paused', () => allPaused(consumers));
      const { bytes } = northward.metrics().downlink.queue;
      expect(bytes).toBeGreaterThanOrEqual(1_000_000);
      expect(bytes).toBeLessThan(1_500_000);
    },
  );

  test('given records whose headers are what is large, then they count', async () => {
    const { northward, consumers } = await started({ maxQueuedBytes: 100_000 });
    const headers = [['pad', 'x'.repeat(9_000)]] as const;
    for (let n = 0; n < 200; n += 1) consumers.produce(TOPIC, { value: writePoint(`c${n}`), headers });
    await until('paused', () => allPaused(consumers));
    expect(northward.metrics().downlink.queue.commands).toBeLessThan(30);
  });

  test('given undecodable records whose dead letters cannot be sent, then they count as waiting until they are', async () => {
    const { northward, consumers, producers, committed } = await started({
      maxQueued: 10,
      deadLetter: { enabled: true, topic: 'dead' },
    });
    producers.outcomes.set('dead', -192);
    for (let n = 0; n < 100; n += 1) consumers.produce(TOPIC, { value: 'no JSON' });
    await until('paused', () => allPaused(consumers));
    expect(northward.metrics().downlink.decodeErrors).toBeLessThan(30);
    producers.outcomes.clear();
    await until('all are dead letters', () => northward.metrics().downlink.deadLettered === 100);
    await until('committed', () => committed() === 100);
    expect(northward.metrics().downlink.queue).toMatchObject({ commands: 0, bytes: 0 });
  });

  test('given a partition assigned while all are paused, then it is paused as well', async () => {
    const { consumers, write } = await started({ maxQueued: 2 });
    for (let n = 0; n < 5; n += 1) write(`c${n}`);
    await until('paused', () => allPaused(consumers));
    consumers.assign([{ topic: TOPIC, partition: 1 }]);
    await until('both', () => pausedNow(consumers).length === 2 && allPaused(consumers));
  });

  test('given a rebalance while the host is busy with a full queue, then it is answered at once', async () => {
    const { northward, consumers, write } = await started({ maxQueued: 5 });
    for (let n = 0; n < 20; n += 1) write(`c${n}`);
    const [taken] = await takeAll(northward, 1);
    await until('paused', () => allPaused(consumers));
    consumers.revoke([{ topic: TOPIC, partition: 0 }]);
    expect(consumers.port?.assigned.size).toBe(0);
    expect(taken.signal.aborted).toBe(true);
    expect(northward.metrics().downlink.queue).toMatchObject({ commands: 0, bytes: 0, inHand: 0 });
  });

  test('given too many held offsets, then the partition is paused with an event until half of them are free', async () => {
    const { northward, consumers, events } = await started({ writePoint: { failurePolicy: 'error' } });
    for (let n = 0; n < MAX_OPEN + 1_000; n += 1) consumers.produce(TOPIC, { value: 'x' });
    await until('told', () => events('partition-paused').length === 1);
    expect(pausedNow(consumers)).toEqual([true]);
    expect(events('partition-paused')).toMatchObject([
      { topic: TOPIC, partition: 0, mark: 0, unfinished: 0 },
    ]);
    const held = events('offset-held').length;
    expect(held).toBeLessThan(MAX_OPEN + 600);
    for (let offset = 0; offset < held; offset += 1) northward.releaseHeld(TOPIC, 0, offset);
    await until('read on', () => northward.metrics().downlink.decodeErrors === MAX_OPEN + 1_000);
  });

  test('given commands in hand that are never settled, then the partition is paused in the end', async () => {
    const { northward, write, events } = await started({ maxQueued: 30_000 });
    for (let n = 0; n < MAX_OPEN + 2_000; n += 1) write(`c${n}`);
    const commands = northward.commands({ manualAck: true });
    const taken: string[] = [];
    const abort = new AbortController();
    const loop = (async () => {
      for (;;) {
        const { value } = await commands.next();
        if (value === undefined || abort.signal.aborted) return;
        taken.push(idOf(value));
      }
    })();
    await until('paused', () => events('partition-paused').length === 1);
    expect(taken.length).toBeLessThan(MAX_OPEN + 600);
    expect(taken).toEqual(Array.from(taken, (_, n) => `c${n}`));
    abort.abort();
    await northward.stop({ timeoutMs: 50 });
    await loop;
  });
});
