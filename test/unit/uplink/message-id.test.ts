import { describe, expect, it } from 'vitest';
import { nativeHeaders } from '../../../src/kafka/client/native-headers.js';
import { headersOf, headerTexts, RecordHeaders } from '../../../src/record/outgoing-record.js';
import { messageIdOf } from '../../../src/store/port.js';
import { allKinds, NOW, sender, telemetry } from './support.js';

const store = { path: '/data' };

/** The headers of a telemetry record, with this `uplink.headers`. */
function headersWith(headers: unknown, others: object = { store }): RecordHeaders {
  const { send } = sender({ ...allKinds({ topic: 't' }), headers, ...others });
  return send('telemetry', telemetry()).slot.headers;
}

const named = (headers: RecordHeaders, messageId?: string) =>
  headersOf({ headers, timestampMs: NOW, messageId });

describe('§10 header message_id', () => {
  it.each([
    ['by its name', ['device_id', 'message_id']],
    ['by its name in the object', { include: ['message_id', 'device_id'] }],
    ['beside others', { include: ['device_id'], messageId: true }],
  ])('given it is asked for %s, then each record has its own value, after the others', (_how, headers) => {
    const shared = headersWith(headers);
    expect(named(shared, 's-1-5')).toStrictEqual([
      ['device_id', '1'],
      ['message_id', 's-1-5'],
    ]);
    expect(named(shared, 's-1-6')).toContainEqual(['message_id', 's-1-6']);
    expect(headerTexts({ headers: shared, timestampMs: NOW, messageId: 'x' })['message_id']).toBe('x');
  });

  it('given a message that no store has taken, then it is empty', () => {
    expect(named(headersWith(['message_id']))).toStrictEqual([['message_id', '']]);
  });

  it.each([true, false, ['ts_ms'], { include: true, messageId: false }])(
    'given %j, then there is none',
    (headers) => {
      const { messageIdAt, list } = headersWith(headers);
      expect(messageIdAt).toBe(-1);
      expect(list.map(([name]) => name)).not.toContain('message_id');
    },
  );

  it('given all headers and message_id, then it stands after the others and before static ones', () => {
    const headers = headersWith({ include: true, messageId: true, static: { site: 'north' } });
    expect(named(headers, 'id').map(([name]) => name)).toEqual([
      'app_id',
      'app_name',
      'plugin_type',
      'event_kind',
      'ts_ms',
      'device_id',
      'device_name',
      'message_id',
      'site',
    ]);
  });

  it('given no store, then nothing can be told, and the header is left out', () => {
    expect(headersWith(['message_id'], {}).list).toEqual([]);
  });

  it('given a static header of that name, then its value stays', () => {
    const headers = headersWith({ include: true, messageId: true, static: { message_id: 'fixed' } });
    expect(headers.messageIdAt).toBe(-1);
    expect(named(headers, 'id')).toContainEqual(['message_id', 'fixed']);
  });

  it('given a preview, then it shows none', () => {
    const { mapper } = sender({ ...allKinds({ topic: 't' }), headers: ['ts_ms', 'message_id'], store });
    expect(mapper.preview({ kind: 'telemetry', ...telemetry() })).toMatchObject({
      headers: { ts_ms: `${NOW}` },
    });
    expect(mapper.preview({ kind: 'telemetry', ...telemetry() })).not.toHaveProperty('headers.message_id');
  });

  it('given the native client, then the one array of the route gets the value of each record', () => {
    const headers = headersWith(['ts_ms', 'message_id']);
    const first = nativeHeaders(headers, 1, 'a');
    expect(first).toEqual([{ ts_ms: '1' }, { message_id: 'a' }]);
    expect(nativeHeaders(headers, 2, 'b')).toBe(first);
    expect(first).toEqual([{ ts_ms: '2' }, { message_id: 'b' }]);
    expect(nativeHeaders(headers, 2)).toEqual([{ ts_ms: '2' }, { message_id: '' }]);
  });
});

describe('§10 headers of what is named before the store is open', () => {
  it('given the headers of a route, then they know how its ids begin, and nothing else is different; all records share them', () => {
    const headers = headersWith({ include: ['ts_ms', 'message_id'], static: { site: 'north' } });
    const early = headers.withIdStart('early-0');
    expect([headers.idStart, early.idStart]).toEqual(['', 'early-0']);
    expect(named(early, 'early-0-5')).toEqual(named(headers, 'early-0-5'));
    expect(headers.withIdStart('early-0')).toBe(early);
    expect(headers.withIdStart('other-0').idStart).toBe('other-0');
    expect(early.replayed.idStart).toBe('early-0');
  });

  it('given the native client, then the value is that of the record', () => {
    const early = headersWith(['message_id']).withIdStart('early-0');
    expect(nativeHeaders(early, 1, 'early-0-5')).toEqual([{ message_id: 'early-0-5' }]);
    expect(nativeHeaders(early, 1, 'early-0-6')).toEqual([{ message_id: 'early-0-6' }]);
  });

  it('given headers without it, then none', () => {
    expect(headersWith(['ts_ms']).idStart).toBe('');
  });

  it('given a record, then its id is that of its store, unless it had one before', () => {
    const headers = headersWith(['message_id']);
    expect(messageIdOf('s', { life: 2, sequence: 5, headers })).toBe('s-2-5');
    const early = headers.withIdStart('early-0');
    expect(messageIdOf('s', { life: 2, sequence: 5, headers: early })).toBe('early-0-5');
  });
});

describe('§10 headers of what is replayed', () => {
  it('given the headers of a route, then the mark comes last, the others stay, and it is made once', () => {
    const headers = headersWith({ include: ['ts_ms', 'message_id'], static: { site: 'north' } });
    const { replayed } = headers;
    expect(named(replayed, 'id')).toStrictEqual([
      ['ts_ms', `${NOW}`],
      ['message_id', 'id'],
      ['site', 'north'],
      ['replayed', 'true'],
    ]);
    expect(headers.replayed).toBe(replayed);
    expect(replayed.replayed).toBe(replayed);
    expect(named(headers)).not.toContainEqual(['replayed', 'true']);
  });

  it('given no headers at all, then the mark alone', () => {
    expect(named(headersWith(false).replayed)).toStrictEqual([['replayed', 'true']]);
  });

  it('given a static header of that name, then the mark takes its place', () => {
    const headers = headersWith({ include: ['ts_ms'], static: { replayed: 'never', site: 'north' } });
    expect(named(headers.replayed)).toStrictEqual([
      ['ts_ms', `${NOW}`],
      ['site', 'north'],
      ['replayed', 'true'],
    ]);
  });

  it.each([
    ['before both', ['x', 'ts_ms', 'message_id'], 1, 2],
    ['between them', ['ts_ms', 'x', 'message_id'], 0, 2],
    ['after both', ['ts_ms', 'message_id', 'x'], 0, 1],
  ])('given a header that is replaced %s, then both keep their values', (_where, names, ts, id) => {
    const headers = new RecordHeaders(
      names.map((name) => [name, '']),
      ts,
      id,
    ).with('x', 'new');
    expect(named(headers, 'id')).toStrictEqual([
      ['ts_ms', `${NOW}`],
      ['message_id', 'id'],
      ['x', 'new'],
    ]);
  });
});
