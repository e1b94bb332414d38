/** With a logger and no listener: whatever ends without having been delivered or done leaves a line. */
import { afterEach, describe, expect, test } from 'vitest';
import type { KafkaNorthward } from '../../../src/api/northward.js';
import type { DownlinkCounts } from '../../../src/api/metrics.js';
import type { EventName } from '../../../src/api/events.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { LOSSES, LossLog, type LossName } from '../../../src/observability/loss-log.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { TOPIC, command, serve, takeAll, until, writePoint } from '../../support/downlink-gateway.js';
import { linesOf, type LogLine } from '../../support/log-lines.js';
import type { FaultyConsumers } from '../../support/memory-consumer.js';
import { memoryNorthward, reading, rejection } from '../../support/memory-northward.js';
import type { FaultyProducers } from '../../support/memory-producer.js';

type Json = Record<string, unknown>;

interface Gateway {
  readonly northward: KafkaNorthward;
  readonly consumers: FaultyConsumers;
  readonly producers: FaultyProducers;
}

interface Scenario {
  readonly config?: Json;
  readonly now?: () => number;
  /** Before `start()`. */
  readonly before?: (gateway: Gateway) => unknown;
  readonly run?: (gateway: Gateway) => unknown;
  readonly line: RegExp;
  readonly level?: LogLine['level'];
}

const ROUTE = { enabled: true, topic: TOPIC };
const CONFIG = {
  app: { id: 1 },
  downlink: {
    enabled: true,
    autoOffsetReset: 'earliest',
    writePoint: ROUTE,
    redelivery: { maxAttempts: 1, initialBackoffMs: 1 },
  },
};

const send = ({ consumers }: Gateway, value: string, topic = TOPIC): number =>
  consumers.produce(topic, { value, key: null });
const sendOne = (gateway: Gateway): number => send(gateway, writePoint('a'));
const fails = (): never => {
  throw new Error('the device is busy');
};

/** The host fails on one command. */
const failOnOne = (gateway: Gateway): void => {
  serve(gateway.northward, fails);
  sendOne(gateway);
};

