import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DownlinkRecord } from '../../../src/api/commands.js';
import {
  command,
  makeGateway,
  serve,
  startGateway,
  TOPIC,
  until,
  writePoint,
} from '../../support/downlink-gateway.js';
import { deep, expectTyped, hostile, outcomeOf, runs, throwing, THROWN, watchTheProcess } from './support.js';

watchTheProcess();

const RULES = {
  command_id: 'to_string(id)',
  key: "'k'",
  target_type: 'who',
  params: '{all: @, twice: [@, @]}',
  '__proto__.x': 'a',
};
const mapped = (filter: object): object => ({
  enabled: true,
  topic: TOPIC,
  payload: { mode: 'mapped_json', config: RULES, filter },
});
const ROUTES = {
  commandReceived: mapped({ mode: 'json_pointer', pointer: '/id', equals: '1' }),
  rpcResponseReceived: { enabled: true, topic: TOPIC },
};
const { northward } = makeGateway(ROUTES);

// --- bytes

const BODIES = [
  writePoint('w'),
  command('c', { params: { a: [1, 2.5, null], timeout: 5 } }),
  '{"id":1,"who":"GATEWAY","a":{"b":[1e3,-0.0]}}',
];
const snippet = fc
  .constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\ud800',
    '1e400',
    '-',
    '9'.repeat(400),
    '"__proto__":',
    '"constructor":{"prototype":1},',
    '\uFEFF',
    '\0',
    '['.repeat(130),
    '"id":1,',
    ' ',
  )
  .map((text) => Buffer.from(text));
const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 10 }),
  insert: fc.oneof(
    snippet,
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  ),
});
const mutated = fc.tuple(fc.constantFrom(...BODIES), fc.array(edit, { maxLength: 4 })).map(([body, edits]) =>
  edits.reduce((bytes, { at, remove, insert }) => {
    const index = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, index), insert, bytes.subarray(index + remove)]);
  }, Buffer.from(body)),
);
const body = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  fc.json().map((text) => Buffer.from(text)),
  fc.constant(null),
);

const big = (size: number): string => 'x'.repeat(size);
const LARGE: ReadonlyArray<readonly [string, string, string]> = [
  ['a text of 1 MB', command('c', { params: big(1_000_000) }), 'event'],
  ['a key of 1 MB', command('c', { [big(1_000_000)]: 1 }), 'event'],
  ['a kind of 1 MB', writePoint('w').replace('write_point', big(1_000_000)), 'error'],
  ['a million levels', '['.repeat(1_000_000), 'error'],
  ['127 levels and more in data', command('c', { params: deep(125) }), 'error'],
  ['a number of 1 MB', command('c').replace('"reboot"', '9'.repeat(1_000_000)), 'error'],
  [
    'a fraction of 1 MB',
    command('c', { params: 5 }).replace('"params":5', `"params":0.${'3'.repeat(1_000_000)}`),
    'event',
  ],
  [
    '100,000 exact integers',
    command('c', { params: 5 }).replace(
      '"params":5',
      `"params":[${'12345678901234567890,'.repeat(100_000)}1]`,
    ),
    'event',
  ],
  [
    'a key 100,000 times',
    command('c', { params: 5 }).replace(
      '"params":5',
      `${'"params":12345678901234567890,'.repeat(100_000)}"params":5`,
    ),
    'event',
  ],
  [
    '300,000 surrogate escapes',
    command('c', { params: 'P' }).replace('"P"', `"${'\\ud83d\\ude80'.repeat(80_000)}"`),
    'event',
  ],
  [
    'a timestamp of 1 MB',
    command('c', { timestamp: `2024-01-01T00:00:00.${'1'.repeat(500_000)}${' '.repeat(500_000)}` }),
    'error',
  ],
  ['1 MB of blanks', `${' '.repeat(1_000_000)}${command('c')}`, 'event'],
];

