import { describe, expect, it } from 'vitest';
import { WAITING, type Pending } from '../../../src/uplink/delivery/pending.js';
import { KeptOutbox } from '../../support/kept-outbox.js';

/** More than are handed over in one turn. */
const BURST = 200;

/** Publishes a burst in one turn. @returns messages that wait then, and how many of their values are copies */
function burst(kept: KeptOutbox): { waiting: number; copied: number } {
  const values = new Map<Pending, Buffer>();
  for (let n = 0; n < BURST; n += 1) {
    const pending = kept.box.take();
    pending.owner = kept.owner;
    pending.topic = 't';
    pending.value = Buffer.from(`${n}`);
    pending.timestampMs = kept.clock.now();
    values.set(pending, pending.value);
    kept.box.submit(pending);
  }
  const waiting = [...values].filter(([{ state }]) => state === WAITING);
  return { waiting: waiting.length, copied: waiting.filter(([{ value }, own]) => value !== own).length };
}

/** A topic where something has arrived, so that the client may hold a good part of the window of it. */
async function proven(maxMessages?: number): Promise<KeptOutbox> {
  const kept = await new KeptOutbox(maxMessages === undefined ? {} : { maxMessages }).open();
  await kept.publish('t', 'first');
  await kept.report(0, 'first');
  return kept;
}

describe('§7 messages that wait have a copy of their own, so that they do not hold on to the blocks that they were written to', () => {
  it('given they go to the client within a few turns, then they have none: it costs time', async () => {
    const kept = await proven();
    expect(burst(kept)).toEqual({ waiting: BURST - 128, copied: 0 });
    await kept.clock.settle();
    expect(kept.handed()).toHaveLength(BURST + 1);
  });

  it('given no client, then they do', () => {
    expect(burst(new KeptOutbox())).toEqual({ waiting: BURST, copied: BURST });
  });

  it('given more than the topic may have in the hands of the client, then those beyond do', async () => {
    const kept = await proven(BURST);
    const { waiting, copied } = burst(kept);
    // Of a window of 200 a topic may have 150.
    expect([waiting, copied]).toEqual([BURST - 128, BURST - 150]);
  });

  it('given a topic that is parked, then they do', async () => {
    const kept = await proven();
    kept.box.park(kept.box.queue('t'));
    expect(burst(kept).copied).toBe(BURST);
  });
});
