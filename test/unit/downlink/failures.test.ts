import { describe, expect, test } from 'vitest';
import { onHostFailure } from '../../../src/downlink/handover/redelivery.js';
import {
  TOPIC,
  command,
  gatewaysOfTest,
  idOf,
  serve,
  takeAll,
  until,
  writePoint,
} from '../../support/downlink-gateway.js';

const { started } = gatewaysOfTest();

const DEAD = { deadLetter: { enabled: true, topic: 'dead' } };
const FAST = { initialBackoffMs: 1, maxBackoffMs: 1 };

describe('§6 redelivery', () => {
  test('given a host that fails on every command twice, then each is done at the third attempt, others go on', async () => {
    const { northward, write, committed } = await started();
    const attempts = new Map<string, number[]>();
    for (let n = 0; n < 50; n += 1) write(`c${n}`, { key: `k${n % 5}` });
    const iterator = northward.commands({ manualAck: true });
    while (northward.metrics().downlink.success < 50) {
      const { value } = await iterator.next();
      if (value === undefined) break;
      const { attempt } = value.meta;
      attempts.set(idOf(value), [...(attempts.get(idOf(value)) ?? []), attempt]);
      await (attempt < 3 ? value.nack(new Error('not yet')) : value.ack());
    }
    expect([...attempts.values()].every((each) => each.join() === '1,2,3')).toBe(true);
    await until('all committed', () => committed() === 50);
    expect(northward.metrics().downlink).toMatchObject({
      success: 50,
      failedAttempts: 100,
      redelivered: 100,
    });
  });

  test('given retryAfterMs, then it wins over the back-off', async () => {
    const { northward, write } = await started({
      redelivery: { initialBackoffMs: 60_000, maxBackoffMs: 60_000 },
    });
    write('a');
    const [first] = await takeAll(northward, 1);
    await first.nack(new Error('busy'), { retryAfterMs: 1 });
    const [again] = await takeAll(northward, 1);
    expect(again.meta.attempt).toBe(2);
  });

  test('given attempts 1…n, then the back-off doubles up to its bound', () => {
    const redelivery = { maxAttempts: 100, initialBackoffMs: 500, maxBackoffMs: 30_000 };
    const settings = {
      // oxlint-disable-next-line unicorn/no-thenable -- its name in the configuration
      redelivery: { ...redelivery, then: null },
      deadLetter: { enabled: false, topic: 'd' },
    };
    const policies = { ackPolicy: 'on_success', failurePolicy: 'drop' } as const;
    const waits = [1, 2, 3, 7, 8, 60].map((attempt) => onHostFailure(policies, settings, attempt));
    expect(waits.map((each) => (each.action === 'retry' ? each.afterMs : each.action))).toEqual([
      500, 1_000, 2_000, 30_000, 30_000, 30_000,
    ]);
  });

  test('given drop at last, then it is told with its error and the mark passes', async () => {
    const { northward, write, committed, events } = await started({
      redelivery: { ...FAST, maxAttempts: 2 },
    });
    write('a');
    write('b');
    const handled = serve(northward, (each) => {
      if (idOf(each) === 'a') throw new Error('pump is off');
    });
    await until('committed', () => committed() === 2);
    expect(handled.filter((id) => id === 'a')).toHaveLength(2);
    const [dropped] = events('command-dropped');
    expect(dropped).toMatchObject({ kind: 'write_point', meta: { offset: 0, attempt: 2 } });
    expect(dropped?.error).toMatchObject({ code: 'COMMAND_FAILED' });
  });

  test('given failurePolicy error and no dead letter, then the offset is held, later ones go on, releaseHeld frees it (§8.5)', async () => {
    const { northward, write, committed, events } = await started({
      redelivery: { ...FAST, maxAttempts: 1 },
      writePoint: { failurePolicy: 'error' },
    });
    write('a', { key: 'k' });
    write('b', { key: 'k' });
    const handled = serve(northward, (each) => {
      if (idOf(each) === 'a') throw new Error('no');
    });
    await until('b is done', () => northward.metrics().downlink.success === 1);
    expect(handled).toEqual(['a', 'b']);
    await until('it is told', () => events('offset-held').length > 0);
    expect(events('offset-held')).toMatchObject([{ topic: TOPIC, partition: 0, offset: 0, held: 1 }]);
    write('c');
    await until('c is done', () => northward.metrics().downlink.success === 2);
    await until('what comes before is committed', () => committed() === 0);
    expect(northward.metrics().downlink.queue.heldNow).toBe(1);
    expect(northward.releaseHeld(TOPIC, 0, 1)).toBe(false);
    expect(northward.releaseHeld(TOPIC, 0, 0)).toBe(true);
    await until('the mark passes', () => committed() === 3);
    expect(northward.releaseHeld(TOPIC, 0, 0)).toBe(false);
  });
});