describe('§6.1 whatever stands in a record, it is a command, ignored, or a typed error', () => {
  it('given mutated and random bytes, keys and headers, when previewed, then the same', () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 8 }), { nil: null });
    const headers = fc.array(fc.tuple(fc.constantFrom('kind', '__proto__', 'constructor', ''), bytes), {
      maxLength: 3,
    });
    const counts = { event: 0, ignored: 0, error: 0 };
    fc.assert(
      fc.property(fc.record({ topic: fc.constant(TOPIC), value: body, key: bytes, headers }), (record) => {
        const outcome = northward.previewDownlink(record);
        counts[outcome.outcome] += 1;
        if (outcome.outcome === 'error') expect(expectTyped(outcome.error).topic).toBe(TOPIC);
      }),
      runs(2_000),
    );
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(20);
  });

  it.each(LARGE)('given %s, when previewed, then it is as expected', (_, value, expected) => {
    const both = makeGateway({ commandReceived: { enabled: true, topic: TOPIC } }).northward;
    const outcome = both.previewDownlink({ topic: TOPIC, value, timestampMs: 0 });
    if (outcome.outcome === 'error') expectTyped(outcome.error);
    expect(outcome.outcome).toBe(expected);
  });

  it('given 10,000 headers, when previewed, then the filter finds its one', () => {
    const filter = { mode: 'property', key: 'kind', equals: 'cmd' };
    const gateway = makeGateway({ commandReceived: mapped(filter) }).northward;
    const bomb = Array.from(
      { length: 10_000 },
      (_, i) => [i % 2 === 0 ? '__proto__' : `h${i}`, big(100)] as const,
    );
    const value = '{"id":1,"who":"GATEWAY"}';
    const preview = (headers: DownlinkRecord['headers']): unknown =>
      gateway.previewDownlink({ topic: TOPIC, value, timestampMs: 0, headers: headers ?? [] });
    expect(preview([...bomb, ['kind', 'cmd']])).toMatchObject({ outcome: 'event', data: { commandId: '1' } });
    expect(preview(bomb)).toMatchObject({ outcome: 'error' });
  });

  it('given rules that double what they find, when previewed, then that is a typed error', () => {
    const params = Array.from({ length: 40 }, () => '[@,@]').join('|');
    const payload = { mode: 'mapped_json', config: { ...RULES, params } };
    const gateway = makeGateway({
      commandReceived: { enabled: true, topic: TOPIC, payload },
      writePoint: { enabled: false },
    }).northward;
    const outcome = gateway.previewDownlink({ topic: TOPIC, value: '{"id":1}' });
    expect(outcome.outcome === 'error' && expectTyped(outcome.error).code).toBe('EXPRESSION_FAILED');
  });

  it.each([
    ['four billion gaps', new Array(4_294_967_295)],
    ['no end', new Proxy([], { get: (_, name) => (name === 'length' ? 3e9 : ['a', null]) })],
    ['no list', 'headers'],
  ])('given headers with %s, when previewed, then the answer is typed', (_, headers) => {
    const outcome = northward.previewDownlink({ topic: TOPIC, headers } as never);
    expect(outcome.outcome === 'error' && expectTyped(outcome.error).code).toBe('COMMAND_INVALID');
  });

  it('given anything in the place of a record, when previewed, then the answer is typed', () => {
    fc.assert(
      fc.property(hostile, hostile, (one, two) => {
        for (const record of [
          one(),
          { topic: TOPIC, value: one() },
          { topic: TOPIC, headers: one(), value: two() },
        ]) {
          const outcome = northward.previewDownlink(record as never);
          if (outcome.outcome === 'error') expectTyped(outcome.error);
        }
      }),
      runs(200),
    );
  });
});

