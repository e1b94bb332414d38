/** §7.8: another configuration for an object that runs. */
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, type NorthwardConfig } from '../../../src/index.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { createMemoryNorthward, type MemoryNorthward } from '../../../src/testing/index.js';
import { linesOf } from '../../support/log-lines.js';
import { reading } from '../../support/memory-northward.js';

type Section = Record<string, unknown>;

function configOf(uplink: Section = {}, rest: Section = {}): NorthwardConfig {
  const telemetry = { enabled: true, topic: 'old', key: '{{device_id}}' };
  return {
    app: { id: 7 },
    connection: { bootstrapServers: 'kafka:9092' },
    uplink: { telemetry, ...uplink },
    downlink: { enabled: false },
    ...rest,
  } as NorthwardConfig;
}

const NEW = { telemetry: { enabled: true, topic: 'new', key: '{{device_id}}', payload: { mode: 'kv' } } };
const made: MemoryNorthward[] = [];
afterEach(async () => {
  for (const northward of made.splice(0)) await northward.stop();
});

async function started(config = configOf(), options: Parameters<typeof createMemoryNorthward>[1] = {}) {
  const northward = createMemoryNorthward(config, options);
  made.push(northward);
  await northward.start();
  return northward;
}

function problemsOf(call: () => unknown): ConfigError['problems'] {
  try {
    call();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('it was taken');
}

const textsOf = (northward: MemoryNorthward): string[] =>
  northward.published.map(({ topic, timestampMs }) => `${topic} ${timestampMs % 1_000}`);

describe('§7.8 reconfigure(): mappings', () => {
  it('given another topic and payload, then what is published from now on goes by them, and the changed paths are told', async () => {
    const { lines, logger } = linesOf();
    const northward = await started(configOf(), { logger });
    await northward.publishTelemetry(reading('a', 1));
    const changed = northward.reconfigure(configOf(NEW));
    expect(changed).toEqual(['uplink.telemetry.topic', 'uplink.telemetry.payload.mode']);
    await northward.publishTelemetry(reading('a', 2));
    expect(textsOf(northward)).toEqual(['old 1', 'new 2']);
    expect(northward.published[1]?.body).toEqual({ ts_ms: 1_700_000_000_002, values: { n: 2 } });
    expect(northward.previewUplink({ kind: 'telemetry', ...reading('a') })).toMatchObject({ topic: 'new' });
    expect(lines.map(({ message }) => message)).toContain(
      'Reconfigured: uplink.telemetry.topic, uplink.telemetry.payload.mode',
    );
  });

  it('given messages that wait for a broker, then those accepted before keep their mapping, and each key its order', async () => {
    const northward = await started();
    await northward.setConnected(false);
    northward.holdDelivery();
    const receipts = [1, 2, 3].map((n) => northward.publishTelemetry(reading('a', n)));
    northward.reconfigure(configOf(NEW));
    receipts.push(...[4, 5].map((n) => northward.publishTelemetry(reading('a', n))));
    northward.reconfigure(configOf());
    receipts.push(northward.publishTelemetry(reading('a', 6)));
    await northward.setConnected(true);
    await northward.releaseDelivery();
    const topics = (await Promise.all(receipts)).map((receipt) => 'topic' in receipt && receipt.topic);
    expect(topics).toEqual(['old', 'old', 'old', 'new', 'new', 'old']);
    const old = northward.published.filter(({ topic }) => topic === 'old');
    expect(old.map(({ timestampMs }) => timestampMs % 1_000)).toEqual([1, 2, 3, 6]);
  });

  it('given a batch that is taken in by slices, and calls behind it, then all of these go by the mapping of their call', async () => {
    const northward = await started();
    const events = Array.from(
      { length: 700 },
      (_, n) => ({ kind: 'telemetry', ...reading('a', n) }) as const,
    );
    const batch = northward.publishBatch(events);
    const behind = northward.publishTelemetry(reading('a', 700));
    northward.reconfigure(configOf(NEW));
    const after = northward.publishTelemetry(reading('a', 701));
    await Promise.all([batch, behind, after]);
    const [old, other] = ['old', 'new'].map((topic) =>
      textsOf(northward).filter((text) => text.startsWith(topic)),
    );
    expect(old).toEqual(Array.from({ length: 701 }, (_, n) => `old ${n}`));
    expect(other).toEqual(['new 701']);
  });

  it('given a kind that is switched on and one that is switched off, then both hold at once', async () => {
    const northward = await started();
    const alarm = { enabled: true, topic: 'alarms' };
    northward.reconfigure(configOf({ telemetry: { enabled: false }, alarm }));
    const skipped = await northward.publishTelemetry(reading('a'));
    expect(skipped).toEqual({ status: 'skipped', reason: 'mapping_disabled' });
    const data = {
      deviceId: 1,
      deviceName: 'a',
      alarmType: 'hot',
      severity: 'MAJOR',
      message: 'hot',
    } as const;
    expect(await northward.publishAlarm(data)).toMatchObject({ status: 'delivered', topic: 'alarms' });
  });

  it('given the same configuration written in another way, then nothing changes', async () => {
    const northward = await started();
    expect(northward.reconfigure(configOf({ queue: { maxMessages: 20_000 } }))).toEqual([]);
  });

  it('given messages on disk, then they go out as they were accepted', async () => {
    const store = { path: '/data' };
    const northward = await started(configOf({ store }));
    await northward.setConnected(false);
    const stored = northward.publishTelemetry(reading('a', 1), { until: 'stored' });
    await northward.advanceTime(2_000);
    expect(await stored).toMatchObject({ status: 'stored' });
    northward.reconfigure(configOf({ store, ...NEW }));
    void northward.publishTelemetry(reading('a', 2));
    await northward.setConnected(true);
    await northward.advanceTime(10_000);
    expect(textsOf(northward)).toEqual(['old 1', 'new 2']);
  });

  it('given answers of the downlink, then they go by the mapping of the answer', async () => {
    const rpcResponse = { enabled: true, topic: 'answers' };
    const downlink = { enabled: true, commandReceived: { enabled: true, topic: 'cmd' } };
    const northward = await started(configOf({ rpcResponse }, { downlink }));
    northward.reconfigure(configOf({ rpcResponse: { enabled: true, topic: 'replies' } }, { downlink }));
    await northward.sendCommand({ key: 'reboot' });
    for await (const command of northward.commands()) {
      if (command.kind === 'command_received') await command.respond({ result: 'done' });
      await command.ack();
      break;
    }
    expect(northward.published.map(({ topic }) => topic)).toEqual(['replies']);
  });
});

describe('§7.8 reconfigure(): sizes', () => {
  it('given a larger uplink.queue, then callers that waited enter at once, first come first served', async () => {
    const queue = { maxMessages: 2, whenFull: 'wait', waitMs: 60_000 };
    const northward = await started(configOf({ queue }));
    await northward.setConnected(false);
    const receipts = [1, 2, 3, 4].map((n) => northward.publishTelemetry(reading('a', n)));
    await northward.settle();
    expect(northward.metrics().uplink.queue).toMatchObject({ messages: 2, waitingCallers: 2 });
    northward.reconfigure(configOf({ queue: { ...queue, maxMessages: 10 } }));
    expect(northward.metrics().uplink.queue).toMatchObject({ messages: 4, waitingCallers: 0 });
    await northward.setConnected(true);
    await Promise.all(receipts);
    expect(textsOf(northward)).toEqual(['old 1', 'old 2', 'old 3', 'old 4']);
  });

  it('given a smaller one, then what is in it stays, and nothing enters until there is room', async () => {
    const northward = await started();
    await northward.setConnected(false);
    const receipts = [1, 2, 3].map((n) => northward.publishTelemetry(reading('a', n)));
    northward.reconfigure(configOf({ queue: { maxMessages: 2 } }));
    await expect(northward.publishTelemetry(reading('a', 4))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await northward.setConnected(true);
    await Promise.all(receipts);
    expect((await northward.publishTelemetry(reading('a', 5))).status).toBe('delivered');
    expect(textsOf(northward)).toEqual(['old 1', 'old 2', 'old 3', 'old 5']);
  });

  it('given more bytes, then a larger message is taken', async () => {
    const northward = await started(configOf({ queue: { maxBytes: 1_000 } }));
    const large = { deviceId: 1, deviceName: 'a', values: { text: 'x'.repeat(2_000) } };
    await expect(northward.publishTelemetry(large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    northward.reconfigure(configOf({ queue: { maxBytes: 100_000 } }));
    expect((await northward.publishTelemetry(large)).status).toBe('delivered');
  });

  it('given a larger downlink.maxQueued, then a full queue takes more', async () => {
    const downlink = { enabled: true, maxQueued: 2, writePoint: { enabled: true, topic: 'cmd' } };
    const northward = await started(configOf({}, { downlink }));
    for (let n = 0; n < 10; n += 1) void northward.sendWritePoint({ pointId: 1, value: n });
    await northward.advanceTime(5_000);
    expect(northward.metrics().downlink.queue.commands).toBeLessThan(5);
    northward.reconfigure(configOf({}, { downlink: { ...downlink, maxQueued: 100 } }));
    await northward.advanceTime(5_000);
    expect(northward.metrics().downlink.queue.commands).toBe(10);
    await northward.stop({ timeoutMs: 0 });
  });
});

describe('§7.8 reconfigure(): all or nothing', () => {
  it('given a configuration with problems, then all are told, and the old one goes on', async () => {
    const northward = await started();
    const wrong = configOf({ telemetry: { enabled: true, topic: '{{' }, queue: { maxMessages: 0 } });
    const paths = problemsOf(() => northward.reconfigure(wrong)).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['uplink.telemetry.topic', 'uplink.queue.maxMessages']));
    expect(await northward.publishTelemetry(reading('a'))).toMatchObject({ topic: 'old' });
  });

  it('given other paths that differ, then each is named with what to do instead, no value is shown, and nothing changes', async () => {
    const sasl = { mechanism: 'plain', username: 'a', password: 'first-secret' };
    const connectionOf = (password: string): Section => ({
      connection: {
        bootstrapServers: 'kafka:9092',
        security: { protocol: 'sasl_plaintext', sasl: { ...sasl, password } },
      },
    });
    const store = { path: '/data' };
    const northward = await started(configOf({ store }, connectionOf('first-secret')));
    const other = configOf(
      {
        ...NEW,
        store: { ...store, lanes: { telemetry: { maxAgeMs: 60_000 } } },
        queue: { whenFull: 'wait' },
        producer: { acks: 'one', enableIdempotence: false },
      },
      { ...connectionOf('second-secret'), retryPolicy: { maxAttempts: 3 } },
    );
    const problems = problemsOf(() => northward.reconfigure(other));
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'connection.security.sasl.password',
      'retryPolicy.maxAttempts',
      'uplink.producer.acks',
      'uplink.producer.enableIdempotence',
      'uplink.queue.whenFull',
      'uplink.store.lanes.telemetry.maxAgeMs',
    ]);
    expect(problems[0]?.message).toMatch(/stop\(\) the object and make a new one \(docs\/replacing\.md\)/);
    expect(JSON.stringify(problems)).not.toContain('secret-');
    expect(JSON.stringify(problems)).not.toMatch(/(first|second)-secret/);
    expect(await northward.publishTelemetry(reading('a'))).toMatchObject({ topic: 'old' });
  });

  it('given answers that are switched on where nothing was sent until now, then that is refused: there is no producer', async () => {
    const downlink = { enabled: true, commandReceived: { enabled: true, topic: 'cmd' } };
    const northward = await started(configOf({ enabled: false }, { downlink }));
    const rpcResponse = { enabled: true, topic: 'answers' };
    const problems = problemsOf(() =>
      northward.reconfigure(configOf({ enabled: false, rpcResponse }, { downlink })),
    );
    expect(problems).toMatchObject([{ path: 'uplink.rpcResponse.enabled' }]);
    expect(problems[0]?.message).toContain('needs a producer');
  });

  it('given the options of the beginning, then they hold: app and retryPolicy of the host win over the document', async () => {
    const northward = await started(configOf(), {
      app: { id: 8, name: 'host' },
      retryPolicy: { maxAttempts: 5 },
    });
    expect(northward.reconfigure(configOf(NEW))).toHaveLength(2);
  });

  it('before start() it works, after stop() it is refused', async () => {
    const northward = createMemoryNorthward(configOf());
    northward.reconfigure(configOf(NEW));
    await northward.start();
    expect(await northward.publishTelemetry(reading('a'))).toMatchObject({ topic: 'new' });
    await northward.stop();
    expect(() => northward.reconfigure(configOf())).toThrow(expect.objectContaining({ code: 'STOPPED' }));
  });

  it('given another warning, then warnings has it, and the log', async () => {
    const { lines, logger } = linesOf();
    const northward = await started(configOf(), { logger });
    expect(northward.warnings).toEqual([]);
    northward.reconfigure(configOf({ telemetry: { enabled: false } }));
    expect(northward.warnings).toHaveLength(1);
    expect(lines.filter(({ message }) => message.startsWith('Configuration: '))).toHaveLength(1);
  });
});

