import { describe, expect, test } from 'vitest';
import type { Command, KafkaNorthward, NorthwardConfig } from '../../../src/index.js';
import { createMemoryNorthward, MEMORY_CONFIG, type MemoryNorthward } from '../../../src/testing/index.js';
import { rejection } from '../../support/memory-northward.js';

/** A gateway as consumers write it: its own loop, begun again when it fails. */
function serve(northward: KafkaNorthward, handle: (command: Command) => unknown): Command[] {
  const seen: Command[] = [];
  const run = async (): Promise<void> => {
    for await (const command of northward.commands()) {
      seen.push(command);
      await handle(command);
    }
  };
  const forever = (): void => {
    run().catch(forever);
  };
  forever();
  return seen;
}

async function started(
  downlink: NorthwardConfig['downlink'] = {},
  handle: (command: Command) => unknown = () => undefined,
): Promise<{ northward: MemoryNorthward; seen: Command[] }> {
  const config = { ...MEMORY_CONFIG, downlink: { ...MEMORY_CONFIG.downlink, ...downlink } };
  const northward = createMemoryNorthward(config, { now: () => 1_734_870_900_000 });
  const seen = serve(northward, handle);
  await northward.start();
  await northward.ready();
  return { northward, seen };
}

const fails = (): never => {
  throw new Error('the device is busy');
};

describe('commands that a test sends', () => {
  test('given a write point, when the gateway answers, then ack, response and commit can be seen', async () => {
    const { northward, seen } = await started({}, (command) =>
      command.kind === 'write_point' ? command.respond({ status: 'Success', deviceId: 7 }) : undefined,
    );
    const sent = await northward.sendWritePoint({
      requestId: 'r-1',
      pointId: 5,
      value: 2n ** 60n,
      timeoutMs: 10,
    });
    expect(seen).toMatchObject([
      { kind: 'write_point', data: { requestId: 'r-1', pointId: 5, value: 2n ** 60n, timeoutMs: 10 } },
    ]);
    expect(await sent.handled).toBe('done');
    expect(northward.published).toMatchObject([
      { kind: 'write_point_response', data: { request_id: 'r-1', device_id: 7, status: 'Success' } },
    ]);
    expect(northward.committed).toMatchObject({ 'ng.downlink.write_point': 1 });
    northward.assertDrained();
  });

  test('given a command and an rpc response without ids and times, then they have some', async () => {
    const { northward, seen } = await started();
    await northward.sendCommand({ key: 'reboot', params: { delay: 1 } });
    await northward.sendCommand({ key: 'reboot', deviceName: 'pump-1' });
    await northward.sendRpcResponse({ requestId: 'r-9', result: [1] });
    const timestamp = new Date(1_734_870_900_000);
    expect(seen.map(({ data }) => data)).toEqual([
      { commandId: 'command-1', key: 'reboot', targetType: 'GATEWAY', params: { delay: 1 }, timestamp },
      { commandId: 'command-2', key: 'reboot', targetType: 'SUBDEVICE', deviceName: 'pump-1', timestamp },
      { requestId: 'r-9', targetType: 'GATEWAY', result: [1], timestamp },
    ]);
    northward.assertDrained();
  });

  test('given a handler that fails, then the command comes again when its back-off is over', async () => {
    let failing = true;
    const { northward, seen } = await started({}, () => (failing ? fails() : undefined));
    const { handled } = await northward.sendWritePoint({ pointId: 1, value: 1 });
    expect(seen).toHaveLength(1);
    expect(() => northward.assertDrained()).toThrow('1 record(s) above the committed offset 0');
    failing = false;
    await northward.advanceTime(499);
    expect(seen).toHaveLength(1);
    await northward.advanceTime(1);
    expect(seen.map(({ meta }) => meta.attempt)).toEqual([1, 2]);
    expect(await handled).toBe('done');
  });

  test('given a handler that always fails, then the record is a dead letter that says why', async () => {
    const deadLetter = { enabled: true, topic: 'dead' };
    const { northward } = await started({ deadLetter, redelivery: { maxAttempts: 3 } }, fails);
    const { handled } = await northward.sendCommand({ key: 'x' }, { key: 'k', headers: [['a', 'b']] });
    await northward.advanceTime(10_000);
    expect(await handled).toBe('dead_lettered');
    expect(northward.deadLettered).toMatchObject([
      {
        topic: 'dead',
        key: 'k',
        errorCode: 'COMMAND_FAILED',
        attempts: 3,
        source: { topic: 'ng.downlink.command_received', partition: 0, offset: 0 },
        headers: { a: 'b', dl_attempts: '3' },
      },
    ]);
    expect(northward.published).toEqual([]);
    northward.assertDrained();
  });

  test('given a dead letter that cannot be written, then it is tried again until it is', async () => {
    const { northward } = await started(
      { deadLetter: { enabled: true }, redelivery: { maxAttempts: 1 } },
      fails,
    );
    northward.failNext('DELIVERY_FAILED', { kind: 'dead_letter' });
    await northward.sendCommand({ key: 'x' });
    expect([northward.deadLettered.length, northward.committed['ng.downlink.command_received']]).toEqual([
      0, 0,
    ]);
    await northward.advanceTime(500);
    expect([northward.deadLettered.length, northward.committed['ng.downlink.command_received']]).toEqual([
      1, 1,
    ]);
  });

  test.each([
    ['ignored', { json: { schema_version: 1, event: { kind: 'telemetry' }, payload: { data: {} } } }, {}],
    ['dropped', { value: 'no JSON' }, {}],
    ['held', { value: 'no JSON' }, { failurePolicy: 'error' }],
    ['dead_lettered', { value: 'no JSON' }, { deadLetter: true }],
  ] as const)('given a record that is %s, then handled says so', async (outcome, record, options) => {
    const writePoint = {
      enabled: true,
      topic: 'w',
      ...('failurePolicy' in options ? { failurePolicy: options.failurePolicy } : {}),
    };
    const { northward } = await started({ writePoint, deadLetter: { enabled: 'deadLetter' in options } });
    const { handled } = await northward.deliver('w', record);
    expect(await handled).toBe(outcome);
    if (outcome === 'held') expect(() => northward.assertDrained()).toThrow('1 held offset(s)');
    else northward.assertDrained();
  });

  test('given a command past its time, then handled says expired', async () => {
    const { northward, seen } = await started();
    const { handled } = await northward.sendCommand({
      key: 'x',
      timeoutMs: 10,
      timestamp: new Date(northward.now - 11),
    });
    expect(await handled).toBe('expired');
    expect(seen).toEqual([]);
  });

  test('given a budget, when time goes on, then the signal of the write point aborts', async () => {
    const { northward, seen } = await started({}, () => new Promise(() => undefined));
    await northward.sendWritePoint({ pointId: 1, value: 1, timeoutMs: 100 });
    const signal = seen[0]?.signal;
    await northward.advanceTime(99);
    expect(signal?.aborted).toBe(false);
    await northward.advanceTime(1);
    expect(signal?.reason).toMatchObject({ code: 'COMMAND_EXPIRED' });
  });

  test('given no broker, when the platform sends, then the command comes after the reconnect', async () => {
    const { northward, seen } = await started();
    await northward.setConnected(false);
    const { handled } = await northward.sendCommand({ key: 'x' });
    expect(seen).toEqual([]);
    await northward.setConnected(true);
    expect(await handled).toBe('done');
    northward.assertDrained();
  });

  test('given a response that cannot be delivered, then the command comes again', async () => {
    const { northward, seen } = await started({}, (command) =>
      command.kind === 'command_received' ? command.respond({ result: 1 }) : undefined,
    );
    northward.failNext('DELIVERY_FAILED', { kind: 'rpc_response' });
    await northward.sendCommand({ key: 'x' });
    await northward.advanceTime(500);
    expect(seen).toHaveLength(2);
    expect(northward.published).toHaveLength(1);
    northward.assertDrained();
  });
});