describe('§6 dead letter', () => {
  test('given spent attempts, then the dead letter has the record and what happened, before the commit', async () => {
    const { northward, consumers, producers, committed, events } = await started({
      ...DEAD,
      redelivery: { ...FAST, maxAttempts: 3 },
    });
    producers.hold = true;
    const headers = [
      ['trace', Buffer.from([0xff, 0])],
      ['empty', null],
      ['trace', Buffer.from('b')],
    ] as const;
    const value = writePoint('a');
    consumers.produce(TOPIC, { value, key: 'k', headers, timestampMs: 1_734_870_900_000 });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const [taken] = await takeAll(northward, 1);
      await taken.nack(new Error('valve stuck'));
    }
    await until('handed over', () => producers.handed.length === 1);
    expect(committed() ?? 0).toBe(0);
    producers.hold = false;
    producers.release();
    await until('committed', () => committed() === 1);
    const [letter] = producers.handed;
    expect(letter).toMatchObject({ topic: 'dead', timestampMs: 1_734_870_900_000 });
    expect([String(letter?.value), String(letter?.key)]).toEqual([value, 'k']);
    expect(letter?.headers.list.slice(0, 3)).toEqual([
      ['trace', Buffer.from([0xff, 0])],
      ['empty', ''],
      ['trace', Buffer.from('b')],
    ]);
    const told = Object.fromEntries(letter?.headers.list.slice(3) ?? []);
    expect(told).toMatchObject({
      dl_error_code: 'COMMAND_FAILED',
      dl_source_topic: TOPIC,
      dl_source_partition: '0',
      dl_source_offset: '0',
      dl_attempts: '3',
    });
    expect(told['dl_changed']).toBe('header "empty": was empty or null, is empty');
    expect(told['dl_error_message']).toContain('valve stuck');
    expect(Date.parse(String(told['dl_time']))).toBeGreaterThan(0);
    expect(events('dead-letter')).toMatchObject([{ offset: 0, deadLetterTopic: 'dead', attempts: 3 }]);
  });

  test('given a dead-letter topic that fails for a while, then it is tried again, other commands go on, the mark waits', async () => {
    const { northward, consumers, producers, write, committed } = await started(DEAD);
    producers.outcomes.set('dead', -192);
    consumers.produce(TOPIC, { value: 'junk' });
    write('b');
    const handled = serve(northward, () => undefined);
    await until('b is done', () => northward.metrics().downlink.success === 1);
    expect(handled).toEqual(['b']);
    expect(committed() ?? 0).toBe(0);
    producers.outcomes.clear();
    await until('committed at last', () => committed() === 2);
    expect(northward.metrics().downlink.deadLettered).toBe(1);
  });

  test('given a tombstone, then its dead letter is one too', async () => {
    const { consumers, producers, committed } = await started(DEAD, { uplink: { enabled: false } });
    consumers.produce(TOPIC, { value: null, key: 'k' });
    await until('committed', () => committed() === 1);
    expect(producers.handed).toMatchObject([{ topic: 'dead', value: null, key: Buffer.from('k') }]);
  });

  test('given more tombstones and empty values than go out in one turn, so that some wait, then each stays what it was', async () => {
    const { northward, consumers, producers } = await started(DEAD, { uplink: { enabled: false } });
    const values = Array.from({ length: 400 }, (_, n) => (n % 2 === 0 ? null : ''));
    for (const value of values) consumers.produce(TOPIC, { value });
    await until('all dead letters', () => northward.metrics().downlink.deadLettered === 400);
    expect(producers.handed.map(({ value }) => (value === null ? null : String(value)))).toEqual(values);
  });

  test('given uplink.enabled false, then dead letters go out all the same', async () => {
    const { northward, consumers, producers } = await started(DEAD, { uplink: { enabled: false } });
    consumers.produce(TOPIC, { value: '[]' });
    await until('a dead letter', () => northward.metrics().downlink.deadLettered === 1);
    expect(producers.handed.map(({ topic }) => topic)).toEqual(['dead']);
    expect(await northward.publishTelemetry({ deviceId: 1, deviceName: 'd', values: [] })).toEqual({
      status: 'skipped',
      reason: 'uplink_disabled',
    });
  });
});

describe('§6 records that cannot be decoded', () => {
  const poison = ['', 'junk', '[1', '{"schema_version":2}', command('x').replace('reboot', 'r')];

  test('given failurePolicy drop, then they are told raw, with their place, and committed', async () => {
    const { northward, consumers, write, committed, events } = await started();
    for (const value of poison) consumers.produce(TOPIC, { value, key: 'k' });
    write('good', { key: 'k' });
    const handled = serve(northward, () => undefined);
    await until('committed', () => committed() === 6);
    expect(handled).toEqual(['good']);
    // The last one is a command, which no route here takes.
    expect(events('command-ignored')).toHaveLength(1);
    const errors = events('decode-error');
    expect(errors.map(({ record, outcome }) => [record.offset, String(record.value), outcome])).toEqual(
      poison.slice(0, 4).map((value, offset) => [offset, value, 'drop']),
    );
    expect(errors.map(({ error }) => error.code)).toEqual([
      'BODY_EMPTY',
      'BODY_NOT_JSON',
      'BODY_NOT_JSON',
      'SCHEMA_VERSION_UNSUPPORTED',
    ]);
  });

  test('given failurePolicy error, then the mark stays at the first, and good ones all arrive', async () => {
    const { northward, consumers, write, committed } = await started({
      writePoint: { failurePolicy: 'error' },
    });
    for (let n = 0; n < 200; n += 1) {
      write(`good ${n}`);
      consumers.produce(TOPIC, { value: 'junk' });
    }
    const handled = serve(northward, () => undefined);
    await until('all good ones', () => handled.length === 200);
    await until('the mark', () => committed() === 1);
    expect(northward.metrics().downlink).toMatchObject({ held: 200, decodeErrors: 200 });
  });

  test('given always, then they are committed; given never, then nothing is', async () => {
    const always = await started({ writePoint: { ackPolicy: 'always', failurePolicy: 'error' } });
    always.consumers.produce(TOPIC, { value: 'junk' });
    await until('committed', () => always.committed() === 1);
    await always.northward.stop();
    const never = await started({ writePoint: { ackPolicy: 'never', failurePolicy: 'error' } });
    never.consumers.produce(TOPIC, { value: 'junk' });
    await until('told', () => never.events('decode-error').length === 1);
    expect(never.consumers.commits).toEqual([]);
  });
});
