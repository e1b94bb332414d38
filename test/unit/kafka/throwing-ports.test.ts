/** Ports that throw, at every method: it is told, nothing is unhandled, the rest works, stop() resolves. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NorthwardError } from '../../../src/api/errors.js';
import { GuardedClock, own } from '../../../src/core/fault.js';
import { commitAnswer } from '../../../src/kafka/port/codes.js';
import type { ConsumerListener, ConsumerPort } from '../../../src/kafka/port/consumer-port.js';
import { guardedConsumers } from '../../../src/kafka/port/guarded-source.js';
import type { ProducerListener, ProducerPort } from '../../../src/kafka/port/ports.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { TOPIC, makeGateway, serve, until, type Gateway } from '../../support/downlink-gateway.js';
import { linesOf } from '../../support/log-lines.js';
import { reading, rejection } from '../../support/memory-northward.js';

type Method = (...args: unknown[]) => unknown;
type How = 'throws' | 'rejects';

/** Of these methods a rejection is possible as well. A new method does not compile without a line here. */
const CONSUMER = {
  subscribe: false,
  unsubscribe: false,
  consume: true,
  wake: false,
  assign: false,
  unassign: false,
  pause: false,
  resume: false,
  commit: false,
  committed: true,
  bounds: true,
  topicIds: true,
  seek: true,
  ends: true,
  knownBounds: false,
  metadata: true,
  close: true,
} satisfies Record<keyof ConsumerPort, boolean>;

const PRODUCER = { produce: false, metadata: true, close: true } satisfies Record<
  Exclude<keyof ProducerPort, 'creator'>,
  boolean
>;

const LISTENER = {
  onCause: [{ code: 'BROKER_UNREACHABLE', message: 'gone', brokerId: null }],
  onAllBrokersDown: [],
  onFatal: ['dead'],
  onLog: [7, 'TEST', 'line'],
  onReport: [0, 0, 0, 0],
  onTakes: [[]],
  onReturned: [[]],
  onRetry: ['topic'],
  onNewEpoch: [],
  onAssigned: [[]],
  onRevoked: [[], false],
  onCommitAnswer: [commitAnswer(0, 0), []],
} satisfies Record<keyof ConsumerListener | keyof ProducerListener, unknown[]>;

const cases = (methods: Readonly<Record<string, boolean>>): Array<[method: string, how: How]> =>
  Object.entries(methods).flatMap(([method, rejects]) => {
    const ways: How[] = rejects ? ['throws', 'rejects'] : ['throws'];
    return ways.map((how): [string, How] => [method, how]);
  });

/** Breaks a method of a port. @returns how often it was called */
function broken(port: object, method: string, how: How, times: number): { calls: number } {
  const methods = port as Record<string, Method>;
  const original = (methods[method] as Method).bind(port);
  const state = { calls: 0 };
  methods[method] = (...args) => {
    state.calls += 1;
    if (state.calls > times) return original(...args);
    const error = new TypeError(`${method} is broken`);
    if (how === 'rejects') return Promise.reject(error);
    throw error;
  };
  return state;
}

const unhandled: unknown[] = [];
const note = (error: unknown): void => {
  unhandled.push(error);
};
let gateway: Gateway | undefined;

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterEach(async () => {
  await gateway?.northward.stop({ timeoutMs: 100 });
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  expect(unhandled).toEqual([]);
});

interface Broken extends Gateway {
  readonly calls: () => number;
  readonly lines: ReturnType<typeof linesOf>['lines'];
}

/** The first `times` calls of the method fail. */
function brokenGateway(side: 'producers' | 'consumers', method: string, how: How, times: number): Broken {
  const { lines, logger } = linesOf();
  const made = makeGateway({ maxQueued: 1 }, {}, { logger });
  gateway = made;
  const { consumers, producers } = made;
  const source: { open(listener: never): Promise<object> } = made[side];
  const open = source.open.bind(source);
  const states: Array<{ calls: number }> = [];
  source.open = async (listener) => {
    const port = await open(listener);
    states.push(broken(port, method, how, times));
    // Partitions go back only where their positions cannot be found.
    if (method === 'unsubscribe') broken(port, 'bounds', 'rejects', 3);
    return port;
  };
  expect([consumers, producers]).toContain(source);
  return { ...made, lines, calls: () => states.reduce((sum, { calls }) => sum + calls, 0) };
}

