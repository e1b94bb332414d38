import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/memory-northward.js';
import {
  TOPIC,
  command,
  envelope,
  gatewaysOfTest,
  idOf,
  takeAll,
  until,
  writePoint,
} from '../../support/downlink-gateway.js';

const { started } = gatewaysOfTest();

const REPLIES = {
  uplink: {
    enabled: false,
    writePointResponse: { enabled: true, topic: 'written', key: '{{request_id}}' },
    rpcResponse: { enabled: true, topic: 'done', key: '{{device_id}}' },
  },
};
const COMMANDS = {
  commandReceived: { enabled: true, topic: TOPIC },
  expired: { commandReceived: 'deliver' },
};
const pointMeta = (pointId: number | string) => (pointId === 1 ? { deviceId: 42 } : undefined);

function dataOf(value: Buffer | null | undefined): Record<string, unknown> {
  return (JSON.parse(String(value)) as { payload: { data: Record<string, unknown> } }).payload.data;
}

describe('§6 replies', () => {
  test('given a write point, then its response has the request id in data and header, the device of the metadata', async () => {
    const { northward, producers, write } = await started({}, REPLIES, { pointMeta });
    write('req-1');
    const [taken] = await takeAll(northward, 1);
    if (taken.kind !== 'write_point') throw new Error(taken.kind);
    const receipt = await taken.respond({
      status: 'Success',
      appliedValue: 1,
      completedAt: 1_734_870_900_000,
    });
    expect(receipt).toMatchObject({ status: 'delivered', topic: 'written' });
    const [sent] = producers.handed;
    const body = JSON.parse(String(sent?.value)) as { event: object; payload: { data: object } };
    expect(body.event).toEqual({ kind: 'write_point_response' });
    expect(body.payload.data).toEqual({
      request_id: 'req-1',
      point_id: 1,
      device_id: 42,
      status: 'Success',
      applied_value: 1,
      completed_at: '2024-12-22T12:35:00Z',
    });
    expect(sent?.headers.list.filter(([name]) => name === 'request_id')).toEqual([['request_id', 'req-1']]);
    expect(String(sent?.key)).toBe('req-1');
  });

  test('given commands, then the device comes from the argument, else the command, else 0 and "" for the gateway', async () => {
    const { northward, consumers, producers } = await started(COMMANDS, REPLIES);
    const device = { target_type: 'SUBDEVICE', device_id: 5, device_name: 'pump' };
    consumers.produce(TOPIC, { value: command('a', device) });
    consumers.produce(TOPIC, { value: command('b', device) });
    consumers.produce(TOPIC, { value: command('c') });
    for (const taken of await takeAll(northward, 3)) {
      if (taken.kind !== 'command_received') throw new Error(taken.kind);
      const own = idOf(taken) === 'b' ? { deviceId: 9, deviceName: 'valve' } : {};
      await taken.respond({ result: { ok: true }, ...own });
    }
    const data = producers.handed.map(
      ({ value }) =>
        (JSON.parse(String(value)) as { payload: { data: Record<string, unknown> } }).payload.data,
    );
    expect(data).toMatchObject([
      { request_id: 'a', device_id: 5, device_name: 'pump', target_type: 'SUBDEVICE', result: { ok: true } },
      { request_id: 'b', device_id: 9, device_name: 'valve' },
      { request_id: 'c', device_id: 0, device_name: '', target_type: 'GATEWAY' },
    ]);
    expect(producers.handed.map(({ headers }) => headers.list.at(-1))).toEqual([
      ['request_id', 'a'],
      ['request_id', 'b'],
      ['request_id', 'c'],
    ]);
  });

  test('given an unknown device, then the error says which', async () => {
    const { northward, consumers, write } = await started(COMMANDS, REPLIES, { pointMeta: () => null });
    write('w');
    consumers.produce(TOPIC, { value: command('c', { target_type: 'SUBDEVICE', device_name: 'pump' }) });
    const [point, named] = await takeAll(northward, 2);
    if (point.kind !== 'write_point' || named.kind !== 'command_received') throw new Error('kinds');
    const unknownPoint = await rejection(point.respond({ status: 'Success' }));
    expect(unknownPoint).toMatchObject({ code: 'DEVICE_UNKNOWN' });
    expect(unknownPoint.message).toContain('point 1');
    expect((await rejection(named.respond({}))).message).toContain('"pump"');
    // It was refused before anything was sent: it may be fixed.
    expect(await point.respond({ status: 'Success', deviceId: 3 })).toMatchObject({ status: 'delivered' });
  });

  test('given an unknown device, then the answer that it failed is sent all the same, for device 0', async () => {
    const { northward, consumers, producers, write } = await started(COMMANDS, REPLIES);
    write('w');
    consumers.produce(TOPIC, { value: command('c', { target_type: 'SUBDEVICE', device_name: 'pump' }) });
    const [point, named] = await takeAll(northward, 2);
    if (point.kind !== 'write_point' || named.kind !== 'command_received') throw new Error('kinds');
    const error = { kind: 'NotFound', message: 'no point 1' } as const;
    expect(await point.respond({ status: 'Failed', error })).toMatchObject({ status: 'delivered' });
    expect(await named.respond({ error: 'no device "pump"' })).toMatchObject({ status: 'delivered' });
    expect(producers.handed.map(({ value }) => dataOf(value))).toMatchObject([
      { request_id: 'w', device_id: 0, status: 'Failed', error: { kind: 'NotFound' } },
      { request_id: 'c', device_id: 0, device_name: 'pump', error: 'no device "pump"' },
    ]);
  });

  test('given a command that names its device, then the look-up of the host finds the id', async () => {
    const byDeviceName = (name: string) => (name === 'pump' ? { deviceId: 17 } : null);
    const lookups = { byId: pointMeta, byDeviceName };
    const { northward, consumers, producers } = await started(COMMANDS, REPLIES, { pointMeta: lookups });
    for (const name of ['pump', 'valve'])
      consumers.produce(TOPIC, { value: command(name, { target_type: 'SUBDEVICE', device_name: name }) });
    const [pump, valve] = await takeAll(northward, 2);
    if (pump.kind !== 'command_received' || valve.kind !== 'command_received') throw new Error('kinds');
    expect([pump.canRespond, valve.canRespond]).toEqual([true, false]);
    await pump.respond({ result: true });
    expect(dataOf(producers.handed[0]?.value)).toMatchObject({ device_id: 17, device_name: 'pump' });
    expect(await rejection(valve.respond({ result: true }))).toMatchObject({ code: 'DEVICE_UNKNOWN' });
    // By the name that the host gives.
    expect(await valve.respond({ result: true, deviceName: 'pump' })).toMatchObject({ status: 'delivered' });
    expect(dataOf(producers.handed[1]?.value)).toMatchObject({ device_id: 17, device_name: 'pump' });
  });

  test('given commands whose answer would be refused, then it can be seen before the work, and is an event of its own', async () => {
    const { northward, consumers, events, write } = await started(
      {
        ...COMMANDS,
        rpcResponseReceived: { enabled: true, topic: TOPIC },
        redelivery: { initialBackoffMs: 1 },
      },
      REPLIES,
      { pointMeta: (id) => (id === 2 ? { deviceId: 42 } : undefined) },
    );
    write('unknown');
    consumers.produce(TOPIC, { value: writePoint('known', { point_id: 2 }) });
    consumers.produce(TOPIC, { value: command('gateway') });
    consumers.produce(TOPIC, { value: command('sub', { target_type: 'SUBDEVICE' }) });
    consumers.produce(TOPIC, { value: command('with id', { target_type: 'SUBDEVICE', device_id: 5 }) });
    const timestamp = '2024-12-22T12:35:00Z';
    consumers.produce(TOPIC, {
      value: envelope('rpc_response_received', { request_id: 'r', target_type: 'GATEWAY', timestamp }),
    });
    const taken = await takeAll(northward, 6);
    expect(taken.map((each) => [idOf(each), each.canRespond])).toEqual([
      ['unknown', false],
      ['known', true],
      ['gateway', true],
      ['sub', false],
      ['with id', true],
      ['r', false],
    ]);
    await until('told', () => events('command-unanswerable').length === 2);
    expect(events('command-unanswerable')).toMatchObject([
      { kind: 'write_point', data: { requestId: 'unknown' }, meta: { attempt: 1 } },
      { kind: 'command_received', data: { commandId: 'sub' } },
    ]);
    // Once a command, not once an attempt.
    await taken[0].nack(new Error('busy'), { retryAfterMs: 0 });
    await takeAll(northward, 1);
    expect(events('command-unanswerable')).toHaveLength(2);
  });

  test('given a disabled mapping and an unknown device, then nothing is sent, and nothing is refused', async () => {
    const { northward, write } = await started();
    write('a');
    const [taken] = await takeAll(northward, 1);
    if (taken.kind !== 'write_point') throw new Error(taken.kind);
    expect(taken.canRespond).toBe(true);
    expect(await taken.respond({ status: 'Success' })).toEqual({
      status: 'skipped',
      reason: 'mapping_disabled',
    });
  });

  test('given a second respond(), or one on an rpc response, then it is a typed error', async () => {
    const { northward, consumers, write } = await started(
      { rpcResponseReceived: { enabled: true, topic: TOPIC } },
      REPLIES,
      { pointMeta },
    );
    write('w');
    const timestamp = '2024-12-22T12:35:00Z';
    consumers.produce(TOPIC, {
      value: envelope('rpc_response_received', { request_id: 'r', target_type: 'GATEWAY', timestamp }),
    });
    const [point, answer] = await takeAll(northward, 2);
    if (point.kind !== 'write_point' || answer.kind !== 'rpc_response_received') throw new Error('kinds');
    await point.respond({ status: 'Success' });
    expect(await rejection(point.respond({ status: 'Success' }))).toMatchObject({
      code: 'RESPONSE_REPEATED',
    });
    expect(await rejection(answer.respond({} as never))).toMatchObject({ code: 'RESPONSE_UNSUPPORTED' });
  });

  test('given an answer of an earlier attempt, then the command is not answered again, and a duplicate gets that answer', async () => {
    const dedupe = { enabled: true };
    const { northward, producers, write } = await started({ dedupe }, REPLIES, { pointMeta });
    write('w');
    const [first] = await takeAll(northward, 1);
    if (first?.kind !== 'write_point') throw new Error('kind');
    expect(await first.respond({ status: 'Failed' })).toMatchObject({ status: 'delivered' });
    await first.nack(new Error('busy'), { retryAfterMs: 0 });
    const [second] = await takeAll(northward, 1);
    if (second?.kind !== 'write_point') throw new Error('kind');
    expect(second.meta.attempt).toBe(2);
    expect(await second.respond({ status: 'Success' })).toEqual({
      status: 'skipped',
      reason: 'already_answered',
    });
    expect(producers.handed).toHaveLength(1);
    await second.ack();
    write('w');
    await until('the former answer again', () => producers.handed.length === 2);
    expect(producers.handed[1]?.value).toEqual(producers.handed[0]?.value);
  });

  test('given a disabled mapping, then the receipt and one warning say so', async () => {
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (message: string) => void warnings.push(message),
    };
    const { northward, producers, write } = await started({}, {}, { pointMeta, logger });
    write('a');
    write('b');
    for (const taken of await takeAll(northward, 2)) {
      if (taken.kind !== 'write_point') throw new Error(taken.kind);
      expect(await taken.respond({ status: 'Success' })).toEqual({
        status: 'skipped',
        reason: 'mapping_disabled',
      });
      await taken.ack();
    }
    expect(producers.handed).toEqual([]);
    expect(warnings.filter((each) => each.includes('uplink.writePointResponse'))).toHaveLength(1);
  });

  test('given respond() before ack(), then the mark waits for the receipt', async () => {
    const { northward, producers, write, committed } = await started({}, REPLIES, { pointMeta });
    await until('the start is committed', () => committed() === 0);
    producers.hold = true;
    write('a');
    write('b');
    const [a, b] = await takeAll(northward, 2);
    if (a.kind !== 'write_point') throw new Error(a.kind);
    const replied = a.respond({ status: 'Success' });
    let acked = false;
    const acking = a.ack().then(() => (acked = true));
    await b.ack();
    await until('handed over', () => producers.handed.length === 1);
    expect([acked, northward.metrics().downlink.success]).toEqual([false, 1]);
    producers.release();
    await Promise.all([replied, acking]);
    await until('committed', () => committed() === 2);
  });

  test('given a reply that cannot be delivered, when the command is acknowledged, then it comes again', async () => {
    const { northward, producers, write } = await started({}, REPLIES, { pointMeta });
    producers.outcomes.set('written', -192);
    write('a');
    const [first] = await takeAll(northward, 1);
    if (first.kind !== 'write_point') throw new Error(first.kind);
    const reply = first.respond({ status: 'Success' });
    await first.ack();
    expect(await rejection(reply)).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    producers.outcomes.clear();
    const [again] = await takeAll(northward, 1);
    expect(again.meta.attempt).toBe(2);
  });
});

