/** §12 with §10: what is stored is the record, and each of its events keeps an id, a receipt and an end of its own. */
import { describe, expect, it } from 'vitest';
import { headerTexts } from '../../../src/record/outgoing-record.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';
import { numbersIn } from '../../support/packing-gateway.js';
import { range, states, tally, type Published } from '../../support/storing-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';

type Json = Record<string, unknown>;

const PACK = { maxEvents: 4, maxWaitMs: 20 };

function gateway({
  disk,
  pack = PACK,
  store,
  uplink,
}: { disk?: MemoryDisk; pack?: Json; store?: Json; uplink?: Json } = {}): StoringPorts {
  const payload = { mode: 'timeseries_rows', pack };
  return new StoringPorts({
    ...(disk === undefined ? {} : { disk }),
    ...(store === undefined ? {} : { store }),
    uplink: {
      headers: ['message_id'],
      telemetry: { enabled: true, topic: '{{device_name}}', key: '{{device_id}}', payload },
      ...uplink,
    },
  });
}

const idsOf = (published: readonly Published[]): unknown[] =>
  published.map(({ outcome }) => (outcome?.status === 'stored' ? outcome.id : outcome?.status));

const sequences = (ids: readonly unknown[]): number[] =>
  ids.map((id) => Number(String(id).slice(String(id).lastIndexOf('-') + 1)));

function handed({ producers }: StoringPorts): { readonly ns: number[]; readonly id: string | undefined }[] {
  return producers.handed.map((record) => ({
    ns: numbersIn(record.value),
    id: headerTexts(record)['message_id'],
  }));
}

function outage({ producers }: StoringPorts): void {
  producers.hold = true;
  producers.up = false;
  producers.listener?.onAllBrokersDown();
}

async function back({ producers, clock }: StoringPorts): Promise<void> {
  producers.hold = false;
  producers.up = true;
  producers.connect();
  await clock.advance(5_000);
}