describe('dedupe and order', () => {
  test('given de-duplication, when a command is sent twice, then handled says duplicate', async () => {
    const { northward, seen } = await started({ dedupe: { enabled: true } });
    const sent = [];
    for (const key of ['x', 'x']) sent.push(await northward.sendCommand({ commandId: 'c', key }));
    expect(await Promise.all(sent.map(({ handled }) => handled))).toEqual(['done', 'duplicate']);
    expect(seen).toHaveLength(1);
    northward.assertDrained();
  });

  test('given two commands of one key, when the first is in hand, then the second waits, and both are told', async () => {
    let finish = (): void => undefined;
    const { northward, seen } = await started({}, () => new Promise<void>((resolve) => (finish = resolve)));
    for (const key of ['x', 'y']) await northward.sendCommand({ key }, { key: 'k' });
    expect(seen).toHaveLength(1);
    expect(() => northward.assertDrained()).toThrow(
      [
        'Not drained:',
        "  1 command(s) in the gateway's hands, neither done nor given back",
        '  1 command(s) waiting: for a loop, for one of the same key, or for the next attempt',
        '  ng.downlink.command_received: 2 record(s) above the committed offset 0',
      ].join('\n'),
    );
    finish();
    await northward.settle();
    expect(seen).toHaveLength(2);
  });
});

