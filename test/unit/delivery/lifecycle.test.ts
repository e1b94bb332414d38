import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionError } from '../../../src/api/errors.js';
import type { StateEvent } from '../../../src/api/events.js';
import { systemClock, type Clock } from '../../../src/core/clock.js';
import { memoryNorthward, reading, rejection, until } from '../../support/memory-northward.js';

const stops: Array<() => Promise<unknown>> = [];
function make(...args: Parameters<typeof memoryNorthward>): ReturnType<typeof memoryNorthward> {
  const made = memoryNorthward(...args);
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  return made;
}
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The machine's clock, and the timers that keep the process alive for it. */
function countedClock() {
  const inner = systemClock();
  const waiting = { now: new Set<object>(), most: 0 };
  const after: Clock['after'] = (ms, callback) => {
    const timer = inner.after(ms, () => {
      waiting.now.delete(timer);
      callback();
    });
    waiting.now.add(timer);
    waiting.most = Math.max(waiting.most, waiting.now.size);
    return {
      cancel: () => {
        waiting.now.delete(timer);
        timer.cancel();
      },
    };
  };
  return { clock: { ...inner, after }, waiting };
}

describe('§7 one object, one life', () => {
  it('concurrent start() calls share one promise and one client', async () => {
    const { northward, producers } = make();
    const first = northward.start();
    expect(northward.start()).toBe(first);
    await first;
    await northward.start();
    expect(producers.opened).toBe(1);
  });

  it('start() resolves while no broker answers; publishing is accepted', async () => {
    const { northward, producers } = make();
    producers.up = false;
    producers.hold = true;
    await northward.start();
    const published = northward.publishTelemetry(reading('a'));
    expect(northward.state).toBe('connecting');
    producers.hold = false;
    producers.up = true;
    await until('handed over', () => producers.handed.length === 1);
    producers.release();
    expect((await published).status).toBe('delivered');
  });

  it('refuses publishing before start() and after stop(), as a rejection', async () => {
    const { northward } = make();
    expect((await rejection(northward.publishTelemetry(reading('a')))).code).toBe('NOT_STARTED');
    expect((await rejection(northward.publishBatch([{ kind: 'telemetry', ...reading('a') }]))).code).toBe(
      'NOT_STARTED',
    );
    expect((await rejection(northward.ready())).code).toBe('NOT_STARTED');
    await northward.start();
    await northward.stop();
    expect((await rejection(northward.publishTelemetry(reading('a')))).code).toBe('STOPPED');
    expect((await rejection(northward.ready())).code).toBe('STOPPED');
    expect((await rejection(northward.ping())).code).toBe('STOPPED');
    expect((await rejection(northward.start())).code).toBe('STOPPED');
    expect(northward.state).toBe('disconnected');
  });

  it('previews before start() and after stop()', async () => {
    const { northward } = make();
    const before = northward.previewUplink({ kind: 'telemetry', ...reading('a') });
    await northward.stop();
    expect(northward.previewUplink({ kind: 'telemetry', ...reading('a') })).toEqual(before);
  });

  it('stop() before start(), twice, and during start() is legal', async () => {
    const never = make();
    expect(await never.northward.stop()).toMatchObject({ flushed: 0, undelivered: 0, timedOut: false });
    const { northward, producers } = make();
    const starting = northward.start();
    const stopping = northward.stop();
    expect(northward.stop()).toBe(stopping);
    await Promise.all([starting, stopping]);
    expect(producers.opened).toBe(producers.closed);
    expect(northward.state).toBe('disconnected');
  });

  it('a start() that fails is typed, ends what was accepted meanwhile, and may be tried again', async () => {
    const { northward, producers } = make();
    producers.openFailure = new ConnectionError('SECRET_UNAVAILABLE', 'variable X is not set');
    const starting = rejection(northward.start());
    const published = rejection(northward.publishTelemetry(reading('a')));
    expect((await starting).code).toBe('SECRET_UNAVAILABLE');
    expect((await published).code).toBe('SECRET_UNAVAILABLE');
    expect(northward.state).toBe('failed');
    producers.openFailure = null;
    await northward.start();
    await northward.ready();
    expect(northward.state).toBe('connected');
  });

  it('works with await using', async () => {
    const { northward, producers } = make();
    await northward.start();
    await northward[Symbol.asyncDispose]();
    expect(producers.closed).toBe(1);
  });

  it('shows nothing of its inside in logs', () => {
    const { northward } = make({
      connection: { security: { protocol: 'sasl_plaintext', sasl: { username: 'u', password: 'geheim' } } },
    });
    expect(inspect(northward, { depth: 20, showHidden: true })).not.toContain('geheim');
    expect(JSON.stringify(northward)).not.toContain('geheim');
  });
});