/** Told, as an error of ours and in the log. */
function expectTold({ events, lines, calls }: Broken, method: string): void {
  expect(calls()).toBeGreaterThan(0);
  for (const error of events('error')) expect(error).toBeInstanceOf(NorthwardError);
  const about = events('error').filter(({ message }) => message.includes(`${method} is broken`));
  expect(about.length).toBeGreaterThan(0);
  expect(lines.filter(({ message }) => message.includes(`${method} is broken`)).length).toBeGreaterThan(0);
}

/** Questions for a sign of life, for bounds and for ends have a caller that tells in its own way, or asks again. */
const TOLD_BY_CALLER = new Set(['metadata', 'ends']);

const READY = { timeoutMs: 20_000 };

describe('a consumer that fails once', () => {
  test.each(cases(CONSUMER))('%s %s, then everything works', { timeout: 30_000 }, async (method, how) => {
    const made = brokenGateway('consumers', method, how, 1);
    const { northward, consumers, committed, write } = made;
    await northward.start();
    await northward.ready(READY);
    for (const id of ['a', 'b', 'c']) write(id);
    if (method === 'pause' || method === 'resume' || method === 'ends') {
      await until('it is paused', () => (consumers.port?.paused.size ?? 0) > 0);
    }
    const handled = serve(northward, () => undefined);
    await until('committed', () => committed() === 3);
    if (method === 'seek') {
      // The log loses its end: reading goes on there.
      consumers.log({ topic: TOPIC, partition: 0 }).elect(2);
      consumers.port?.wake();
      await until('the mark is at the end', () => committed() === 2);
      write('c');
      await until('committed again', () => committed() === 3);
    }
    northward.metrics();
    consumers.revoke([{ topic: TOPIC, partition: 0 }]);
    consumers.assign([{ topic: TOPIC, partition: 0 }]);
    write('d');
    await until('the next command is done, too', () => committed() === 4);
    expect(new Set(handled)).toEqual(new Set(['a', 'b', 'c', 'd']));
    await northward.publishTelemetry(reading('x'));
    await northward.stop();
    if (!TOLD_BY_CALLER.has(method)) expectTold(made, method);
  });
});

describe('a consumer that always fails', () => {
  const rare = new Set(['resume', 'unsubscribe', 'seek']);
  const sure = cases(CONSUMER).filter(([method]) => !rare.has(method));
  test.each(sure)('%s %s, then the uplink works, and stop() resolves', async (method, how) => {
    const made = brokenGateway('consumers', method, how, Infinity);
    const { northward, consumers, write } = made;
    for (const id of ['a', 'b', 'c']) write(id);
    await northward.start();
    serve(northward, () => undefined);
    consumers.revoke([{ topic: TOPIC, partition: 0 }]);
    expect(await northward.publishTelemetry(reading('x'))).toMatchObject({ status: 'delivered' });
    if (!['pause', 'close', 'ends'].includes(method)) await until('it was called', () => called(made));
    northward.metrics();
    expect(await northward.stop({ timeoutMs: 200 })).toMatchObject({ undelivered: 0 });
    for (const error of made.events('error')) expect(error).toBeInstanceOf(NorthwardError);
  });

  /** `wake()` and the like are called on occasions that do not come here by themselves. */
  function called({ calls, northward }: Broken): boolean {
    northward.metrics();
    return calls() > 0;
  }
});

describe('a producer that fails', () => {
  test.each(cases(PRODUCER))('%s %s once, then everything works', async (method, how) => {
    const made = brokenGateway('producers', method, how, 1);
    const { northward, committed, write } = made;
    await northward.start();
    await northward.ready(READY);
    if (method === 'produce') {
      const failed = await rejection(northward.publishTelemetry(reading('x')));
      expect(failed).toMatchObject({ code: 'DELIVERY_FAILED' });
    }
    expect(await northward.publishTelemetry(reading('x'))).toMatchObject({ status: 'delivered' });
    write('a');
    serve(northward, () => undefined);
    await until('committed', () => committed() === 1);
    await northward.stop();
    if (!TOLD_BY_CALLER.has(method)) expectTold(made, method);
  });

  test.each(cases(PRODUCER))(
    '%s %s always, then the downlink works, and stop() resolves',
    async (method, how) => {
      const made = brokenGateway('producers', method, how, Infinity);
      const { northward, committed, write } = made;
      await northward.start();
      const published = northward.publishTelemetry(reading('x'));
      if (method === 'produce') expect(await rejection(published)).toMatchObject({ code: 'DELIVERY_FAILED' });
      else expect(await published).toMatchObject({ status: 'delivered' });
      write('a');
      serve(northward, () => undefined);
      await until('committed', () => committed() === 1);
      expect(await northward.stop({ timeoutMs: 200 })).toMatchObject({ unfinishedCommands: 0 });
      expect(made.calls()).toBeGreaterThan(0);
    },
  );
});