const SCENARIOS: Readonly<Record<LossName, Scenario>> = {
  lost: {
    run: async ({ northward, producers }) => {
      producers.outcomes.set('d', RD.MSG_TIMED_OUT);
      await rejection(northward.publishTelemetry(reading('d')));
    },
    line: /^telemetry: 1 message lost \(DELIVERY_TIMEOUT\): telemetry of device d to topic d: /,
  },
  lostFromStore: {
    config: { uplink: { store: { path: '/store', storeAfterMs: 0 } } },
    run: async ({ northward, producers }) => {
      producers.hold = true;
      producers.outcomes.set('d', RD.MSG_SIZE_TOO_LARGE);
      await northward.publishTelemetry(reading('d'), { until: 'stored' });
      await until('the client has it', () => producers.handed.length === 1);
      producers.release();
    },
    line: /^telemetry \(refused\): 1 stored message lost/,
  },
  maybeLost: {
    config: { uplink: { onFatal: 'fail' } },
    run: async ({ northward, producers }) => {
      producers.hold = true;
      const ended = rejection(northward.publishTelemetry(reading('d')));
      await until('the client has it', () => producers.handed.length === 1);
      producers.die();
      await ended;
    },
    line: /^telemetry: 1 message perhaps lost \(DELIVERY_UNKNOWN\): /,
  },
  uplinkDisabled: {
    config: { uplink: { enabled: false } },
    run: ({ northward }) => northward.publishTelemetry(reading('d')),
    line: /^telemetry: 1 message not sent: uplink.enabled is false$/,
  },
  mappingDisabled: {
    run: ({ northward }) => northward.publishOnline({ deviceId: 1, deviceName: 'd', deviceType: 't' }),
    line: /^device_connected: 1 message not sent: its mapping is not enabled$/,
  },
  answerDisabled: {
    run: async (gateway) => {
      sendOne(gateway);
      const [taken] = await takeAll(gateway.northward, 1);
      if (taken.kind === 'write_point') await taken.respond({ status: 'Success', deviceId: 1 });
    },
    line: /^uplink.writePointResponse: 1 answer not sent: its mapping is not enabled$/,
  },
  answerRefused: {
    config: { uplink: { writePointResponse: { enabled: true, topic: 'written' } } },
    run: async (gateway) => {
      sendOne(gateway);
      const [taken] = await takeAll(gateway.northward, 1);
      void taken.respond({ status: 'Success' } as never);
    },
    line: /^cmd: 1 answer refused \(DEVICE_UNKNOWN\): /,
  },
  ignored: {
    run: (gateway) => send(gateway, command('other')),
    line: /^cmd: 1 record ignored: no route takes it$/,
  },
  undecodable: {
    config: { downlink: { writePoint: { failurePolicy: 'error' } } },
    run: (gateway) => send(gateway, 'no JSON'),
    line: /^cmd: 1 record not decodable \(BODY_NOT_JSON\): partition 0 offset 0: cmd: body: /,
  },
  undecodableDropped: {
    run: (gateway) => send(gateway, 'no JSON'),
    line: /^cmd: 1 record not decodable and dropped \(BODY_NOT_JSON\): partition 0 offset 0: cmd: body: /,
  },
  repeatedRecord: {
    run: async (gateway) => {
      sendOne(gateway);
      await until('it came', () => gateway.northward.metrics().downlink.records === 1);
      const port = gateway.consumers.port;
      port?.assign([{ topic: TOPIC, partition: 0, offset: 0 }]);
    },
    line: /^cmd: 1 record skipped: it was read before$/,
    level: 'info',
  },
  notOwned: {
    run: (gateway) => {
      const port = gateway.consumers.port;
      port?.assign([{ topic: TOPIC, partition: 7, offset: 0 }]);
      gateway.consumers.produce(TOPIC, { value: writePoint('a'), key: null }, 7);
    },
    line: /^cmd: 1 record skipped: the partition is another member’s$/,
    level: 'info',
  },
  expired: {
    config: { downlink: { commandReceived: ROUTE } },
    run: (gateway) => send(gateway, command('late', { timeout_ms: 1 })),
    line: /^cmd, command_received: 1 command expired: it is past its timeout_ms: partition 0 offset 0$/,
  },
  duplicate: {
    config: { downlink: { dedupe: { enabled: true } } },
    run: (gateway) => {
      serve(gateway.northward, () => undefined);
      sendOne(gateway);
      sendOne(gateway);
    },
    line: /^cmd, write_point: 1 command not handed out again: its id was done already: partition 0 offset 1, done at cmd partition 0 offset 0$/,
    level: 'info',
  },
  attemptFailed: {
    run: failOnOne,
    line: /^cmd: 1 attempt failed \(COMMAND_FAILED\): write_point from cmd 0 offset 0, attempt 1: /,
  },
  failedAndSettled: {
    config: { downlink: { writePoint: { ackPolicy: 'always' } } },
    run: failOnOne,
    line: /^cmd: 1 attempt failed and settled all the same \(COMMAND_FAILED\): /,
  },
  dropped: { run: failOnOne, line: /^cmd: 1 command dropped \(COMMAND_FAILED\): / },
  deadLettered: {
    config: { downlink: { deadLetter: { enabled: true } } },
    run: failOnOne,
    line: /^cmd: 1 record sent to the dead letter topic \(COMMAND_FAILED\): partition 0 offset 0: /,
  },
  held: {
    config: { downlink: { writePoint: { failurePolicy: 'error' } } },
    run: failOnOne,
    line: /^cmd: 1 record held \(COMMAND_FAILED\): partition 0 offset 0: /,
  },
  stale: {
    run: async (gateway) => {
      sendOne(gateway);
      await takeAll(gateway.northward, 1);
      gateway.consumers.revoke([{ topic: TOPIC, partition: 0 }]);
    },
    line: /^cmd 0: 1 command taken from the host with its partition: the next owner gets it$/,
  },
  awaited: {
    run: async (gateway) => {
      sendOne(gateway);
      await takeAll(gateway.northward, 1);
      await gateway.northward.stop({ timeoutMs: 1_500 });
    },
    line: /^downlink: 1 command in the hands of the host, for which stop\(\) waits$/,
  },
  unfinished: {
    run: async (gateway) => {
      sendOne(gateway);
      sendOne(gateway);
      await takeAll(gateway.northward, 2);
      await gateway.northward.stop({ timeoutMs: 1 });
    },
    line: /^downlink: 2 commands not finished by the host when stop\(\) ran out of time: it comes again/,
  },
  paused: {
    config: { downlink: { maxQueued: 50_000 } },
    run: (gateway) => {
      for (let n = 0; n <= 10_000; n += 1) sendOne(gateway);
    },
    line: /^cmd 0: 1 partition read no further for now: \d+ unfinished and 0 held behind offset 0$/,
  },
  offsetReset: {
    before: ({ consumers }) => {
      consumers.committed.set(`${TOPIC} 0`, { offset: 1, metadata: '' });
      for (let n = 0; n < 3; n += 1) consumers.produce(TOPIC, { value: writePoint('a'), key: null });
      consumers.truncate({ topic: TOPIC, partition: 0 }, 2);
    },
    line: /^cmd 0: 1 offset reset: reading goes on at 2 instead of 1, because the records in between were removed$/,
  },
};

