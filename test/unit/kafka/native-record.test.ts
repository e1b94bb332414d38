import { describe, expect, it } from 'vitest';
import { recordOf } from '../../../src/kafka/client/consumer.js';

const message = (over: object) => recordOf({ topic: 't', partition: 0, offset: 1, value: null, ...over });

/** As the client builds a header: it assigns the property. */
function header(name: string, value: Buffer): Record<string, Buffer> {
  const made: Record<string, Buffer> = {};
  made[name] = value;
  return made;
}

describe('a message of the native client becomes a record', () => {
  it('given null and empty keys and values, then they stay apart', () => {
    const empty = Buffer.alloc(0);
    expect(message({ key: null, value: empty })).toMatchObject({ key: null, value: empty });
    expect(message({ key: empty, value: null })).toMatchObject({ key: empty, value: null });
    expect(message({ value: null })).toMatchObject({ key: null });
  });

  it.each([
    [0, 0],
    [-1, undefined],
    [-5, -5],
    [-62_167_219_200_000, -62_167_219_200_000],
    [undefined, undefined],
  ])('given the timestamp %s, then it is %s', (timestamp, expected) => {
    expect(message({ timestamp }).timestampMs).toBe(expected);
  });

  it('given a header named __proto__ and other odd names, then none is lost and the order holds', () => {
    const names = ['', '__proto__', 'constructor', '0', 'd', 'd', 'ü:'];
    const headers = names.map((name, n) => header(name, Buffer.from(String(n))));
    expect(message({ headers }).headers).toEqual(names.map((name, n) => [name, Buffer.from(String(n))]));
  });
});