describe('§7 stop() is graceful', () => {
  it('§8.12 waits for every report, then disconnects', async () => {
    const { northward, producers } = make();
    producers.hold = true;
    await northward.start();
    const all = Array.from({ length: 500 }, (_, n) => northward.publishTelemetry(reading('a', n)));
    await until('handed over', () => producers.handed.length > 0);
    const stopping = northward.stop({ timeoutMs: 60_000 });
    expect(producers.closed).toBe(0);
    producers.hold = false;
    producers.release();
    const report = await stopping;
    expect(report).toMatchObject({ flushed: 500, undelivered: 0, timedOut: false });
    expect(producers.closed).toBe(1);
    expect((await Promise.all(all)).every((receipt) => receipt.status === 'delivered')).toBe(true);
  });

  it('is bounded by its time-out and says what it could not deliver', async () => {
    const { northward, producers } = make({
      uplink: { queue: { maxMessages: 4, whenFull: 'wait', waitMs: 60_000 } },
    });
    producers.hold = true;
    await northward.start();
    const errors = [1, 2, 3, 4, 5].map((n) => rejection(northward.publishTelemetry(reading('a', n))));
    await until('one is out', () => producers.handed.length === 1);
    const undelivered = vi.fn();
    northward.on('undelivered', undelivered);
    const report = await northward.stop({ timeoutMs: 20 });
    expect(report).toMatchObject({ flushed: 0, undelivered: 5, timedOut: true });
    expect((await Promise.all(errors)).map((error) => error.code)).toEqual([
      'DELIVERY_UNKNOWN',
      'STOPPED',
      'STOPPED',
      'STOPPED',
      'STOPPED',
    ]);
    expect(undelivered).toHaveBeenCalledTimes(5);
  });

  it('leaves no timer behind that would keep the process alive', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const { clock, waiting } = countedClock();
    const uplink = { producer: { messageTimeoutMs: 300_000 } };
    const { northward, producers } = make({ uplink }, {}, clock);
    producers.up = false;
    await northward.start();
    const ready = northward.ready({ timeoutMs: 300_000 }).catch(() => undefined);
    await northward.publishTelemetry(reading('a'));
    producers.listener?.onCause({
      code: 'AUTHENTICATION_FAILED',
      message: 'Invalid password',
      brokerId: null,
    });
    await northward.stop({ timeoutMs: 300_000 });
    await ready;
    expect(waiting.most).toBeGreaterThan(0);
    expect(waiting.now.size).toBe(0);
    // Those that are not the clock's. The test runner's own may have ended meanwhile.
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('takes in the whole of a batch that was called before', async () => {
    const { northward } = make();
    await northward.start();
    const batch = northward.publishBatch(
      Array.from({ length: 900 }, (_, n) => ({ kind: 'telemetry' as const, ...reading('a', n) })),
    );
    expect(await northward.stop()).toMatchObject({ flushed: 900 });
    expect((await batch).every((outcome) => outcome.status === 'delivered')).toBe(true);
  });
});

describe('§7 states', () => {
  it('§8.7 is connected only after a broker answered', async () => {
    const { northward, producers } = make();
    const changes: StateEvent[] = [];
    northward.on('state', (change) => changes.push(change));
    producers.up = false;
    expect(northward.states).toEqual({ uplink: 'disconnected', downlink: 'disabled' });
    await northward.start();
    expect(northward.state).toBe('connecting');
    producers.up = true;
    await northward.ready();
    expect(changes.map((change) => change.state)).toEqual(['connecting', 'connected']);
    expect(changes[1]).toMatchObject({ side: 'uplink', previous: 'connecting', overall: 'connected' });
  });

  it('is reconnecting, with the cause, while no broker answers, and connected again after', async () => {
    const { northward, producers } = make();
    await northward.start();
    await northward.ready();
    const errors = vi.fn();
    northward.on('error', errors);
    producers.up = false;
    const cause = { code: 'BROKER_UNREACHABLE' as const, message: 'b:1/1: Connection refused', brokerId: 1 };
    for (let n = 0; n < 5; n += 1) producers.listener?.onCause(cause);
    await until('reconnecting', () => northward.state === 'reconnecting');
    expect(errors).toHaveBeenCalledTimes(1);
    expect(errors.mock.calls[0]?.[0]).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      message: 'b:1/1: Connection refused',
    });
    producers.up = true;
    await northward.ready();
    expect(northward.state).toBe('connected');
  });

  it('stays connected when brokers hang up idle connections and one still answers', async () => {
    const { northward, producers } = make();
    await northward.start();
    await northward.ready();
    const changes = vi.fn();
    northward.on('state', changes);
    producers.listener?.onAllBrokersDown();
    await northward.ping();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(changes).not.toHaveBeenCalled();
  });

  it('is failed when a person is needed, and ready() tells the cause', async () => {
    const { northward, producers } = make();
    producers.up = false;
    await northward.start();
    producers.listener?.onCause({
      code: 'AUTHENTICATION_FAILED',
      message: 'Invalid password',
      brokerId: null,
    });
    const error = await rejection(northward.ready({ timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'READY_TIMEOUT' });
    expect(error.message).toContain('Invalid password');
    expect(northward.state).toBe('failed');
  });

  it('ready() is rejected when stop() begins', async () => {
    const { northward, producers } = make();
    producers.up = false;
    await northward.start();
    const ready = rejection(northward.ready());
    await northward.stop();
    expect((await ready).code).toBe('STOPPED');
  });

  it('given a start() that fails after stop() has ended, then the state stays disconnected', async () => {
    const { northward, producers } = make();
    const states: string[] = [];
    northward.on('state', ({ state }) => states.push(state));
    let fail = (_error: Error): void => undefined;
    producers.open = () =>
      new Promise((_resolve, reject) => {
        fail = reject;
      });
    const started = rejection(northward.start());
    await northward.stop({ timeoutMs: 10 });
    expect(northward.state).toBe('disconnected');
    fail(new ConnectionError('SECRET_UNAVAILABLE', 'the secret could not be read'));
    expect(await started).toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect([northward.state, states]).toEqual(['disconnected', ['connecting', 'disconnected']]);
  });

  it('given stop() in an outage, when the client goes on complaining, then nobody hears it', async () => {
    const lines: string[] = [];
    const log = (message: string): void => void lines.push(message);
    const { northward, producers } = make({}, { logger: { debug: log, info: log, warn: log, error: log } });
    await northward.start();
    await northward.ready();
    const told: unknown[] = [];
    for (const name of ['error', 'state'] as const) northward.on(name, (event: unknown) => told.push(event));
    const { listener } = producers;
    await northward.stop();
    const before = [lines.length, told.length];
    listener?.onLog(3, 'FAIL', 'refused');
    listener?.onCause({ code: 'BROKER_UNREACHABLE', message: 'refused', brokerId: 1 });
    listener?.onAllBrokersDown();
    listener?.onFatal('fenced');
    expect([lines.length, told.length]).toEqual(before);
    expect(northward.state).toBe('disconnected');
  });

  it('tells an advertised address that does not answer from a broker that is down', async () => {
    const { northward, producers } = make();
    await northward.start();
    await northward.ready();
    const errors: Array<{ code: string }> = [];
    northward.on('error', (error) => errors.push(error));
    producers.answeredBy = -1;
    producers.listener?.onAllBrokersDown();
    await until('asked by a bootstrap address', () => producers.asked > 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    producers.listener?.onCause({ code: 'BROKER_UNREACHABLE', message: 'x:1/7: refused', brokerId: 7 });
    await until('it is told', () => errors.length === 1);
    expect(errors[0]?.code).toBe('ADVERTISED_UNREACHABLE');
    await until('reconnecting', () => northward.state === 'reconnecting');
    producers.hold = false;
    await northward.publishTelemetry(reading('a'));
    expect(northward.state).toBe('connected');
  });

  it('an error event that nobody hears, and a logger that throws, do no harm', async () => {
    const logger = {
      debug: () => {
        throw new Error('log');
      },
    };
    const { northward, producers } = make(
      {},
      { logger: { ...logger, info: logger.debug, warn: logger.debug, error: logger.debug } },
    );
    await northward.start();
    producers.listener?.onCause({ code: 'BROKER_UNREACHABLE', message: 'refused', brokerId: 1 });
    producers.listener?.onLog(3, 'FAIL', 'refused');
    expect((await northward.publishTelemetry(reading('a'))).status).toBe('delivered');
  });
});
