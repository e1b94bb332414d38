import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ConfigProblem } from '../../../src/api/errors.js';
import { isInFolder } from '../../../src/config/rules/store.js';
import { problemsOf, warningsOf } from './support.js';

const AT = 'uplink.store';

type Fields = Readonly<Record<string, unknown>>;

const withStore = (store: Fields, uplink: Fields = {}) => ({
  uplink: { store: { path: '/data', ...store }, ...uplink },
});

const problems = (store: Fields, uplink?: Fields) => problemsOf(withStore(store, uplink));
const warnings = (store: Fields, uplink?: Fields) => warningsOf(withStore(store, uplink));

const matching = (words: string): string => expect.stringContaining(words) as string;

function only(found: readonly ConfigProblem[], at: string, words: string): void {
  expect(found).toEqual([expect.objectContaining({ path: at, message: matching(words) })]);
}

test('§10: given a store with its defaults, then there is nothing to say', () => {
  expect(warnings({})).toEqual([]);
});

describe('§10 the path of the store', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each(['  ', '\t', 'a\0b'])('given %j, then it is refused', (given) => {
    expect(problems({ path: given })).toMatchObject([{ path: `${AT}.path` }]);
  });

  test('given a relative one, then it is told where it is', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(path.resolve('/srv/gateway'));
    only(warnings({ path: 'data' }), `${AT}.path`, path.resolve('/srv/gateway/data'));
  });

  test('given a relative one in a working directory that was removed, then it is refused', () => {
    vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), { code: 'ENOENT' });
    });
    only(problems({ path: 'data' }), `${AT}.path`, 'an absolute path');
    expect(warnings({ path: '/data' })).toEqual([]);
  });

  test.each(['~/data', '/data/${NAME}', '/data/$NAME', '/data/%NAME%', '/data/{{app_id}}'])(
    'given %s, then it is told that nothing is filled in',
    (given) => {
      expect(warnings({ path: given })).toContainEqual(
        expect.objectContaining({ path: `${AT}.path`, message: matching('nothing is filled in') }),
      );
    },
  );

  test.each(['/tmp', '/tmp/gateway', '/var/tmp/x', '/dev/shm/x', '/run/gateway', path.join(tmpdir(), 'x')])(
    'given %s, then it is told that it may be gone after a restart',
    (given) => {
      only(warnings({ path: given }), `${AT}.path`, 'after a restart');
    },
  );

  test.each(['/tmpfiles', '/data/tmp', '/runtime', '/var/lib/gateway', '/data/~x', '/data/100%', '/data/$'])(
    'given %s, then there is nothing to say',
    (given) => {
      expect(warnings({ path: given })).toEqual([]);
    },
  );

  test.each([
    ['C:\\Windows\\Temp\\gateway', 'C:\\Windows\\Temp', true],
    ['c:\\windows\\temp', 'C:\\Windows\\Temp', true],
    ['C:\\ProgramData\\gateway', 'C:\\Windows\\Temp', false],
    ['C:\\Windows\\Temperature', 'C:\\Windows\\Temp', false],
    ['D:\\Windows\\Temp\\x', 'C:\\Windows\\Temp', false],
    ['\\\\server\\share\\x', 'C:\\Windows\\Temp', false],
  ])('given %s on Windows, then it is in %s: %s', (given, folder, is) => {
    expect(isInFolder(given, folder, path.win32)).toBe(is);
  });
});

