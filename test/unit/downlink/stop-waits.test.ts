import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/memory-northward.js';
import { TOPIC, gatewaysOfTest, takeAll, until, type Gateway } from '../../support/downlink-gateway.js';

const { started } = gatewaysOfTest();

/** So that stop() has come to its waits. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('§7 what stop() waits for goes away', () => {
  const place = { topic: TOPIC, partition: 0 };
  /** Far longer than anything here takes; a stop() that waits for it fails by its report. */
  const LONG = { timeoutMs: 40_000 };
  const nothingLeft = { unfinishedCommands: 0, timedOut: false };

  test.each([
    ['revoked', ({ consumers }: Gateway) => consumers.revoke([place])],
    ['lost', ({ consumers }: Gateway) => consumers.revoke([place], true)],
    ['gone with its client', ({ consumers }: Gateway) => consumers.listener?.onFatal('fenced')],
  ])(
    'given a command in hand whose partition is %s, then stop() ends, and nothing is unfinished',
    async (_, take) => {
      const all = await started();
      all.write('a');
      const [a] = await takeAll(all.northward, 1);
      const stopped = all.northward.stop(LONG);
      await turn();
      take(all);
      expect(await stopped).toMatchObject(nothingLeft);
      expect(await rejection(a.ack())).toMatchObject({ code: 'COMMAND_STALE' });
    },
  );

  test('given a dead letter without receipt whose partition is revoked, then stop() waits for the producer only', async () => {
    const all = await started({ deadLetter: { enabled: true, topic: 'dead' } });
    const { northward, consumers, producers } = all;
    producers.hold = true;
    consumers.produce(TOPIC, { value: 'no JSON' });
    await until('sent', () => producers.handed.length === 1);
    const stopped = northward.stop(LONG);
    await turn();
    consumers.revoke([place]);
    await until('the group is left', () => consumers.closed === 1);
    producers.hold = false;
    producers.release();
    expect(await stopped).toMatchObject(nothingLeft);
  });
});
