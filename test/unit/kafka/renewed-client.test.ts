import { describe, expect, it } from 'vitest';
import { ConnectionStatus } from '../../../src/kafka/port/status.js';
import type { ProducerListener, ProducerPort } from '../../../src/kafka/port/ports.js';
import { Supervisor } from '../../../src/kafka/watch/supervisor.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { FaultyProducers } from '../../support/memory-producer.js';

const nothing = (): undefined => undefined;

/** `retryPolicy` makes no client again. */
const NEVER = {
  maxAttempts: 0,
  initialIntervalMs: 1_000,
  maxIntervalMs: 1_000,
  multiplier: 1,
  randomizationFactor: 0,
  maxElapsedTimeMs: null,
};

async function supervised() {
  const clock = new MemoryClock(0);
  const producers = new FaultyProducers({ clock });
  const told: string[] = [];
  const status = new ConnectionStatus(({ state }) => told.push(state));
  const supervisor = new Supervisor<ProducerListener, ProducerPort>(producers, NEVER, clock, status, {
    fatalCode: 'PRODUCER_FATAL',
    listener: (base) => ({
      ...base,
      onReport: nothing,
      onTakes: nothing,
      onReturned: nothing,
      onRetry: nothing,
      onNewEpoch: nothing,
    }),
    onPort: () => told.push('port'),
    onPortDying: () => told.push('dying'),
    onPortGone: () => told.push('gone'),
    onGivenUp: () => told.push('given up'),
    onError: ({ code }) => told.push(code),
    onLog: (_level, _facility, message) => told.push(message),
  });
  await supervisor.start();
  await clock.settle();
  told.length = 0;
  return { clock, producers, told, supervisor };
}

describe('§10 a client that is made again, though nothing is wrong with it', () => {
  it('given no retries are left, then it is made again all the same, with a line in the log and without an error', async () => {
    const { clock, producers, told, supervisor } = await supervised();
    supervisor.renew('it holds too much');
    supervisor.renew('it holds too much');
    await clock.advance(500);
    expect(told.filter((each) => each !== 'connected')).toEqual([
      'The client is made again: it holds too much',
      'dying',
      'reconnecting',
      'gone',
      'port',
    ]);
    expect([producers.opened, producers.closed, supervisor.reconnects]).toEqual([2, 1, 1]);
    await clock.runUntilEnd(supervisor.stop(0), () => false);
  });

  it('given the new one cannot be made, then it is tried again as retryPolicy says', async () => {
    const { clock, producers, told, supervisor } = await supervised();
    producers.openFailure = Object.assign(new Error('no secret'), { code: 'SECRET_UNAVAILABLE' });
    supervisor.renew('it holds too much');
    await clock.advance(500);
    expect(told.slice(-3)).toEqual(['failed', 'RETRIES_EXHAUSTED', 'given up']);
    await clock.runUntilEnd(supervisor.stop(0), () => false);
  });

  it('given stop() meanwhile, then there is no further client', async () => {
    const { clock, producers, told, supervisor } = await supervised();
    supervisor.renew('it holds too much');
    await clock.runUntilEnd(supervisor.stop(0), () => false);
    expect(producers.opened).toBe(1);
    expect(told).not.toContain('port');
  });
});