describe('§7.8 reconfigure() within reconfigure()', () => {
  it('given a logger that calls it for what the first one ends, then the last call holds in everything', async () => {
    const { lines, logger } = linesOf();
    const disk = createMemoryDisk();
    const route = { enabled: true, topic: 'cmd' };
    const sized = (topic: string, size: number, maxEvents = 4): NorthwardConfig =>
      configOf(
        {
          telemetry: { enabled: true, topic, payload: { mode: 'timeseries_rows', pack: { maxEvents } } },
          queue: { maxMessages: size },
          store: { path: '/data' },
        },
        { downlink: { enabled: true, maxQueued: size, writePoint: route } },
      );
    const warn: typeof logger.warn = (message, fields) => {
      logger.warn(message, fields);
      if (message.includes('STORE_DEGRADED')) northward.reconfigure(sized('third', 3, 3));
    };
    const northward = await started(sized('first', 100), { disk, logger: { ...logger, warn } });
    disk.readOnly(true);
    await northward.setConnected(false);
    void northward.publishTelemetry(reading('a', 0));
    await northward.advanceTime(2_000);
    // It waits for others of this turn, and is refused when its record is closed.
    void northward.publishTelemetry(reading('a', 1), { until: 'stored' }).catch(() => undefined);
    northward.reconfigure(sized('second', 50));
    expect(northward.previewUplink({ kind: 'telemetry', ...reading('a') })).toMatchObject({ topic: 'third' });
    const receipts = [2, 3, 4].map((n) => northward.publishTelemetry(reading('a', n)));
    await expect(receipts[2]).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await northward.setConnected(true);
    await northward.advanceTime(5_000);
    expect(textsOf(northward).map((text) => text.split(' ')[0])).toEqual(['first', 'third']);
    for (let n = 0; n < 10; n += 1) void northward.sendWritePoint({ pointId: 1, value: n });
    await northward.advanceTime(5_000);
    expect(northward.metrics().downlink.queue.commands).toBeLessThan(6);
    const told = lines.filter(({ message }) => message.startsWith('Reconfigured: '));
    expect(told.map(({ message }) => message.includes('maxEvents'))).toEqual([false, true]);
    await northward.stop({ timeoutMs: 0 });
  });
});