describe('§10 lanes', () => {
  const lanes = (given: Fields) => problems({ lanes: given });

  test.each([
    '',
    ' ',
    'a b',
    'a/b',
    '..',
    'a.parked',
    '1',
    '7up',
    '-a',
    '_a',
    'é',
    'x'.repeat(41),
    '__proto__',
  ])('given the name %j, which is no safe name of a folder, then it is refused', (name) => {
    // Not as a literal, where __proto__ would be another thing.
    const given = JSON.parse(`{${JSON.stringify(name)}: {"kinds": ["alarm"]}}`) as Fields;
    const [problem] = lanes(given);
    expect(problem?.path.startsWith(`${AT}.lanes`)).toBe(true);
    expect(problem?.expected).toContain('a name of letters, digits, - and _');
  });

  test.each(['con', 'NUL', 'Com1', 'lpt9', 'aux', 'prn'])(
    'given the name %s, which Windows keeps for itself, then it is refused',
    (name) => {
      only(lanes({ [name]: { kinds: ['alarm'] } }), `${AT}.lanes.${name}`, 'Windows');
    },
  );

  test.each([
    [{ Critical: { kinds: ['alarm'] } }, 'Critical', 'critical'],
    [{ bulk: { kinds: ['alarm'] }, Bulk: { kinds: ['telemetry'] } }, 'Bulk', 'bulk'],
  ])('given %j, then names that differ by case only are refused', (given, second, first) => {
    only(lanes(given), `${AT}.lanes.${second}`, `differs from ${first} by case only`);
  });

  test.each(['a', 'bulk-2', 'Vibration_fast', 'x'.repeat(40), 'console', 'com10', 'constructor', 'toString'])(
    'given the name %s, then it is taken',
    (name) => {
      expect(warnings({ lanes: { [name]: { kinds: ['telemetry'] } } })).toEqual([]);
    },
  );

  test('given more than 16, then that is too many', () => {
    const named = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`lane${n}`, { kinds: [] }]));
    expect(warnings({ lanes: named(13) }).map(({ message }) => message)).not.toContain(matching('at most'));
    expect(lanes(named(14))).toContainEqual(
      expect.objectContaining({ path: `${AT}.lanes`, message: matching('at most 16') }),
    );
  });

  test('given a kind in two lanes, then the second one is refused', () => {
    only(
      lanes({ fast: { kinds: ['telemetry'] }, slow: { kinds: ['attributes', 'telemetry'] } }),
      `${AT}.lanes.slow.kinds[1]`,
      'telemetry, which lane fast has',
    );
  });

  test('given a kind twice in one lane, then there is nothing to say', () => {
    expect(warnings({ lanes: { fast: { kinds: ['telemetry', 'telemetry'] } } })).toEqual([]);
  });

  test('given a lane without a kind, then it is told that nothing is ever in it', () => {
    only(warnings({ lanes: { bulk: { maxAgeMs: 86_400_000 } } }), `${AT}.lanes.bulk`, 'takes no kind');
    expect(warnings({ lanes: { telemtry: {} } })).toMatchObject([{ suggestion: 'telemetry' }]);
    expect(warnings({ lanes: { bulk: { kinds: ['telemetry'] }, telemetry: {} } })).toEqual([]);
  });

  test.each(['rpc_response', 'write_point_response', 'dead_letter'])(
    'given %s in another lane than critical, then it is told that it may be evicted there',
    (kind) => {
      only(warnings({ lanes: { bulk: { kinds: [kind] } } }), `${AT}.lanes.bulk.kinds[0]`, 'evicted');
      expect(warnings({ lanes: { critical: { kinds: [kind] } } })).toEqual([]);
    },
  );
});

describe('§10 topics over lanes', () => {
  const on = (topic: string, key = '{{device_id}}') => ({ enabled: true, topic, key });

  test('given one topic template in two lanes, then it is told that order per key ends there', () => {
    const uplink = { telemetry: on('plant'), alarm: on('plant'), attributes: on('plant') };
    const found = warnings({}, uplink);
    expect(found.map(({ path: at }) => at)).toEqual(['uplink.attributes.topic', 'uplink.alarm.topic']);
    expect(found[1]!.message).toContain('uplink.telemetry');
    expect(found[1]!.message).toContain('lane critical');
    expect(found[1]!.message).toContain('lane telemetry');
  });

  test.each([
    ['the topics differ by kind', { telemetry: on('p.{{event_kind}}'), alarm: on('p.{{event_kind}}') }, {}],
    ['one is disabled', { telemetry: on('plant'), alarm: { ...on('plant'), enabled: false } }, {}],
    ['one has no key', { telemetry: on('plant', ' '), alarm: on('plant') }, {}],
    ['they are in one lane', { deviceConnected: on('plant'), deviceDisconnected: on('plant') }, {}],
    [
      'a lane of its own takes both',
      { telemetry: on('plant'), alarm: on('plant') },
      { lanes: { all: { kinds: ['telemetry', 'alarm'] } } },
    ],
    ['the topics are others', { telemetry: on('plant'), alarm: on('alarms') }, {}],
  ])('given two kinds, when %s, then there is nothing to say', (_name, uplink, store) => {
    expect(warnings(store, uplink)).toEqual([]);
  });

  test('given a template that does not parse, then that is all that is told', () => {
    expect(problems({}, { telemetry: on('{{'), alarm: on('{{') }).map(({ path: at }) => at)).toEqual([
      'uplink.telemetry.topic',
      'uplink.alarm.topic',
    ]);
  });
});