describe('what the double complains about', () => {
  const mapped = {
    enabled: true,
    topic: 'plant.cmd',
    payload: {
      mode: 'mapped_json',
      config: {
        command_id: 'id',
        key: 'op',
        target_type: "'GATEWAY'",
      },
    },
  } as const;

  test('given a mapped_json route, then sendCommand() names the way, and deliver() goes it', async () => {
    const { northward, seen } = await started({ commandReceived: mapped });
    expect(await rejection(northward.sendCommand({ key: 'x' }))).toMatchObject({
      name: 'TestDoubleError',
      code: 'ROUTE_MAPPED',
      message: expect.stringContaining("deliver('plant.cmd', { json: … })"),
    });
    await northward.deliver('plant.cmd', { json: { id: 'c-1', op: 'reboot' } });
    expect(seen).toMatchObject([{ data: { commandId: 'c-1', key: 'reboot' } }]);
  });

  test('given a route that is off, then sending there says which switch', async () => {
    const { northward } = await started({ writePoint: { enabled: false } });
    expect(await rejection(northward.sendWritePoint({ pointId: 1, value: 1 }))).toMatchObject({
      code: 'ROUTE_OFF',
      message: expect.stringContaining('downlink.writePoint.enabled'),
    });
  });

  test('given a topic that no route reads, then the error names those that are read', async () => {
    const { northward } = await started();
    expect(await rejection(northward.deliver('elsewhere', { value: 'x' }))).toMatchObject({
      code: 'TOPIC_UNREAD',
      message: expect.stringContaining('ng.downlink.write_point'),
    });
  });

  test('given autoOffsetReset, when a test sends before start(), then latest is an error and earliest is read', async () => {
    const northward = createMemoryNorthward();
    expect(await rejection(northward.sendCommand({ key: 'x' }))).toMatchObject({ code: 'RECORD_SKIPPED' });
    const downlink = { ...MEMORY_CONFIG.downlink, autoOffsetReset: 'earliest' as const };
    const early = createMemoryNorthward({ ...MEMORY_CONFIG, downlink });
    const seen = serve(early, () => undefined);
    await early.sendCommand({ key: 'x' });
    await early.start();
    await early.settle();
    expect(seen).toHaveLength(1);
  });

  test('given a stopped gateway, then sending is an error, and what it left undone is told', async () => {
    const { northward } = await started({}, () => new Promise(() => undefined));
    await northward.sendCommand({ key: 'x' });
    await northward.stop({ timeoutMs: 0 });
    expect(await rejection(northward.sendCommand({ key: 'y' }))).toMatchObject({ code: 'RECORD_SKIPPED' });
    expect(() => northward.assertDrained()).toThrow('1 record(s) above the committed offset 0');
  });

  test.each([-1, Number.NaN, Infinity])('given advanceTime(%s), then it is refused', async (ms) => {
    const { northward } = await started();
    expect(await rejection(northward.advanceTime(ms))).toMatchObject({ code: 'TIME_INVALID' });
  });

  test('given ackPolicy never, then handled says that nothing tells', async () => {
    const route = { enabled: true, topic: 'w', ackPolicy: 'never' as const };
    const { northward, seen } = await started({ writePoint: route });
    const { handled } = await northward.sendWritePoint({ pointId: 1, value: 1 });
    expect(await rejection(handled)).toMatchObject({ code: 'NEVER_COMMITTED' });
    expect([seen.length, northward.committed['w']]).toEqual([1, undefined]);
    northward.assertDrained();
  });
});

describe('stop()', () => {
  test('given a handler at work, when it is stopped, then it is waited for', async () => {
    let finish = (): void => undefined;
    const { northward } = await started({}, () => new Promise<void>((resolve) => (finish = resolve)));
    const { handled } = await northward.sendCommand({ key: 'x' });
    const stopping = northward.stop();
    setTimeout(() => finish(), 20);
    expect(await stopping).toMatchObject({ unfinishedCommands: 0, timedOut: false });
    expect(await handled).toBe('done');
  });

  test('given a handler that never ends, when its time is advanced, then stop() tells of it', async () => {
    const { northward } = await started({}, () => new Promise(() => undefined));
    await northward.sendCommand({ key: 'x' });
    const stopping = northward.stop({ timeoutMs: 60_000 });
    await northward.advanceTime(60_000);
    expect(await stopping).toMatchObject({ unfinishedCommands: 1, timedOut: true });
  });
});

describe('what the native client cannot carry', () => {
  test('given odd headers, when the record comes and goes on as a dead letter, then they are as with the client', async () => {
    const letters = 'plant.letters';
    const { northward } = await started({ deadLetter: { enabled: true, topic: letters } });
    const { writePoint } = MEMORY_CONFIG.downlink ?? {};
    const headers = [
      ['empty', ''],
      ['null', null],
      ['a\0b', 'x'],
      ['__proto__', 'p'],
    ] as const;
    const record = { key: '', value: '', headers, timestampMs: 0 };
    await (
      await northward.deliver(writePoint?.topic ?? '', record)
    ).handled;
    const [letter] = northward.deadLettered;
    expect(letter?.raw).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
    expect(letter?.raw.headers.slice(0, 4)).toEqual([
      ['empty', Buffer.alloc(0)],
      ['null', Buffer.alloc(0)],
      ['a', Buffer.from('x')],
      ['__proto__', Buffer.from('p')],
    ]);
    expect(letter?.timestampMs).toBe(1_734_870_900_000);
    expect(letter?.headers['dl_changed']).toContain('timestamp: was 0, is dl_time; header "empty"');
  });
});
