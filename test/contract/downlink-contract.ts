/** What every downlink does, whatever Kafka is behind it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Command, EventName, KafkaNorthward } from '../../src/index.js';
import { command, envelope, idOf, serve, takeAll, writePoint } from '../support/downlink-gateway.js';
import { uniqueTopic } from '../support/kafka-cluster.js';
import { rejection, until } from '../support/memory-northward.js';
import type { Harness, Place } from './harness.js';

const LONG_MS = 60_000;
const BACKOFF_MS = 50;

const BODY = JSON.stringify({ id: 'c-1', op: 'reboot', for: { type: 'gw' } });
const MAPPED = {
  mode: 'mapped_json',
  config: { command_id: 'id', key: 'op', target_type: "'GATEWAY'" },
} as const;

/** Each filter of mapped_json, and a record that it does not let through. */
const FILTERS = [
  [{ mode: 'key', equals: 'gw' }, { key: 'other' }],
  [{ mode: 'property', key: 'to', equals: 'gw' }, { headers: { to: 'other' } }],
  [{ mode: 'json_pointer', pointer: '/for/type', equals: 'gw' }, { value: BODY.replace('"gw"', '"other"') }],
] as const;

const EVENTS = ['command-ignored', 'decode-error', 'command-dropped', 'dead-letter', 'offset-held'] as const;