describe('§6 de-duplication', () => {
  const DEDUPE = { dedupe: { enabled: true } };

  test('given a duplicate of a finished command, then it is answered again from memory and not handed out', async () => {
    const { northward, producers, write, committed, events } = await started(DEDUPE, REPLIES, { pointMeta });
    write('a');
    const [first] = await takeAll(northward, 1);
    if (first.kind !== 'write_point') throw new Error(first.kind);
    await first.respond({ status: 'Success', appliedValue: 7 });
    await first.ack();
    write('a');
    await until('committed', () => committed() === 2);
    expect(events('command-duplicate')).toMatchObject([
      { answered: true, meta: { offset: 1 }, first: { topic: TOPIC, partition: 0, offset: 0 } },
    ]);
    const [one, two] = producers.handed.map(({ value }) => JSON.parse(String(value)) as { payload: object });
    expect(two?.payload).toMatchObject({ data: { request_id: 'a', applied_value: 7 } });
    expect(one?.payload).toMatchObject({ data: { request_id: 'a', applied_value: 7 } });
    expect(northward.metrics().downlink).toMatchObject({ duplicates: 1, handedOver: 1 });
  });

  test('given a duplicate of one in progress, then it waits for it, whatever its key', async () => {
    const { northward, write, committed } = await started(DEDUPE);
    write('a', { key: 'x' });
    write('a', { key: 'y' });
    write('b', { key: 'y' });
    const [a] = await takeAll(northward, 1);
    await until('two wait', () => northward.metrics().downlink.queue.commands === 2);
    await a.ack();
    const [b] = await takeAll(northward, 1);
    expect(idOf(b)).toBe('b');
    await b.ack();
    await until('committed', () => committed() === 3);
  });

  test('given one in progress that fails for good, then its duplicate is handed out: only success is remembered', async () => {
    const { northward, write } = await started({ ...DEDUPE, redelivery: { maxAttempts: 1 } });
    write('a');
    write('a');
    const [first] = await takeAll(northward, 1);
    await first.nack(new Error('no'));
    const [second] = await takeAll(northward, 1);
    expect([idOf(second), second.meta.offset, second.meta.attempt]).toEqual(['a', 1, 1]);
  });

  test('given a redelivery, then it is not its own duplicate', async () => {
    const { northward, consumers, write } = await started(DEDUPE);
    write('a');
    const [first] = await takeAll(northward, 1);
    await first.ack();
    // The group lost the commit and gives the partition again.
    const place = { topic: TOPIC, partition: 0 };
    await until('committed', () => consumers.committed.get(`${TOPIC} 0`)?.offset === 1);
    consumers.revoke([place]);
    consumers.committed.set(`${TOPIC} 0`, { offset: 0, metadata: '' });
    consumers.assign([place]);
    const [again] = await takeAll(northward, 1);
    expect([idOf(again), again.meta.offset]).toEqual(['a', 0]);
  });

  test('given no id, or de-duplication off, then nothing is a duplicate', async () => {
    const on = await started(DEDUPE);
    on.write('');
    on.write('');
    for (const each of await takeAll(on.northward, 2)) await each.ack();
    await on.northward.stop();
    const off = await started();
    off.write('a');
    off.write('a');
    for (const each of await takeAll(off.northward, 2)) await each.ack();
    expect(off.northward.metrics().downlink.duplicates).toBe(0);
  });
});

describe('§6 the mark does not pass a command whose reply has no receipt yet', () => {
  test('given respond() and then nack() under always, then it is committed with the receipt, not before', async () => {
    const always = { writePoint: { enabled: true, topic: TOPIC, ackPolicy: 'always' } };
    const { northward, producers, write, committed } = await started(always, REPLIES, { pointMeta });
    producers.hold = true;
    write('req-1');
    const [taken] = await takeAll(northward, 1);
    if (taken.kind !== 'write_point') throw new Error(taken.kind);
    const receipt = taken.respond({ status: 'Failed' });
    const nacked = taken.nack(new Error('no'));
    await until('the reply is out', () => producers.handed.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(committed()).toBe(0);
    producers.hold = false;
    producers.release();
    await Promise.all([receipt, nacked]);
    await until('committed', () => committed() === 1);
  });
});
