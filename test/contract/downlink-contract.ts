/** What every downlink does, whatever Kafka is behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/index.js';
import { command, envelope, idOf, serve, writePoint } from '../support/downlink-gateway.js';
import { uniqueTopic } from '../support/kafka-cluster.js';
import { rejection, until } from '../support/memory-northward.js';
import { DownlinkUnderTest, LONG_MS } from './downlink-under-test.js';
import type { Harness, Place } from './harness.js';

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

export function downlinkContract({ name, concurrent, start }: Place): void {
  describe(`the downlink on ${name}`, { concurrent }, () => {
    let harness: Harness;
    beforeAll(async () => {
      harness = await start();
    });
    afterAll(async () => {
      await harness.stop();
    });

    /** A test with a gateway of its own. */
    const check = (title: string, run: (gateway: DownlinkUnderTest) => Promise<void>): void => {
      it(title, async () => {
        const gateway = new DownlinkUnderTest(harness);
        try {
          await run(gateway);
        } finally {
          await gateway.end();
        }
      });
    };

    check(
      '§6.1: each kind of an envelope arrives as the preview says, with the place of its record',
      async (gateway) => {
        await gateway.start((name) => {
          const route = { enabled: true, topic: name };
          return { writePoint: route, commandReceived: route, rpcResponseReceived: route };
        });
        const answer = { request_id: 'r', target_type: 'GATEWAY', result: { n: 1 } };
        const bodies = [
          writePoint('w', { value: true }),
          command('c', { params: ['ü', 1] }),
          envelope('rpc_response_received', answer),
        ];
        for (const value of bodies)
          await gateway.harness.send(gateway.topic, { key: 'k', value, headers: { to: 'größe' } });
        const taken = [];
        for await (const each of gateway.northward.commands()) {
          taken.push(each);
          if (taken.length === 3) break;
        }
        for (const [offset, value] of bodies.entries()) {
          const { kind, data, meta } = taken[offset]!;
          expect(meta).toMatchObject({
            topic: gateway.topic,
            partition: 0,
            offset,
            attempt: 1,
            key: Buffer.from('k'),
          });
          expect(meta.headers).toEqual([['to', Buffer.from('größe')]]);
          const preview = gateway.northward.previewDownlink({
            topic: gateway.topic,
            value,
            timestampMs: meta.timestampMs,
          });
          expect({ outcome: 'event', kind, data }).toEqual(preview);
        }
      },
    );

    for (const [filter, other] of FILTERS) {
      const title = `§6.1: mapped_json with the filter ${JSON.stringify(filter)} takes its own, and ignores the others`;
      check(title, async (gateway) => {
        await gateway.start((name) => ({
          writePoint: { enabled: false },
          commandReceived: { enabled: true, topic: name, payload: { ...MAPPED, filter } },
        }));
        const own = { key: 'gw', headers: { to: 'gw' }, value: BODY };
        await gateway.harness.send(gateway.topic, { ...own, ...other });
        await gateway.harness.send(gateway.topic, own);
        const [taken] = await gateway.take();
        expect(taken?.data).toMatchObject({ commandId: 'c-1', key: 'reboot' });
        expect(taken?.meta.offset).toBe(1);
        await taken?.ack();
        await gateway.committed(2);
        expect(gateway.told).toEqual(['command-ignored']);
      });
    }

    check(
      '§6.7: with earliest, what was sent before the first start is read from the beginning',
      async (gateway) => {
        await gateway.make();
        for (const id of ['a', 'b']) await gateway.send(id);
        await gateway.northward.start();
        const taken = await gateway.take(2);
        expect(taken.map((each) => [idOf(each), each.meta.offset])).toEqual([
          ['a', 0],
          ['b', 1],
        ]);
        for (const each of taken) await each.ack();
        await gateway.committed(2);
      },
    );

    check('§6.3: the mark passes what is done, and nothing that is not', async (gateway) => {
      await gateway.start();
      for (const id of ['a', 'b', 'c']) await gateway.send(id);
      const [a, b, c] = await gateway.take(3);
      await c?.ack();
      await a?.ack();
      await gateway.committed(1);
      await b?.ack();
      await gateway.committed(3);
      expect(gateway.lag()).toBe(0);
    });

    check(
      '§6.2: a command that is given back comes again, before those of its key, and is done once',
      async (gateway) => {
        await gateway.start();
        for (const id of ['a', 'b']) await gateway.send(id, 'k');
        const [first] = await gateway.take();
        await first?.nack(new Error('busy'));
        await gateway.backoff();
        const [again] = await gateway.take();
        expect([idOf(again!), again?.meta.attempt]).toEqual(['a', 2]);
        await again?.ack();
        const [next] = await gateway.take();
        expect([idOf(next!), next?.meta.attempt]).toEqual(['b', 1]);
        await next?.ack();
        await gateway.committed(2);
      },
    );

    check(
      '§6.2: a loop that is left by an error gives its command back; one that goes on has done it',
      async (gateway) => {
        await gateway.start();
        let failing = true;
        const handled = serve(gateway.northward, () => {
          if (!failing) return;
          failing = false;
          throw new Error('busy');
        });
        for (const id of ['a', 'b']) await gateway.send(id, 'k');
        await gateway.backoff();
        await until('all are handled', () => handled.length === 3, LONG_MS);
        expect(handled).toEqual(['a', 'a', 'b']);
        await gateway.committed(2);
      },
    );

    check(
      '§6.5: a command whose attempts are spent becomes a dead letter, byte for byte, and the mark passes',
      async (gateway) => {
        const dead = uniqueTopic('contract-dead');
        await gateway.harness.prepare(dead);
        await gateway.start(() => ({ deadLetter: { enabled: true, topic: dead } }));
        const value = writePoint('a');
        await gateway.harness.send(gateway.topic, { key: 'größe', value, headers: { own: 'ü' } });
        for (let attempt = 1; attempt <= 2; attempt += 1) {
          await (await gateway.take())[0]?.nack(new Error('broken'));
          await gateway.backoff();
        }
        const [letter] = await gateway.harness.read(dead, 1);
        expect(letter).toMatchObject({ key: Buffer.from('größe'), value: Buffer.from(value) });
        expect(Object.fromEntries(letter?.headers ?? [])).toMatchObject({
          own: 'ü',
          dl_error_code: 'COMMAND_FAILED',
          dl_source_topic: gateway.topic,
          dl_source_partition: '0',
          dl_source_offset: '0',
          dl_attempts: '2',
        });
        await gateway.committed(1);
        expect(gateway.told).toEqual(['dead-letter']);
      },
    );

    check(
      '§6.5: what cannot be decoded is dropped, or held until it is released; commands behind it flow on',
      async (gateway) => {
        await gateway.start();
        await gateway.harness.send(gateway.topic, { value: 'no JSON' });
        await gateway.send('a');
        await (await gateway.take())[0]?.ack();
        await gateway.committed(2);
        expect(gateway.told).toEqual(['decode-error']);
        await gateway.northward.stop();
        await gateway.start((name) => ({
          writePoint: { enabled: true, topic: name, failurePolicy: 'error' },
        }));
        await gateway.harness.send(gateway.topic, { value: null });
        await gateway.send('a');
        await (await gateway.take())[0]?.ack();
        await until('it is held', () => gateway.told.includes('offset-held'), LONG_MS);
        expect(gateway.lag()).toBe(2);
        expect(await gateway.mark()).toBe(0);
        expect(gateway.northward.releaseHeld(gateway.topic, 0, 0)).toBe(true);
        await gateway.committed(2);
      },
    );

    check(
      '§6.5: with ackPolicy always a failure counts as done, with never nothing is committed',
      async (gateway) => {
        await gateway.start((name) => ({ writePoint: { enabled: true, topic: name, ackPolicy: 'always' } }));
        await gateway.send('a');
        await (await gateway.take())[0]?.nack(new Error('broken'));
        await gateway.committed(1);
        await gateway.northward.stop();
        await gateway.start((name) => ({ writePoint: { enabled: true, topic: name, ackPolicy: 'never' } }));
        await gateway.send('a');
        await (await gateway.take())[0]?.ack();
        expect(await gateway.northward.stop()).toMatchObject({ unfinishedCommands: 0 });
        expect(await gateway.mark()).toBe(null);
      },
    );

    check(
      '§6.8: a response goes out before the mark passes, once; where its mapping is off it is skipped',
      async (gateway) => {
        const answers = uniqueTopic('contract-answers');
        await gateway.harness.prepare(answers);
        await gateway.start(undefined, {
          enabled: false,
          writePointResponse: { enabled: true, topic: answers },
        });
        await gateway.send('w-1');
        const [taken] = await gateway.take();
        if (taken?.kind !== 'write_point') throw new Error('expected a write point');
        const receipt = await taken.respond({ status: 'Success', appliedValue: 1, deviceId: 9 });
        expect(receipt).toMatchObject({ status: 'delivered', topic: answers });
        expect(await rejection(taken.respond({ status: 'Failed' }))).toMatchObject({
          code: 'RESPONSE_REPEATED',
        });
        await taken.ack();
        await gateway.committed(1);
        const [answer] = await gateway.harness.read(answers, 1);
        expect(Object.fromEntries(answer?.headers ?? [])).toMatchObject({ request_id: 'w-1' });
        expect(JSON.parse(String(answer?.value))).toMatchObject({
          event: { kind: 'write_point_response' },
          payload: { data: { request_id: 'w-1', device_id: 9, status: 'Success', applied_value: 1 } },
        });
        await gateway.northward.stop();
        await gateway.start();
        await gateway.send('w-2');
        const [other] = await gateway.take();
        const skipped = (other as Extract<Command, { kind: 'write_point' }>).respond({
          status: 'Success',
          deviceId: 9,
        });
        expect(await skipped).toEqual({ status: 'skipped', reason: 'mapping_disabled' });
      },
    );

    check('§7.1: stop() waits for the command in hand and commits it; the loop ends', async (gateway) => {
      await gateway.start();
      let begin = (): void => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      let finish = (): void => undefined;
      const loop = (async () => {
        for await (const each of gateway.northward.commands()) {
          begin();
          await new Promise<void>((resolve) => (finish = resolve));
          await each.ack();
        }
        return 'ended';
      })();
      await gateway.send('a');
      await begun;
      const stopping = gateway.northward.stop();
      finish();
      expect(await stopping).toMatchObject({ unfinishedCommands: 0, timedOut: false });
      expect([await loop, await gateway.mark()]).toEqual(['ended', 1]);
    });
  });
}
