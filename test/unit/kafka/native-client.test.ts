import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listen, refuseNul, type NativeProducer } from '../../../src/kafka/client/native-client.js';

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