export function downlinkContract({ name, start }: Place): void {
  describe(`the downlink on ${name}`, () => {
    let harness: Harness;
    let northward: KafkaNorthward;
    let topic: string;
    let told: EventName[];
    beforeAll(async () => {
      harness = await start();
    });
    afterEach(async () => {
      await northward.stop({ timeoutMs: 1_000 });
    });
    afterAll(async () => {
      await harness.stop();
    });

    /** Not started. `more`: what differs from one write-point route. */
    async function made(more: (topic: string) => object = () => ({}), uplink: object = {}): Promise<void> {
      topic = uniqueTopic('contract-downlink');
      await harness.prepare(topic);
      const redelivery = { maxAttempts: 2, initialBackoffMs: BACKOFF_MS, maxBackoffMs: BACKOFF_MS };
      const writePointRoute = { writePoint: { enabled: true, topic } };
      const downlink = {
        groupId: topic,
        autoOffsetReset: 'earliest',
        redelivery,
        ...writePointRoute,
        ...more(topic),
      };
      northward = harness.make({ app: { id: 3 }, uplink, downlink });
      told = [];
      for (const event of EVENTS) northward.on(event, () => void told.push(event));
    }

    /** Started, with its partitions. */
    async function started(...given: Parameters<typeof made>): Promise<void> {
      await made(...given);
      await northward.start();
      await northward.ready({ timeoutMs: LONG_MS });
    }

    const send = (id: string, key: string | null = null): Promise<number> =>
      harness.send(topic, { key, value: writePoint(id) });
    const take = async (count = 1): Promise<Command[]> => [...(await takeAll(northward, count))];
    const backoff = (): Promise<void> => harness.passTime(BACKOFF_MS);
    const lag = (): number | null | undefined =>
      northward.metrics().downlink.lag.find(({ partition }) => partition === 0)?.lag;

    /** Waits until the broker has the mark, by its own word. */
    async function committed(mark: number): Promise<void> {
      const end = performance.now() + LONG_MS;
      let stored: number | null = null;
      do stored = await harness.committed(topic, topic);
      while (stored !== mark && performance.now() < end);
      expect(stored).toBe(mark);
    }

    it('§6.1: each kind of an envelope arrives as the preview says, with the place of its record', async () => {
      await started((name) => {
        const route = { enabled: true, topic: name };
        return { writePoint: route, commandReceived: route, rpcResponseReceived: route };
      });
      const answer = { request_id: 'r', target_type: 'GATEWAY', result: { n: 1 } };
      const bodies = [
        writePoint('w', { value: true }),
        command('c', { params: ['ü', 1] }),
        envelope('rpc_response_received', answer),
      ];
      for (const value of bodies) await harness.send(topic, { key: 'k', value, headers: { to: 'größe' } });
      const taken = [];
      for await (const each of northward.commands()) {
        taken.push(each);
        if (taken.length === 3) break;
      }
      for (const [offset, value] of bodies.entries()) {
        const { kind, data, meta } = taken[offset]!;
        expect(meta).toMatchObject({ topic, partition: 0, offset, attempt: 1, key: Buffer.from('k') });
        expect(meta.headers).toEqual([['to', Buffer.from('größe')]]);
        const preview = northward.previewDownlink({ topic, value, timestampMs: meta.timestampMs });
        expect({ outcome: 'event', kind, data }).toEqual(preview);
      }
    });

    it.each(FILTERS)(
      '§6.1: mapped_json with the filter %j takes its own, and ignores the others',
      async (filter, other) => {
        await started((name) => ({
          writePoint: { enabled: false },
          commandReceived: { enabled: true, topic: name, payload: { ...MAPPED, filter } },
        }));
        const own = { key: 'gw', headers: { to: 'gw' }, value: BODY };
        await harness.send(topic, { ...own, ...other });
        await harness.send(topic, own);
        const [taken] = await take();
        expect(taken?.data).toMatchObject({ commandId: 'c-1', key: 'reboot' });
        expect(taken?.meta.offset).toBe(1);
        await taken?.ack();
        await committed(2);
        expect(told).toEqual(['command-ignored']);
      },
    );

    it('§6.7: with earliest, what was sent before the first start is read from the beginning', async () => {
      await made();
      for (const id of ['a', 'b']) await send(id);
      await northward.start();
      const taken = await take(2);
      expect(taken.map((each) => [idOf(each), each.meta.offset])).toEqual([
        ['a', 0],
        ['b', 1],
      ]);
      for (const each of taken) await each.ack();
      await committed(2);
    });

    it('§6.3: the mark passes what is done, and nothing that is not', async () => {
      await started();
      for (const id of ['a', 'b', 'c']) await send(id);
      const [a, b, c] = await take(3);
      await c?.ack();
      await a?.ack();
      await committed(1);
      await b?.ack();
      await committed(3);
      expect(lag()).toBe(0);
    });

    it('§6.2: a command that is given back comes again, before those of its key, and is done once', async () => {
      await started();
      for (const id of ['a', 'b']) await send(id, 'k');
      const [first] = await take();
      await first?.nack(new Error('busy'));
      await backoff();
      const [again] = await take();
      expect([idOf(again!), again?.meta.attempt]).toEqual(['a', 2]);
      await again?.ack();
      const [next] = await take();
      expect([idOf(next!), next?.meta.attempt]).toEqual(['b', 1]);
      await next?.ack();
      await committed(2);
    });

    it('§6.2: a loop that is left by an error gives its command back; one that goes on has done it', async () => {
      await started();
      let failing = true;
      const handled = serve(northward, () => {
        if (!failing) return;
        failing = false;
        throw new Error('busy');
      });
      for (const id of ['a', 'b']) await send(id, 'k');
      await backoff();
      await until('all are handled', () => handled.length === 3, LONG_MS);
      expect(handled).toEqual(['a', 'a', 'b']);
      await committed(2);
    });

    it('§6.5: a command whose attempts are spent becomes a dead letter, byte for byte, and the mark passes', async () => {
      const dead = uniqueTopic('contract-dead');
      await harness.prepare(dead);
      await started(() => ({ deadLetter: { enabled: true, topic: dead } }));
      const value = writePoint('a');
      await harness.send(topic, { key: 'größe', value, headers: { own: 'ü' } });
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        await (await take())[0]?.nack(new Error('broken'));
        await backoff();
      }
      const [letter] = await harness.read(dead, 1);
      expect(letter).toMatchObject({ key: Buffer.from('größe'), value: Buffer.from(value) });
      expect(Object.fromEntries(letter?.headers ?? [])).toMatchObject({
        own: 'ü',
        dl_error_code: 'COMMAND_FAILED',
        dl_source_topic: topic,
        dl_source_partition: '0',
        dl_source_offset: '0',
        dl_attempts: '2',
      });
      await committed(1);
      expect(told).toEqual(['dead-letter']);
    });

    it('§6.5: what cannot be decoded is dropped, or held until it is released; commands behind it flow on', async () => {
      await started();
      await harness.send(topic, { value: 'no JSON' });
      await send('a');
      await (await take())[0]?.ack();
      await committed(2);
      expect(told).toEqual(['decode-error']);
      await northward.stop();
      await started((name) => ({ writePoint: { enabled: true, topic: name, failurePolicy: 'error' } }));
      await harness.send(topic, { value: null });
      await send('a');
      await (await take())[0]?.ack();
      await until('it is held', () => told.includes('offset-held'), LONG_MS);
      expect(lag()).toBe(2);
      expect(await harness.committed(topic, topic)).toBe(0);
      expect(northward.releaseHeld(topic, 0, 0)).toBe(true);
      await committed(2);
    });

    it('§6.5: with ackPolicy always a failure counts as done, with never nothing is committed', async () => {
      await started((name) => ({ writePoint: { enabled: true, topic: name, ackPolicy: 'always' } }));
      await send('a');
      await (await take())[0]?.nack(new Error('broken'));
      await committed(1);
      await northward.stop();
      await started((name) => ({ writePoint: { enabled: true, topic: name, ackPolicy: 'never' } }));
      await send('a');
      await (await take())[0]?.ack();
      expect(await northward.stop()).toMatchObject({ unfinishedCommands: 0 });
      expect(await harness.committed(topic, topic)).toBe(null);
    });

    it('§6.8: a response goes out before the mark passes, once; where its mapping is off it is skipped', async () => {
      const answers = uniqueTopic('contract-answers');
      await harness.prepare(answers);
      await started(undefined, { enabled: false, writePointResponse: { enabled: true, topic: answers } });
      await send('w-1');
      const [taken] = await take();
      if (taken?.kind !== 'write_point') throw new Error('expected a write point');
      const receipt = await taken.respond({ status: 'Success', appliedValue: 1, deviceId: 9 });
      expect(receipt).toMatchObject({ status: 'delivered', topic: answers });
      expect(await rejection(taken.respond({ status: 'Failed' }))).toMatchObject({
        code: 'RESPONSE_REPEATED',
      });
      await taken.ack();
      await committed(1);
      const [answer] = await harness.read(answers, 1);
      expect(Object.fromEntries(answer?.headers ?? [])).toMatchObject({ request_id: 'w-1' });
      expect(JSON.parse(String(answer?.value))).toMatchObject({
        event: { kind: 'write_point_response' },
        payload: { data: { request_id: 'w-1', device_id: 9, status: 'Success', applied_value: 1 } },
      });
      await northward.stop();
      await started();
      await send('w-2');
      const [other] = await take();
      const skipped = (other as Extract<Command, { kind: 'write_point' }>).respond({
        status: 'Success',
        deviceId: 9,
      });
      expect(await skipped).toEqual({ status: 'skipped', reason: 'mapping_disabled' });
    });

    it('§7.1: stop() waits for the command in hand and commits it; the loop ends', async () => {
      await started();
      let begin = (): void => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      let finish = (): void => undefined;
      const loop = (async () => {
        for await (const each of northward.commands()) {
          begin();
          await new Promise<void>((resolve) => (finish = resolve));
          await each.ack();
        }
        return 'ended';
      })();
      await send('a');
      await begun;
      const stopping = northward.stop();
      finish();
      expect(await stopping).toMatchObject({ unfinishedCommands: 0, timedOut: false });
      expect([await loop, await harness.committed(topic, topic)]).toEqual(['ended', 1]);
    });
  });
}