describe('§10 bounds of the store', () => {
  const timeout = (messageTimeoutMs: number) => ({ producer: { messageTimeoutMs, requestTimeoutMs: 100 } });

  test.each([
    [{ storeAfterMs: 30_000 }, {}, `${AT}.storeAfterMs`],
    [{}, timeout(1000), `${AT}.storeAfterMs`],
    [{ lanes: { state: { storeAfterMs: 40_000 } } }, {}, `${AT}.lanes.state.storeAfterMs`],
  ])(
    'given %j and %j, where promises end before messages are stored, then it is refused',
    (store, uplink, at) => {
      only(problems(store, uplink), at, 'less than uplink.producer.messageTimeoutMs');
    },
  );

  test('given promises without an end, then any storeAfterMs is taken', () => {
    expect(warnings({ storeAfterMs: 2_000_000 }, timeout(0))).toEqual([]);
  });

  test.each([
    [{ storeAfterMs: 29_900 }, {}, `${AT}.storeAfterMs`],
    [{ storeAfterMs: 100, commitIntervalMs: 100 }, timeout(200), `${AT}.storeAfterMs`],
  ])('given %j and %j, where a commit may come too late, then it is told', (store, uplink, at) => {
    only(warnings(store, uplink), at, 'messageTimeoutMs');
  });

  test.each([
    [{ storeAfterMs: 100 }, `${AT}.commitIntervalMs`, 'longer than storeAfterMs'],
    [{ commitIntervalMs: 1001 }, `${AT}.commitIntervalMs`, 'longer than storeAfterMs'],
    [{ storeAfterMs: 0, commitIntervalMs: 1001 }, `${AT}.commitIntervalMs`, 'before it is sent'],
    [{ lanes: { state: { storeAfterMs: 150 } } }, `${AT}.lanes.state.storeAfterMs`, 'commitIntervalMs'],
    [
      { storeAfterMs: 5000, commitIntervalMs: 2000, lanes: { state: { storeAfterMs: 0 } } },
      `${AT}.lanes.state.storeAfterMs`,
      'before it is sent',
    ],
  ])('given %j, where the interval is more than it should be, then it is told', (store, at, words) => {
    only(warnings(store), at, words);
  });

  test.each([
    { storeAfterMs: 0 },
    { storeAfterMs: 200 },
    { storeAfterMs: 0, commitIntervalMs: 1000 },
    { storeAfterMs: 5000, commitIntervalMs: 5000 },
    { lanes: { critical: { storeAfterMs: 20 } } },
  ])('given %j, then there is nothing to say', (store) => {
    expect(warnings(store)).toEqual([]);
  });

  test('given a lane that is larger than the store, then it is refused', () => {
    only(
      problems({ maxBytes: 200_000_000, lanes: { state: { maxBytes: 200_000_001 } } }),
      `${AT}.lanes.state.maxBytes`,
      'at most uplink.store.maxBytes (200000000)',
    );
  });

  test('given a store that does not hold the queue and a segment, then it is told', () => {
    const queue = { queue: { maxBytes: 10_000_000 } };
    only(warnings({ maxBytes: 10_000_000 }, queue), `${AT}.maxBytes`, 'uplink.queue.maxBytes');
    expect(warnings({ maxBytes: 11_000_000 }, queue)).toEqual([]);
    only(warnings({ maxBytes: 68_000_000 }), `${AT}.maxBytes`, 'uplink.queue.maxBytes');
    expect(warnings({ maxBytes: 80_000_000 })).toEqual([]);
  });

  test('given a disk that may be filled to its end, then it is told', () => {
    only(warnings({ minFreeBytes: 0 }), `${AT}.minFreeBytes`, 'other programs');
    expect(warnings({ minFreeBytes: 16_777_216 })).toEqual([]);
  });

  test.each([
    [{ maxAgeMs: 1200, storeAfterMs: 1000 }, `${AT}.maxAgeMs`],
    [{ maxAgeMs: 20 }, `${AT}.maxAgeMs`],
    [{ maxAgeMs: 500 }, `${AT}.maxAgeMs`],
    [{ lanes: { critical: { maxAgeMs: 20 } } }, `${AT}.lanes.critical.maxAgeMs`],
    [{ lanes: { state: { maxAgeMs: 5000, storeAfterMs: 5000 } } }, `${AT}.lanes.state.maxAgeMs`],
  ])('given %j, where messages expire before they are stored, then it is refused', (store, at) => {
    only(problems(store), at, 'more than storeAfterMs and commitIntervalMs');
  });

  test.each([
    [{ maxAgeMs: 59_999 }, `${AT}.maxAgeMs`],
    [{ lanes: { telemetry: { maxAgeMs: 59_999 } } }, `${AT}.lanes.telemetry.maxAgeMs`],
  ])('given %j, less than a minute, then it is asked whether milliseconds are meant', (store, at) => {
    only(warnings(store), at, 'milliseconds');
    expect(warnings({ maxAgeMs: 60_000 })).toEqual([]);
  });
});

