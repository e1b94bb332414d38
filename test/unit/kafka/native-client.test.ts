import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  listen,
  OpenQuestions,
  refuseNul,
  wakeThreads,
  type NativeProducer,
  type NativeProperties,
} from '../../../src/kafka/client/native-client.js';

describe('properties for the native client', () => {
  it.each([
    [{ 'group.id': 'a\0b' }, 'group.id'],
    [{ 'sasl.password': 'secret\0' }, 'sasl.password'],
    [{ 'odd\0name': true }, 'odd'],
  ])(
    'given one that holds a NUL, where the client would end it, then it is refused by name',
    (properties, name) => {
      const all: Record<string, string | number | boolean> = { acks: -1, ...properties };
      expect(() => {
        refuseNul(all);
      }).toThrow(expect.objectContaining({ code: 'CLIENT_FAILED', message: expect.stringContaining(name) }));
      expect(() => {
        refuseNul(all);
      }).not.toThrow(/secret/);
    },
  );

  it('given none, then they are taken', () => {
    expect(() => {
      refuseNul({ 'group.id': 'a', acks: -1, dr_cb: true });
    }).not.toThrow();
  });
});

describe('§7.4 waking the threads of a client', () => {
  it.each([
    [{ 'sasl.username': 'gateway', 'sasl.password': 'secret' }, ['gateway', 'secret']],
    [{ acks: -1 }, ['', '']],
  ])('given %o, then it is given the same credentials again', (properties: NativeProperties, credentials) => {
    const given: unknown[] = [];
    const client = { setSaslCredentials: (...pair: unknown[]) => given.push(pair) };
    wakeThreads(client as unknown as NativeProducer, properties);
    expect(given).toEqual([credentials]);
  });

  it('given one that is not connected, then nothing happens', () => {
    const client = {
      setSaslCredentials: () => {
        throw new Error('not connected');
      },
    };
    expect(() => {
      wakeThreads(client as unknown as NativeProducer, {});
    }).not.toThrow();
  });
});

describe('questions that a client has not answered', () => {
  it('it is quiet when the last one that was asked has its answer, also where it could not be asked', async () => {
    const open = new OpenQuestions();
    await open.quiet();
    const told: unknown[] = [];
    const tell = (error: unknown, result: string | undefined): void => void told.push(error ?? result);
    let answer: (text: string) => void = () => undefined;
    const asked = open.counted<string>((_ms, done) => {
      answer = (text) => {
        done(null, text);
      };
    });
    // Not asked yet: nothing waits for it.
    await open.quiet();
    asked(1, tell);
    open.counted<string>(() => {
      throw new Error('not asked');
    })(1, tell);
    let isQuiet = false;
    const quiet = open.quiet().then(() => {
      isQuiet = true;
    });
    await new Promise(setImmediate);
    expect(isQuiet).toBe(false);
    answer('answered');
    await quiet;
    expect(told).toEqual([new Error('not asked'), 'answered']);
  });
});

describe('§7 lines of the log of the native client', () => {
  it('given its debug log, then a connection that it gives up by itself is no cause, and one that fails is', () => {
    const client = new EventEmitter();
    const told: string[] = [];
    const nothing = (): void => undefined;
    listen(client as unknown as NativeProducer, {
      onCause: ({ message }) => told.push(message),
      onLog: nothing,
      onFatal: nothing,
      onAllBrokersDown: nothing,
    });
    const line = (severity: number, message: string): unknown =>
      client.emit('event.log', {
        severity,
        fac: 'FAIL',
        message: `[thrd:k:1/bootstrap]: k:1/bootstrap: ${message}`,
      });
    line(7, 'Decommissioning this broker (after 12ms in state UP) (_DESTROY_BROKER)');
    line(6, 'Disconnected: connection closed by peer (after 12ms in state UP)');
    expect(told).toEqual(['k:1/bootstrap: Disconnected: connection closed by peer']);
  });
});