/** What happens beside, and is logged in a way of its own. */
const OTHERS = {
  failed: {
    run: ({ producers }) =>
      producers.listener?.onCause({ code: 'TLS_FAILED', message: 'no certificate', brokerId: null }),
    before: ({ producers }) => {
      producers.up = false;
    },
    line: /^Uplink is failed$/,
    level: 'error',
  },
  error: {
    run: ({ consumers }) => consumers.failures.push({ code: -1, message: 'odd' }),
    line: /odd \[librdkafka -1\]$/,
  },
  commit: {
    before: ({ consumers }) => consumers.commitErrors.push(27),
    line: /^Committing offsets of cmd 0 failed/,
  },
  rebalance: { line: /^Partitions assigned: cmd 0$/, level: 'info' },
  notStarted: {
    before: ({ northward }) => rejection(northward.publishTelemetry(reading('d'))),
    line: /^telemetry: 1 message lost \(NOT_STARTED\): /,
  },
  stopped: {
    run: async ({ northward }) => {
      await northward.stop();
      await rejection(northward.publishTelemetry(reading('d')));
    },
    line: /^telemetry: 1 message lost \(STOPPED\): /,
  },
  badBatch: {
    run: ({ northward }) => rejection(northward.publishBatch('no list' as never)),
    line: /^batch: 1 message lost \(EVENT_INVALID\): publishBatch\(\): /,
  },
  badKind: {
    run: ({ northward }) => rejection(northward.publish({ kind: { toString: fails } } as never)),
    line: /^event: 1 message lost \(EVENT_INVALID\): /,
  },
} satisfies Record<string, Scenario>;

const ALL: Readonly<Record<string, Scenario>> = { ...SCENARIOS, ...OTHERS };
type Name = LossName | keyof typeof OTHERS;

/** `null`: nothing is lost with it. A new event does not compile without its line. */
const OF_EVENTS: Readonly<Record<EventName, readonly Name[] | null>> = {
  state: ['failed'],
  error: ['error'],
  undelivered: ['lost', 'maybeLost'],
  delivered: null,
  lost: ['lostFromStore'],
  'command-ignored': ['ignored'],
  'decode-error': ['undecodable', 'undecodableDropped'],
  'command-expired': ['expired'],
  'command-duplicate': ['duplicate'],
  'command-unanswerable': null,
  'command-dropped': ['dropped'],
  'dead-letter': ['deadLettered'],
  'offset-held': ['held'],
  'partition-paused': ['paused'],
  'offset-reset': ['offsetReset'],
  committed: null,
  rebalance: ['rebalance'],
};

/** The same for the counters. */
const OF_COUNTERS: Readonly<
  Record<keyof DownlinkCounts | 'sent' | 'fail' | 'skipped', readonly Name[] | null>
> = {
  sent: null,
  fail: ['lost', 'maybeLost'],
  skipped: ['uplinkDisabled', 'mappingDisabled'],
  records: null,
  handedOver: null,
  redelivered: null,
  success: null,
  failedAttempts: ['attemptFailed', 'failedAndSettled'],
  ignored: ['ignored'],
  decodeErrors: ['undecodable', 'undecodableDropped'],
  expired: ['expired'],
  duplicates: ['duplicate'],
  dropped: ['dropped', 'undecodableDropped'],
  deadLettered: ['deadLettered'],
  held: ['held'],
  stale: ['stale'],
  responses: null,
  commits: null,
  commitFailures: ['commit'],
  rebalances: ['rebalance'],
  offsetResets: ['offsetReset'],
};