describe('§10 the store and other settings', () => {
  test('given onFatal fail, then it is refused', () => {
    only(problems({}, { onFatal: 'fail' }), 'uplink.onFatal', 'resend');
    expect(warningsOf({ uplink: { onFatal: 'fail' } })).toEqual([]);
  });

  test('given acks none, then it is told', () => {
    const producer = { acks: 'none', enableIdempotence: false };
    only(warnings({}, { producer }), 'uplink.producer.acks', 'leaves the store');
    expect(warningsOf({ uplink: { producer } })).toEqual([]);
  });

  test.each([
    [['ts_ms', 'message_id'], 'uplink.headers[1]'],
    [{ include: ['message_id'] }, 'uplink.headers.include[0]'],
    [{ include: true, messageId: true }, 'uplink.headers.messageId'],
  ])('given the headers %j without a store, then it is told that there are no ids', (headers, at) => {
    only(warningsOf({ uplink: { headers } }), at, 'uplink.store');
    expect(warnings({}, { headers })).toEqual([]);
  });

  test('given uplink.dataGap without a store, then it is told that it says nothing', () => {
    only(warningsOf({ uplink: { dataGap: { enabled: true } } }), 'uplink.dataGap', 'uplink.store');
    expect(warnings({}, { dataGap: { enabled: true } })).toEqual([]);
  });

  test('given a store that is wrong by itself, then nothing is said about what it is missing for', () => {
    const uplink = { store: {}, headers: ['message_id'], dataGap: { enabled: true } };
    expect(problemsOf({ uplink }).map(({ path: at }) => at)).toEqual([`${AT}.path`]);
  });
});

describe('§10 templates of uplink.dataGap', () => {
  test.each(['lane', 'kind', 'cause', 'app_id', 'HH'])('given the variable %s, then it is there', (name) => {
    expect(warnings({}, { dataGap: { enabled: true, key: `{{${name}}}` } })).toEqual([]);
  });

  test.each(['device_id', 'device_name', 'request_id'])(
    'given the variable %s, then it is told that it is not',
    (name) => {
      only(
        warnings({}, { dataGap: { enabled: true, topic: `g.{{${name}}}` } }),
        'uplink.dataGap.topic',
        'there is no variable',
      );
    },
  );

  test('given lane in the template of another kind, then it is told that it is not there', () => {
    only(
      warnings({}, { telemetry: { enabled: true, topic: 't', key: '{{lane}}' } }),
      'uplink.telemetry.key',
      'there is no variable',
    );
  });

  test('given a mode that needs points, then it is refused', () => {
    expect(problems({}, { dataGap: { enabled: true, payload: { mode: 'kv' } } })).toMatchObject([
      { path: 'uplink.dataGap.payload.mode', expected: 'one of envelope_json, mapped_json' },
    ]);
  });

  test('given a topic that does not parse, then it is judged where the mapping and the uplink are enabled', () => {
    const dataGap = { enabled: true, topic: '{{' };
    expect(problems({}, { dataGap })).toMatchObject([{ path: 'uplink.dataGap.topic' }]);
    expect(warnings({}, { dataGap, enabled: false })).toEqual([]);
    expect(warnings({}, { dataGap: { ...dataGap, enabled: false } })).toEqual([]);
  });
});

describe('the times of the producer, with a store', () => {
  const found = (producer: Fields) =>
    warnings({ storeAfterMs: 0 }, { producer }).filter(({ path: at }) => at.startsWith('uplink.producer'));

  test('given requestTimeoutMs above messageTimeoutMs, then nothing is told: no message ends by it', () => {
    expect(found({ messageTimeoutMs: 3_000, requestTimeoutMs: 10_000 })).toEqual([]);
  });

  test('given a linger as long as messageTimeoutMs, then it is told that promises end before, and not refused', () => {
    const words = '3000 is not less than messageTimeoutMs (3000): each promise ends as stored';
    only(found({ messageTimeoutMs: 3_000, lingerMs: 3_000 }), 'uplink.producer.lingerMs', words);
  });
});
