import { describe, expect, it } from 'vitest';
import { refuseNul } from '../../../src/kafka/client/native-client.js';

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