let northward: KafkaNorthward | undefined;
afterEach(async () => {
  await northward?.stop({ timeoutMs: 50 });
});

function merged(base: Json, over: Json = {}): Json {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const inner = typeof value === 'object' && value !== null;
    result[key] = inner ? merged((base[key] ?? {}) as Json, value as Json) : value;
  }
  return result;
}

describe('given a logger and no listener, then there is one line', () => {
  test.each(Object.keys(ALL))('%s', async (name) => {
    const { config, before, run, line, level = 'warn' } = ALL[name] as Scenario;
    const { lines, logger } = linesOf();
    const gateway = memoryNorthward(merged(CONFIG, config), { logger });
    ({ northward } = gateway);
    await before?.(gateway);
    await northward.start();
    if (before === undefined || name === 'notStarted') await northward.ready();
    await run?.(gateway);
    const found = (): LogLine[] => lines.filter(({ message }) => line.test(message));
    await until(`${name} in the log`, () => found().length > 0, 5_000);
    expect(found().map((each) => each.level)).toEqual([level]);
  });

  test('every event and every counter has its scenario', () => {
    const named = [...Object.values(OF_EVENTS), ...Object.values(OF_COUNTERS)].flatMap((each) => each ?? []);
    for (const name of named) expect(Object.keys(ALL)).toContain(name);
    expect(Object.keys(SCENARIOS).toSorted()).toEqual(Object.keys(LOSSES).toSorted());
  });
});

describe('lines of losses', () => {
  test('given 651 lost messages of one cause, then one line at once and one for the rest of the minute', async () => {
    const clock = new MemoryClock(0);
    const { lines, logger } = linesOf();
    const log = new LossLog(logger, clock);
    const error = await rejection(memoryNorthward().northward.publishTelemetry(reading('d')));
    for (let n = 0; n < 651; n += 1) log.note('lost', 'telemetry', { error: error as never });
    await clock.advance(60_000);
    expect(lines.map(({ message }) => message)).toEqual([
      'telemetry: 1 message lost (NOT_STARTED): publishing needs start() first',
      'telemetry: 650 messages lost in the last minute (NOT_STARTED)',
    ]);
    expect(lines[1]?.fields).toMatchObject({ count: 650, code: 'NOT_STARTED', hint: expect.any(String) });
  });

  test('given what the configuration asks for, then it is a warning once and no warning every minute', async () => {
    const clock = new MemoryClock(0);
    const { lines, logger } = linesOf();
    const log = new LossLog(logger, clock);
    for (let n = 0; n < 3; n += 1) log.note('mappingDisabled', 'alarm');
    await clock.advance(60_000);
    expect(lines).toMatchObject([
      { level: 'warn', message: 'alarm: 1 message not sent: its mapping is not enabled' },
      {
        level: 'info',
        message: 'alarm: 2 messages not sent in the last minute: its mapping is not enabled',
      },
    ]);
  });

  test('given losses that are pending, when stop() is called, then they are told, and nothing is afterwards', async () => {
    const { lines, logger } = linesOf();
    const gateway = memoryNorthward({}, { logger });
    await gateway.northward.start();
    for (let n = 0; n < 5; n += 1) await rejection(gateway.northward.publishTelemetry({} as never));
    await gateway.northward.stop();
    const lost = lines.filter(({ message }) => message.includes('lost'));
    expect(lost.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^telemetry: 1 message lost \(EVENT_INVALID\): /),
      expect.stringMatching(/^telemetry: 4 messages lost in the last \d+ s \(EVENT_INVALID\)$/),
    ]);
    for (let n = 0; n < 5; n += 1) await rejection(gateway.northward.publishTelemetry(reading('d')));
    expect(lines.filter(({ message }) => message.includes('STOPPED'))).toHaveLength(1);
  });

  test('given many partitions, then a line of a rebalance stays short', () => {
    const { lines, logger } = linesOf();
    const partitions = Array.from({ length: 30 }, (_, partition) => ({ topic: 't', partition }));
    new LossLog(logger, new MemoryClock(0)).rebalance({ type: 'lost', partitions });
    expect(lines[0]?.message).toMatch(/^Partitions lost: t 0, t 1, .*, t 19, and 10 more$/);
  });
});
