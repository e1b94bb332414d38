/** What a host hands over by mistake: a typed error that names it, from every public method. */
import { describe, expect, test } from 'vitest';
import { NorthwardError } from '../../../src/api/errors.js';
import { makeGateway, startGateway, takeAll, until } from '../../support/downlink-gateway.js';
import { memoryNorthward, rejection } from '../../support/memory-northward.js';

/** The object as a host without types sees it. */
type Loose = {
  readonly [M in 'commands' | 'on' | 'once' | 'off' | 'releaseHeld']?: (...args: unknown[]) => unknown;
};

function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

const throwing = {
  get signal(): never {
    throw new Error('no');
  },
};

describe('arguments that cannot be taken', () => {
  test.each<[what: string, call: (northward: Loose) => unknown, message: string]>([
    [
      'commands(null)',
      (n: Loose) => n.commands?.(null),
      'commands(): options: expected an object, found null',
    ],
    ['commands(5)', (n: Loose) => n.commands?.(5), 'commands(): options: expected an object, found 5'],
    [
      'commands with a signal that is none',
      (n: Loose) => n.commands?.({ signal: {} }),
      'commands(): options.signal: expected an AbortSignal, found',
    ],
    [
      'commands with a wrong manualAck',
      (n: Loose) => n.commands?.({ manualAck: 'yes' }),
      'commands(): options.manualAck: expected true or false, found',
    ],
    [
      'commands with a getter that throws',
      (n: Loose) => n.commands?.(throwing),
      'options.signal: a getter that throws',
    ],
    [
      'on without a listener',
      (n: Loose) => n.on?.('error', undefined),
      'on(): listener: expected a function, found',
    ],
    [
      'once without a listener',
      (n: Loose) => n.once?.('error', {}),
      'once(): listener: expected a function, found',
    ],
    [
      'off without a listener',
      (n: Loose) => n.off?.('error', null),
      'off(): listener: expected a function, found null',
    ],
    [
      'on with a misspelt event',
      (n: Loose) => n.on?.('eror', () => 0),
      'on(): event: expected "error", found',
    ],
    [
      'on with a symbol',
      (n: Loose) => n.on?.(Symbol('x'), () => 0),
      'on(): event: expected one of state, error,',
    ],
    [
      'releaseHeld without a topic',
      (n: Loose) => n.releaseHeld?.(),
      'releaseHeld(): topic: expected a text, found',
    ],
    [
      'releaseHeld with a text',
      (n: Loose) => n.releaseHeld?.('t', '0', 0),
      'releaseHeld(): partition: expected a number',
    ],
    [
      'releaseHeld without an offset',
      (n: Loose) => n.releaseHeld?.('t', 0),
      'releaseHeld(): offset: expected a number',
    ],
  ])('%s', (_, call, message) => {
    const error = thrown(() => call(makeGateway().northward as unknown as Loose));
    expect(error).toBeInstanceOf(NorthwardError);
    expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
  });

  test('what may be left out may be left out', () => {
    const { northward } = makeGateway();
    expect(() => northward.commands({ signal: undefined, manualAck: undefined })).not.toThrow();
    expect(northward.on('error', () => undefined)).toBe(northward);
  });

  const GARBAGE: unknown[] = [
    undefined,
    null,
    5,
    'x',
    Symbol('x'),
    () => 0,
    [],
    Object.create(null),
    new Proxy({}, {}),
  ];
  const METHODS = [
    'ready', 'ping', 'stop', 'start', 'commands', 'on', 'once', 'off', 'releaseHeld', 'publish', 'publishBatch',
    'publishTelemetry', 'publishAttributes', 'publishOnline', 'publishOffline', 'publishAlarm', 'publishRpcResponse',
    'publishWritePointResponse', 'previewUplink', 'previewDownlink', 'metrics', 'health', 'reconfigure', 'losses',
  ]; // prettier-ignore
  test('those are all the methods there are', () => {
    const prototype: unknown = Object.getPrototypeOf(memoryNorthward().northward);
    const own = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    const methods = own.filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function');
    expect(METHODS.toSorted()).toEqual(methods.map(([name]) => name).toSorted());
  });

  test.each(METHODS)(
    '%s with anything at all, then what it throws or rejects with is ours',
    async (method) => {
      for (const garbage of GARBAGE) {
        const { northward } = memoryNorthward();
        const call = (northward as unknown as Record<string, (...args: unknown[]) => unknown>)[method]!;
        const errors: unknown[] = [];
        try {
          await call.call(northward, garbage, garbage, garbage);
        } catch (cause) {
          errors.push(cause);
        }
        for (const error of errors) expect(error).toBeInstanceOf(NorthwardError);
        await northward.stop({ timeoutMs: 1 });
      }
    },
  );
});

describe('§7.1 ready() where a side has given up', () => {
  test('given a side that is spent while the other one waits, then it rejects at once, with the cause', async () => {
    const { northward, consumers, producers } = makeGateway({}, { retryPolicy: { maxAttempts: 0 } });
    producers.up = false;
    await northward.start();
    await until('there is a consumer', () => consumers.listener !== null);
    const waiting = rejection(northward.ready({ timeoutMs: 600_000 }));
    consumers.listener?.onFatal('test');
    expect(await waiting).toMatchObject({ code: 'RETRIES_EXHAUSTED' });
    await northward.stop({ timeoutMs: 1 });
  });

  test('given state failed that is tried again, then it waits, and rejects with the last cause at the end', async () => {
    const { northward, producers } = makeGateway();
    producers.up = false;
    await northward.start();
    producers.listener?.onCause({ code: 'AUTHENTICATION_FAILED', message: 'no', brokerId: null });
    await until('failed', () => northward.states.uplink === 'failed');
    expect(await rejection(northward.ready({ timeoutMs: 20 }))).toMatchObject({
      code: 'READY_TIMEOUT',
      cause: { code: 'AUTHENTICATION_FAILED' },
    });
    const ready = northward.ready({ timeoutMs: 20_000 });
    producers.up = true;
    await ready;
    await northward.stop({ timeoutMs: 1 });
  });
});

describe('§7.1 stop() inside of the loop', () => {
  test('given a stop() that is quick, then nothing is said of it', async () => {
    const said: string[] = [];
    const at = (message: string): void => void said.push(message);
    const logger = { debug: at, info: at, warn: at, error: at };
    const { northward, write } = await startGateway({}, {}, { logger });
    write('a');
    const [taken] = await takeAll(northward, 1);
    const stopping = northward.stop();
    await taken.ack();
    await stopping;
    expect(said.filter((message) => message.includes('stop()'))).toEqual([]);
  });
});
