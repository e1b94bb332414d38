import { beforeEach, describe, expect, test } from 'vitest';
import {
  TOPIC,
  command,
  gatewaysOfTest,
  idOf,
  serve,
  takeAll,
  until,
  writePoint,
  type Gateway,
} from '../../support/downlink-gateway.js';

const SENT = '2024-12-22T12:35:00Z';
const SENT_MS = Date.parse(SENT);

let nowMs = SENT_MS;
beforeEach(() => {
  nowMs = SENT_MS;
});

const gateways = gatewaysOfTest();
const started = (downlink = {}): Promise<Gateway> => {
  const routes = { commandReceived: { enabled: true, topic: TOPIC }, ...downlink };
  return gateways.started(routes, {}, { now: () => nowMs });
};

describe('§6 expiry', () => {
  test('given a command past timestamp + timeout_ms, then it is told, not handed out, and committed', async () => {
    nowMs = SENT_MS + 1_001;
    const { northward, consumers, committed, events } = await started();
    consumers.produce(TOPIC, { value: command('late', { timeout_ms: 1_000, timestamp: SENT }) });
    consumers.produce(TOPIC, { value: command('timely', { timeout_ms: 2_000, timestamp: SENT }) });
    consumers.produce(TOPIC, { value: command('timeless', { timestamp: SENT }) });
    const handled = serve(northward, () => undefined);
    await until('committed', () => committed() === 3);
    expect(handled).toEqual(['timely', 'timeless']);
    expect(events('command-expired')).toMatchObject([
      { kind: 'command_received', data: { commandId: 'late' }, meta: { offset: 0 } },
    ]);
    expect(northward.metrics().downlink.expired).toBe(1);
  });

  test('given a command whose time runs out in the queue, then it is not handed out either', async () => {
    const { northward, consumers, events, committed } = await started();
    consumers.produce(TOPIC, { value: command('waits', { timeout_ms: 1_000, timestamp: SENT }) });
    await until('it waits', () => northward.metrics().downlink.queue.commands === 1);
    nowMs = SENT_MS + 1_001;
    consumers.produce(TOPIC, { value: command('next', { timestamp: SENT }) });
    const [taken] = await takeAll(northward, 1);
    expect(idOf(taken)).toBe('next');
    await taken.ack();
    await until('committed', () => committed() === 2);
    expect(events('command-expired')).toHaveLength(1);
  });

  test('given thousands of expired ones of one key, then all are settled', async () => {
    const { northward, consumers, committed } = await started({ maxQueued: 30_000 });
    const value = command('c', { timeout_ms: 1_000, timestamp: SENT });
    consumers.produce(TOPIC, { value: command('first', { timestamp: SENT }), key: 'k' });
    for (let n = 0; n < 5_000; n += 1) consumers.produce(TOPIC, { value, key: 'k' });
    const [first] = await takeAll(northward, 1);
    await until('all wait', () => northward.metrics().downlink.queue.commands === 5_000);
    nowMs = SENT_MS + 1_001;
    await first.ack();
    await until('committed', () => committed() === 5_001);
  });

  test('given deliver for commands, or a write point by default, then they are handed out however late', async () => {
    nowMs = SENT_MS + 3_600_000;
    const { northward, consumers } = await started({ expired: { commandReceived: 'deliver' } });
    consumers.produce(TOPIC, { value: command('c', { timeout_ms: 1_000, timestamp: SENT }) });
    consumers.produce(TOPIC, { value: writePoint('w', { timeout_ms: 1_000, timestamp: SENT }) });
    expect((await takeAll(northward, 2)).map(idOf)).toEqual(['c', 'w']);
  });

  test('given drop for write points, then a late one is not handed out', async () => {
    nowMs = SENT_MS + 3_600_000;
    const { consumers, committed, events } = await started({ expired: { writePoint: 'drop' } });
    consumers.produce(TOPIC, { value: writePoint('w', { timeout_ms: 1_000, timestamp: SENT }) });
    await until('committed', () => committed() === 1);
    expect(events('command-expired')).toHaveLength(1);
  });

  test('given the budget of a write point, then its signal aborts so long after the hand-over', async () => {
    const { northward, consumers } = await started();
    consumers.produce(TOPIC, { value: writePoint('w', { timeout_ms: 30 }) });
    consumers.produce(TOPIC, { value: writePoint('free') });
    const [taken, free] = await takeAll(northward, 2);
    expect([taken.signal.aborted, free.signal.aborted]).toEqual([false, false]);
    await until('spent', () => taken.signal.aborted);
    expect(taken.signal.reason).toMatchObject({ code: 'COMMAND_EXPIRED' });
    // The budget is advice: the host may still be done with it.
    await taken.ack();
    expect(free.signal.aborted).toBe(false);
  });
});