describe('§12 with a store', () => {
  it('given an outage, then records are stored as they are; each event has its id, and is told by it', async () => {
    const life = await gateway({ uplink: { producer: { messageTimeoutMs: 2_000 } } }).start();
    outage(life);
    const published = life.publishAll('a', 0, 10);
    await life.clock.advance(5_000);
    const ids = idsOf(published);
    expect(sequences(ids)).toEqual(range(1, 11));
    expect(life.lane().messages).toBe(3);
    await back(life);
    await life.until('all is sent', () => life.lane().messages === 0);
    expect(life.delivered.map(({ id }) => id)).toEqual(ids);
    expect(life.delivered.map(({ receipt }) => receipt.packed)).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 2, 2]);
    expect(life.northward.metrics().uplink.success).toBe(10);
    expect(handed(life).map(({ id }) => id)).toContain(ids[4]);
    await life.stop();
  });

  it("until: 'stored' closes the record in the same turn, and mixes with no others", async () => {
    const life = await gateway({
      store: { storeAfterMs: 0, commitIntervalMs: 1 },
      pack: { maxWaitMs: 10_000 },
    }).start();
    outage(life);
    const plain = life.publishAll('a', 0, 2);
    const stored = range(2, 5).map((n) => life.publish('a', n, { until: 'stored' }));
    await life.clock.advance(50);
    expect(tally(states(stored))).toEqual({ stored: 3 });
    expect(sequences(idsOf(stored))).toEqual([3, 4, 5]);
    expect(states(plain)).toEqual(['open', 'open']);
    await back(life);
    expect(states(plain)).toEqual(['delivered', 'delivered']);
    expect(handed(life).map(({ ns }) => ns)).toEqual([
      [0, 1],
      [2, 3, 4],
    ]);
    await life.stop();
  });

  it.each(['crash', 'restart'] as const)(
    'given a %s, then the next life tells of each event by its id',
    async (how) => {
      const disk = createMemoryDisk();
      const first = await gateway({ disk, store: { storeAfterMs: 0, commitIntervalMs: 1 } }).start();
      outage(first);
      const published = range(0, 6).map((n) => first.publish('a', n, { until: 'stored' }));
      await first.clock.advance(100);
      const ids = idsOf(published);
      if (how === 'crash') disk.crash();
      else await first.stop();
      const second = await gateway({ disk }).start();
      await second.until('all is sent', () => second.lane().messages === 0);
      expect(second.delivered.map(({ id, former }) => ({ id, former }))).toEqual(
        ids.map((id) => ({ id, former: true })),
      );
      expect(handed(second)).toEqual([
        { ns: [0, 1, 2, 3], id: ids[0] },
        { ns: [4, 5], id: ids[4] },
      ]);
      await second.stop();
    },
  );

  it('given a record of a former life that is refused, then it is divided, and only the event at fault is lost', async () => {
    const disk = createMemoryDisk();
    const first = await gateway({ disk, store: { storeAfterMs: 0, commitIntervalMs: 1 } }).start();
    outage(first);
    const published = range(0, 8).map((n) => first.publish('a', n, { until: 'stored' }));
    await first.clock.advance(100);
    const ids = idsOf(published);
    disk.crash();
    const second = gateway({ disk });
    second.producers.judge = ({ value }) => (numbersIn(value).includes(6) ? RD.INVALID_RECORD : null);
    await second.start();
    await second.until('all is sent', () => second.lane().messages === 0);
    await second.clock.settle();
    expect(second.lost).toEqual([
      { ids: [ids[6]], count: 1, cause: 'refused', lane: 'telemetry', former: true },
    ]);
    expect(second.delivered.map(({ id }) => id)).toEqual(ids.filter((_id, n) => n !== 6));
    expect(second.northward.losses()).toMatchObject([{ cause: 'refused', kind: 'telemetry', count: 1 }]);
    expect(handed(second).at(-1)).toEqual({ ns: [7], id: ids[7] });
    await second.stop();
    const third = await gateway({ disk }).start();
    await third.clock.advance(5_000);
    expect(third.producers.handed).toEqual([]);
    await third.stop();
  });

  it('given a crash while a refused record is on its way in parts, then all of it comes again', async () => {
    const disk = createMemoryDisk();
    const first = await gateway({ disk, store: { storeAfterMs: 0, commitIntervalMs: 1 } }).start();
    first.producers.judge = ({ value }) => (numbersIn(value).length > 1 ? RD.MSG_SIZE_TOO_LARGE : null);
    first.producers.hold = true;
    const published = first.publishAll('a', 0, 4);
    await first.clock.advance(100);
    // With its batch, then alone, then its first half; then the first event arrives.
    for (let report = 0; report < 4; report += 1) {
      first.producers.release(1);
      await first.clock.settle();
    }
    expect(tally(states(published))).toEqual({ delivered: 1, open: 3 });
    disk.crash();
    const second = await gateway({ disk }).start();
    await second.until('all is sent', () => second.lane().messages === 0);
    expect(handed(second).map(({ ns }) => ns)).toEqual([[0, 1, 2, 3]]);
    await second.stop();
  });

  it('given a disk that fails while the parts are on their way, then each event has its end', async () => {
    const disk = createMemoryDisk();
    const life = await gateway({ disk, store: { storeAfterMs: 0, commitIntervalMs: 1 } }).start();
    outage(life);
    const published = life.publishAll('a', 0, 8);
    await life.clock.advance(100);
    life.producers.judge = ({ value }) => (numbersIn(value).length > 1 ? RD.MSG_SIZE_TOO_LARGE : null);
    disk.readOnly(true);
    await back(life);
    await life.until('each has its end', () => !states(published).includes('open'));
    expect(tally(states(published))).toEqual({ delivered: 8 });
    disk.readOnly(false);
    await life.until('nothing is left on disk', () => life.lane().messages === 0);
    await life.stop();
  });

  it('given stop() while the parts wait, then they end as stored, and all of the record comes in the next life', async () => {
    const disk = createMemoryDisk();
    const life = await gateway({ disk, store: { storeAfterMs: 0, commitIntervalMs: 1 } }).start();
    life.producers.judge = ({ value }) => (numbersIn(value).length > 1 ? RD.MSG_SIZE_TOO_LARGE : null);
    const published = life.publishAll('a', 0, 4);
    await life.until('it is divided', () => life.producers.handed.length > 1, 1);
    outage(life);
    await life.stop();
    expect(states(published).every((state) => state === 'stored' || state === 'delivered')).toBe(true);
    const second = await gateway({ disk }).start();
    await second.until('all is sent', () => second.lane().messages === 0);
    const open = published.filter(({ outcome }) => outcome?.status === 'stored').length;
    expect(new Set(handed(second).flatMap(({ ns }) => ns)).size).toBeGreaterThanOrEqual(open);
    await second.stop();
  });

  it('given records that grow too old, then the ledger and the event count their events', async () => {
    const life = await gateway({
      store: { storeAfterMs: 0, commitIntervalMs: 1, maxAgeMs: 60_000 },
      uplink: { queue: { maxMessages: 8 } },
    }).start();
    outage(life);
    const published = range(0, 8).map((n) => life.publish('a', n, { until: 'stored' }));
    await life.clock.advance(100);
    // What a client holds does not expire: that is the first record.
    const ids = idsOf(published).slice(4);
    await life.clock.advance(120_000);
    await back(life);
    await life.until('they are gone', () => life.lost.length > 0);
    expect(life.lost.flatMap((event) => event.ids)).toEqual(ids);
    expect(life.lost.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(life.northward.losses()).toMatchObject([{ cause: 'expired', count: 4 }]);
    await life.stop();
  });

  it('given a topic that is missing, then records are parked as they are, and come back in order', async () => {
    const life = await gateway().start();
    life.producers.outcomes.set('a', RD.UNKNOWN_TOPIC_OR_PART);
    life.producers.topics = new Set(['b']);
    const published = [...life.publishAll('a', 0, 10), ...life.publishAll('b', 10, 12)];
    await life.clock.advance(40_000);
    expect(states(published.slice(10))).toEqual(['delivered', 'delivered']);
    life.producers.outcomes.clear();
    life.producers.topics = null;
    await life.until('all is sent', () => life.lane().messages + life.lane().parked === 0);
    const arrived = handed(life).filter(({ ns }) => ns[0]! < 10);
    expect([...new Set(arrived.flatMap(({ ns }) => ns))]).toEqual(range(0, 10));
    expect(arrived.every(({ ns }) => ns.length === 4 || ns.length === 2)).toBe(true);
    await life.stop();
  });

  it('bounds of promises count events', async () => {
    const life = await gateway({
      uplink: { queue: { maxMessages: 12 } },
      store: { storeAfterMs: 0, commitIntervalMs: 1 },
    }).start();
    outage(life);
    const published: Published[] = [];
    for (let n = 0; n < 24; n += 4) {
      published.push(...life.publishAll('a', n, n + 4));
      await life.clock.advance(100);
    }
    expect(tally(states(published))).toEqual({ stored: 12, open: 12 });
    await back(life);
    await life.until('all is sent', () => life.lane().messages === 0);
    expect(tally(states(published))).toEqual({ stored: 12, delivered: 12 });
    await life.stop();
  });
});
