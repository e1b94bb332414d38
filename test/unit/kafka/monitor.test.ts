import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/api/errors.js';
import { HINTS } from '../../../src/kafka/watch/causes.js';
import { RD } from '../../../src/kafka/port/codes.js';
import type { ConnectionCause } from '../../../src/kafka/port/ports.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { memoryNorthward, reading, rejection, until } from '../../support/memory-northward.js';

const FAST = { initialIntervalMs: 1, maxIntervalMs: 2 };
const DENIED = 'Failed to acquire PID: Broker: Cluster authorization failed';
const stops: Array<() => Promise<unknown>> = [];

function made(): ReturnType<typeof memoryNorthward> & { codes: string[]; states: string[] } {
  const { northward, ...ports } = memoryNorthward({ retryPolicy: FAST });
  stops.push(() => northward.stop({ timeoutMs: 50 }));
  const codes: string[] = [];
  const states: string[] = [];
  northward.on('error', ({ code }) => codes.push(code));
  northward.on('state', ({ state }) => states.push(state));
  return { northward, ...ports, codes, states };
}
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function mismatch(unsure?: true): ConnectionCause {
  const cause = { code: 'PROTOCOL_MISMATCH', message: 'm', brokerId: null, hint: HINTS.noTls } as const;
  return unsure === undefined ? cause : { ...cause, unsure };
}

/** A question whose time is up when the test says so. */
function openQuestion(): { readonly answer: Promise<never>; readonly fail: () => void } {
  let fail: () => void = () => undefined;
  const answer = new Promise<never>((_resolve, reject) => {
    fail = () => {
      reject(new ConnectionError('REQUEST_TIMEOUT', 'No broker answered'));
    };
  });
  return {
    answer,
    fail: () => {
      fail();
    },
  };
}