describe('a source that fails', () => {
  const throwing = (): never => {
    throw new TypeError('it is broken');
  };

  test.each(['producers', 'consumers'] as const)(
    'opening %s, then start() rejects with a typed error',
    async (side) => {
      const { northward, ...made } = makeGateway();
      gateway = { northward, ...made };
      made[side].open = throwing;
      const error = await rejection(northward.start());
      expect(error).toBeInstanceOf(NorthwardError);
      expect(error).toMatchObject({
        code: 'CLIENT_FAILED',
        message: 'Opening of the Kafka client failed: it is broken',
      });
      await northward.stop();
    },
  );

  test.each(['producers', 'consumers'] as const)(
    'opening %s again, then it is told and tried again',
    async (side) => {
      const { northward, ...made } = makeGateway({}, { retryPolicy: { initialIntervalMs: 100 } });
      gateway = { northward, ...made };
      await northward.start();
      await northward.ready(READY);
      const open = made[side].open.bind(made[side]);
      made[side].open = throwing;
      made[side].listener?.onFatal('test');
      await until('told', () => made.events('error').some(({ message }) => message.includes('it is broken')));
      made[side].open = open as never;
      await until('connected again', () => northward.state === 'connected');
    },
  );

  test('asking for changed secrets, then nothing is unhandled, and stop() resolves', async () => {
    const { northward, ...made } = makeGateway({}, { retryPolicy: { initialIntervalMs: 100 } });
    gateway = { northward, ...made };
    let asked = 0;
    made.producers.changed = () => {
      asked += 1;
      return throwing();
    };
    made.producers.up = false;
    await northward.start();
    made.producers.listener?.onCause({ code: 'AUTHENTICATION_FAILED', message: 'no', brokerId: null });
    await until('asked again', () => asked > 1);
    await northward.stop({ timeoutMs: 100 });
  });

  test('looking for the cause of a silence, then it is told', async () => {
    const { northward, ...made } = makeGateway();
    gateway = { northward, ...made };
    (made.producers as { whySilent?: unknown }).whySilent = throwing;
    made.producers.up = false;
    await northward.start();
    await until('told', () => made.events('error').some(({ message }) => message.includes('it is broken')));
  });
});

describe('a handler of ours that throws when the client calls', () => {
  test.each(Object.keys(LISTENER))('%s, then it is told as a fault, and nothing is thrown', async (name) => {
    const told: NorthwardError[] = [];
    const handlers = Object.keys(LISTENER).map((each) => [
      each,
      () => {
        throw new Error(`${each} fails`);
      },
    ]);
    const given: Array<Record<string, Method>> = [];
    const source = {
      open: (listener: unknown) => {
        given.push(listener as Record<string, Method>);
        return Promise.resolve({} as ConsumerPort);
      },
      changed: () => Promise.resolve(false),
    };
    await guardedConsumers(source, (error) => told.push(error)).open(
      Object.fromEntries(handlers) as ConsumerListener,
    );
    given[0]?.[name]?.(...LISTENER[name as keyof typeof LISTENER]);
    expect(told).toMatchObject([
      { code: 'LIBRARY_FAULT', message: `${name} met a fault of this library: ${name} fails` },
    ]);
  });
});

describe('a callback of a timer that throws', () => {
  test.each(['after', 'inBackground', 'soon'] as const)(
    '%s, then it is told, and the next ones run',
    async (way) => {
      const inner = new MemoryClock(0);
      const told: NorthwardError[] = [];
      const ran: number[] = [];
      const clock = new GuardedClock(inner, (error) => told.push(error));
      const callbacks = [1, 2, 3].map((n) => () => {
        ran.push(n);
        if (n === 2) throw new Error('broken');
      });
      for (const callback of callbacks) {
        if (way === 'soon') clock.soon(callback);
        else clock[way](1, callback);
      }
      await inner.advance(1);
      expect(ran).toEqual([1, 2, 3]);
      expect(told).toMatchObject([
        { code: 'LIBRARY_FAULT', message: 'A timer met a fault of this library: broken' },
      ]);
      expect(clock.now()).toBe(inner.now());
    },
  );
});

describe('a promise that nobody waits for', () => {
  test('rejects, then its owner tells', async () => {
    const told: NorthwardError[] = [];
    own(Promise.reject(new Error('broken')), 'A loop', { onError: (error) => void told.push(error) });
    await until('told', () => told.length === 1);
    expect(told).toMatchObject([
      { code: 'LIBRARY_FAULT', message: 'A loop met a fault of this library: broken' },
    ]);
  });
});
