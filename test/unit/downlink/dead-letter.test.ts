import { describe, expect, it } from 'vitest';
import { deadLetterOf } from '../../../src/downlink/handover/dead-letter.js';
import { DecodeError } from '../../../src/api/errors.js';

const NOW = 1_734_870_900_000;
const ERROR = new DecodeError('BODY_NOT_JSON', 'no JSON');
const RECORD = {
  topic: 't',
  partition: 0,
  offset: 7,
  key: null,
  value: null,
  headers: [],
  timestampMs: 5,
  leaderEpoch: 0,
};

function letter(over: object): { readonly timestampMs: number; readonly changed: unknown } {
  const { timestampMs, headers } = deadLetterOf({ ...RECORD, ...over }, 'dead', ERROR, 0, NOW);
  return { timestampMs, changed: headers.list.find(([name]) => name === 'dl_changed')?.[1] };
}

describe('§6 what a dead letter says of what the client cannot carry', () => {
  it.each([
    [5, 5, undefined],
    [-5, -5, undefined],
    [0, NOW, 'timestamp: was 0, is dl_time'],
    [-1, NOW, 'timestamp: was -1, is dl_time'],
    [undefined, NOW, 'timestamp: was none, is dl_time'],
  ])('given the timestamp %s, then it is %s, and the header says %s', (timestampMs, expected, changed) => {
    expect(letter({ timestampMs })).toEqual({ timestampMs: expected, changed });
  });

  it('given header values that may have been null, and names that were no UTF-8, then they are named', () => {
    const headers = [
      ['a', Buffer.alloc(0)],
      ['b', null],
      ['c\uFFFD', Buffer.from('x')],
      ['d', Buffer.from('x')],
    ];
    expect(letter({ headers }).changed).toBe(
      'header "a": was empty or null, is empty; header "b": was empty or null, is empty; header "c\uFFFD": its name may have been no UTF-8',
    );
  });

  it('given very many of them, then the header stays short', () => {
    const headers = Array.from({ length: 1_000 }, () => ['n'.repeat(1_000), null]);
    expect(String(letter({ headers }).changed).length).toBeLessThanOrEqual(500);
  });
});