describe('§7.4 why a connection fails', () => {
  it('given a first connection that breaks off, then the protocol is to blame, with the hint', async () => {
    const { northward, producers } = made();
    producers.up = false;
    await northward.start();
    producers.listener?.onCause(mismatch(true));
    expect(northward.state).toBe('failed');
    const ready = await rejection(northward.ready({ timeoutMs: 1 }));
    expect(ready).toMatchObject({ hint: HINTS.noTls, cause: { code: 'PROTOCOL_MISMATCH' } });
  });

  it('given a connection that was well, when it breaks off, then it is an outage', async () => {
    const { northward, producers, codes, states } = made();
    await northward.start();
    await northward.ready();
    producers.up = false;
    producers.listener?.onCause(mismatch(true));
    await until('reconnecting', () => northward.state === 'reconnecting');
    expect(codes).toEqual(['BROKER_UNREACHABLE']);
    expect(states).not.toContain('failed');
  });

  it('given a connection that was well, when the listener surely speaks another protocol, then that is told', async () => {
    const { northward, producers, codes } = made();
    await northward.start();
    await northward.ready();
    producers.up = false;
    producers.listener?.onCause(mismatch());
    await until('failed', () => northward.state === 'failed');
    expect(codes).toEqual(['PROTOCOL_MISMATCH']);
  });

  it('given a question that has no answer, when a record was delivered meanwhile, then it is no outage', async () => {
    const { northward, producers, states } = made();
    await northward.start();
    await northward.ready();
    const asked = producers.asked;
    const question = openQuestion();
    producers.answer = () => question.answer;
    producers.listener?.onAllBrokersDown();
    await until('it asks', () => producers.asked > asked);
    await northward.publishTelemetry(reading('a'));
    producers.answer = null;
    question.fail();
    await new Promise((resolve) => setImmediate(resolve));
    expect([northward.state, states]).toEqual(['connected', ['connecting', 'connected']]);
  });

  it('given a broker that hangs, when its connection breaks off while it is asked, then that is the reason, at once', async () => {
    const clock = new MemoryClock(0);
    const { northward, producers } = memoryNorthward({}, {}, clock);
    stops.push(() => clock.runUntilEnd(northward.stop({ timeoutMs: 10 }), () => false));
    await northward.start();
    await clock.settle();
    producers.hold = true;
    const question = openQuestion();
    producers.answer = () => question.answer;
    northward.publishTelemetry(reading('a')).catch(() => undefined);
    await clock.advance(7_000);
    expect(northward.state).toBe('connected');
    const cause = { code: 'BROKER_UNREACHABLE', message: 'broke off', brokerId: null } as const;
    producers.listener?.onCause(cause);
    expect(northward.state).toBe('reconnecting');
    question.fail();
    await clock.settle();
    expect(northward.states.uplink).toBe('reconnecting');
  });

  describe('given an address that a broker advertises, known from a bootstrap server alone', () => {
    const refused = {
      code: 'BROKER_UNREACHABLE',
      message: 'k:1/1: refused',
      brokerId: 1,
      address: 'k:1',
    } as const;
    const connected = async (): Promise<ReturnType<typeof made>> => {
      const gateway = made();
      gateway.producers.answeredBy = -1;
      await gateway.northward.start();
      await gateway.northward.ready();
      await gateway.northward.publishTelemetry(reading('a'));
      return gateway;
    };

    it('when it fails and nobody answers, then it is an outage', async () => {
      const { northward, producers, codes } = await connected();
      producers.up = false;
      producers.listener?.onCause(refused);
      await until('told', () => codes.length > 0);
      expect(codes).toEqual(['BROKER_UNREACHABLE']);
      const { cause } = await rejection(northward.ready({ timeoutMs: 1 }));
      expect(cause).toMatchObject({ hint: HINTS.learnt });
    });

    it('when it is the coordinator that fails, and the bootstrap server answers, then its address is to blame', async () => {
      const { producers, codes } = await connected();
      producers.listener?.onCause({ ...refused, brokerId: null, coordinator: true });
      await until('told', () => codes.length > 0);
      expect(codes).toEqual(['ADVERTISED_UNREACHABLE']);
    });

    it('when it breaks off and the bootstrap server answers, then it is an outage', async () => {
      const { northward, producers, codes } = await connected();
      producers.listener?.onCause({ ...refused, reached: true });
      producers.listener?.onCause(refused);
      const { asked } = producers;
      await until('asked', () => producers.asked > asked && northward.state === 'connected');
      expect(new Set(codes)).toEqual(new Set(['BROKER_UNREACHABLE']));
    });

    it('when it fails and the bootstrap server answers, then the address is to blame, and nothing else is told', async () => {
      const { northward, producers, codes } = made();
      producers.answeredBy = -1;
      producers.onOpen = () => producers.listener?.onCause(refused);
      await northward.start();
      await until('told', () => codes.length > 0);
      expect(codes).toEqual(['ADVERTISED_UNREACHABLE']);
    });

    // librdkafka gives up its bootstrap servers as soon as it knows an advertised address.
    it('when it fails, nobody answers, and no broker was ever reached, then the address is to blame, until one is', async () => {
      const { northward, producers, codes } = made();
      producers.up = false;
      producers.onOpen = () => producers.listener?.onCause(refused);
      await northward.start();
      await until('told', () => codes.length > 0);
      expect(new Set(codes)).toEqual(new Set(['ADVERTISED_UNREACHABLE']));
      expect(northward.state).toBe('connecting');
      producers.up = true;
      await northward.publishTelemetry(reading('a'));
      await northward.ready();
    });
  });

  it('given a cause that comes while the client is made, then it is not lost', async () => {
    const { northward, producers, codes } = made();
    producers.up = false;
    producers.onOpen = () => producers.listener?.onCause(mismatch());
    await northward.start();
    expect(codes).toEqual(['PROTOCOL_MISMATCH']);
    expect(northward.state).toBe('failed');
  });

  it('given a client that refuses records, when it says why a moment later, then that is the reason', async () => {
    const { northward, producers, codes } = made();
    await northward.start();
    producers.refusals.set('a', RD.FATAL);
    void northward.publishTelemetry(reading('a')).catch(() => undefined);
    producers.onOpen = () => producers.refusals.clear();
    setImmediate(() => producers.listener?.onFatal(DENIED));
    await until('a second client', () => producers.opened === 2);
    expect(codes).toEqual(['AUTHORIZATION_FAILED']);
  });

  it('given a broker that denies each client after its first answer, then the state stays failed until it is granted', async () => {
    const { northward, producers, codes, states } = made();
    await northward.start();
    await northward.ready();
    producers.hold = true;
    let denials = 0;
    const deny = (): unknown => setTimeout(() => producers.listener?.onFatal(DENIED), 20);
    producers.onOpen = () => {
      denials += 1;
      if (denials < 3) deny();
    };
    deny();
    await until('denied thrice', () => denials === 3);
    const { hint } = (await rejection(northward.ready({ timeoutMs: 1 }))) as { hint: string };
    expect(hint).toBe(HINTS.idempotence);
    await northward.ready();
    expect(states).toEqual(['connecting', 'connected', 'failed', 'connected']);
    expect(new Set(codes)).toEqual(new Set(['AUTHORIZATION_FAILED']));
  });

  it('given a client that gets no answer and does not say why, then a closer look may tell', async () => {
    const { northward, producers, codes } = made();
    let looks = 0;
    Object.assign(producers, {
      whySilent: () => {
        looks += 1;
        return Promise.resolve({ code: 'TOKEN_UNAVAILABLE', message: 'm', brokerId: null });
      },
    });
    producers.up = false;
    await northward.start();
    await until('told', () => codes.includes('TOKEN_UNAVAILABLE'));
    expect([codes, looks, northward.state]).toEqual([['TOKEN_UNAVAILABLE'], 1, 'connecting']);
    producers.up = true;
    await northward.ready();
  });
});