describe('§6 the whole way', () => {
  it.each([
    ['without', false],
    ['with', true],
  ])(
    'given hostile records among good ones, %s dead letters, then every good one is done and all is committed',
    async (_, enabled) => {
      const gateway = makeGateway({ ...ROUTES, deadLetter: { enabled } });
      const bad = fc.sample(body, runs(200).numRuns);
      let good = 0;
      for (const value of bad) {
        gateway.consumers.produce(TOPIC, { value, headers: [['__proto__', Buffer.from([0xff])]] });
        gateway.write(`good-${(good += 1)}`);
      }
      await gateway.northward.start();
      const handled = serve(gateway.northward, () => undefined);
      await until('all is committed', () => gateway.committed() === 2 * bad.length);
      expect(new Set(handled.filter((id) => id.startsWith('good-'))).size).toBe(good);
      const errors = gateway.events('decode-error');
      expect(errors.length).toBeGreaterThan(bad.length / 4);
      for (const { error } of errors) expectTyped(error);
      expect(gateway.events('dead-letter')).toHaveLength(enabled ? errors.length : 0);
      await gateway.northward.stop();
    },
  );

  it('given a host that fails in every way, then each command ends, and a good one after them is done', async () => {
    const gateway = await startGateway({
      redelivery: { maxAttempts: 2, initialBackoffMs: 1, maxBackoffMs: 1 },
      deadLetter: { enabled: true },
    });
    for (let i = 0; i < THROWN.length; i += 1) gateway.write(`bad-${i}`);
    const end = gateway.write('good');
    const waits: unknown[] = [NaN, -1, 5n, 'x', null, Symbol('x'), 0, undefined];
    const run = async (): Promise<void> => {
      for await (const each of gateway.northward.commands({ manualAck: true })) {
        const id = 'requestId' in each.data ? each.data.requestId : '';
        const at = Number(id.split('-')[1] ?? -1);
        if (at < 0) await each.ack();
        else
          await each.nack(
            THROWN[at],
            (at % 2 === 0 ? { retryAfterMs: waits[at] } : throwing('retryAfterMs', 1)) as never,
          );
      }
    };
    void run();
    await until('all is committed', () => gateway.committed() === end + 1);
    expect(gateway.events('dead-letter')).toHaveLength(THROWN.length);
    for (const { error } of gateway.events('dead-letter')) expectTyped(error);
    await gateway.northward.stop();
  });

  it('given answers that misbehave, then respond() rejects with a typed error and may be called again', async () => {
    const gateway = await startGateway(
      {},
      { uplink: { writePointResponse: { enabled: true, topic: 'answers' } } },
    );
    gateway.write('w');
    const iterator = gateway.northward.commands({ manualAck: true });
    const { value } = await iterator.next();
    const answers = [
      null,
      5,
      ...THROWN.map((thrown) => throwing('status', thrown)),
      { status: 'Success', deviceId: {} },
      { status: Symbol('x'), deviceId: 1 },
      { status: 'Success', deviceId: 1, appliedValue: { a: 1 } },
    ];
    for (const answer of answers) {
      const outcome = (await outcomeOf(
        (value as { respond(reply: unknown): Promise<unknown> }).respond(answer),
      )) as { error: unknown };
      expectTyped(outcome.error);
    }
    const good = (value as { respond(reply: unknown): Promise<unknown> }).respond({
      status: 'Success',
      deviceId: 1,
    });
    expect(await good).toMatchObject({ status: 'delivered', topic: 'answers' });
    await value?.ack();
    await gateway.northward.stop();
  });

  it('given listeners of the downlink that throw and reject, then commands flow on', async () => {
    const gateway = makeGateway(ROUTES);
    for (const name of ['decode-error', 'command-ignored', 'committed', 'rebalance'] as const) {
      gateway.northward.on(name, () => {
        throw Object.create(null);
      });
      gateway.northward.on(name, () => Promise.reject(new Error('rejected')));
    }
    gateway.consumers.produce(TOPIC, { value: '{' });
    gateway.write('w');
    await gateway.northward.start();
    const handled = serve(gateway.northward, () => undefined);
    await until('the command is committed', () => gateway.committed() === 2);
    expect(handled).toEqual(['w']);
    await gateway.northward.stop();
  });

  it.each([[NaN], [5n], ['x'], [null], [Symbol('x')], [-1]])(
    'given %s for the time-outs, then each call ends as documented',
    async (timeoutMs) => {
      const gateway = await startGateway();
      const options = { timeoutMs } as never;
      const ready = await outcomeOf(gateway.northward.ready(options));
      if ('error' in ready) expectTyped(ready.error);
      expect(await gateway.northward.ping(options)).toMatchObject({ brokers: ['memory:9092'] });
      expect(await gateway.northward.stop(options)).toMatchObject({ unfinishedCommands: 0 });
    },
  );
});
