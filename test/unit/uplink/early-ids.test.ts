/** §10 What is sent before the store is open: a message has one id all the same, in its receipt, its events and all of its records. */
import { describe, expect, it } from 'vitest';
import { headerTexts } from '../../../src/record/outgoing-record.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { messageIdAfter } from '../../../src/store/port.js';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';
import { numbersIn } from '../../support/packing-gateway.js';
import { range, states, tally, type Published } from '../../support/storing-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';

type Json = Record<string, unknown>;

interface Options {
  readonly disk?: MemoryDisk;
  readonly store?: Json;
  readonly uplink?: Json;
  readonly pack?: Json;
}

function gateway({ disk = createMemoryDisk(), store = {}, uplink = {}, pack }: Options = {}): StoringPorts {
  const payload = { mode: 'timeseries_rows', ...(pack === undefined ? {} : { pack }) };
  return new StoringPorts({
    disk,
    store,
    uplink: {
      headers: ['message_id'],
      telemetry: { enabled: true, topic: '{{device_name}}', key: '{{device_id}}', payload },
      ...uplink,
    },
  });
}

/** Every record that a client was handed: what it holds, and its id. */
function handed({ producers }: StoringPorts): { readonly ns: readonly number[]; readonly id: unknown }[] {
  return producers.handed.map((record) => ({
    ns: numbersIn(record.value),
    id: headerTexts(record)['message_id'],
  }));
}

const idsOf = (published: readonly Published[]): unknown[] =>
  published.map(({ outcome }) => (outcome?.status === 'stored' ? outcome.id : outcome?.status));

const isWorking = ({ northward }: StoringPorts): boolean => northward.metrics().store?.state === 'working';

/** Ways in which a store is not open yet when messages are sent. */
const TROUBLE = {
  'is read-only': {
    begin: (disk: MemoryDisk) => disk.readOnly(true),
    end: (disk: MemoryDisk) => disk.readOnly(false),
    sentAfterMs: 100,
  },
  hangs: {
    begin: (disk: MemoryDisk) => disk.hang(true),
    end: (disk: MemoryDisk) => disk.hang(false),
    sentAfterMs: 16_000,
  },
  'takes no state': {
    // All that was read by then is of no account: the next attempt reads it again.
    begin: (disk: MemoryDisk) => disk.failNext('write', 'EIO', 1, 1),
    end: () => undefined,
    sentAfterMs: 100,
  },
} as const;

/** A life that sends messages before its store is open, gets no report, and has them on disk in the end. */
async function storedLate(
  how: keyof typeof TROUBLE,
  publish: (life: StoringPorts) => Published[],
  options: Options = {},
): Promise<{ readonly life: StoringPorts; readonly published: Published[] }> {
  const { begin, end, sentAfterMs } = TROUBLE[how];
  const life = gateway(options);
  begin(life.disk);
  life.producers.hold = true;
  await life.start();
  const published = publish(life);
  await life.clock.advance(sentAfterMs);
  expect(isWorking(life)).toBe(false);
  expect(handed(life).length).toBeGreaterThan(0);
  end(life.disk);
  await life.until('all is on disk', () => isWorking(life) && life.lane().messages === handed(life).length);
  return { life, published };
}

async function sentAgainBy(disk: MemoryDisk, options: Options = {}): Promise<StoringPorts> {
  const next = await gateway({ disk, ...options }).start();
  await next.until('all is sent', () => next.lane().messages === 0);
  return next;
}

const three = (life: StoringPorts): Published[] => life.publishAll('a', 0, 3);

describe('§10 the id of a message that was sent before the store was open', () => {
  it.each(
    (Object.keys(TROUBLE) as (keyof typeof TROUBLE)[]).flatMap((how) =>
      [0, 1_000].map((storeAfterMs) => ({ how, storeAfterMs })),
    ),
  )(
    'given a disk that $how at the start, storeAfterMs $storeAfterMs, and a crash, then the copy has the same id',
    async ({ how, storeAfterMs }) => {
      const { life } = await storedLate(how, three, { store: { storeAfterMs } });
      const sent = handed(life);
      expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
      life.disk.crash();
      const next = await sentAgainBy(life.disk);
      expect(handed(next)).toEqual(sent);
      await next.stop();
    },
  );

  it('given a batch, then each of its messages keeps its id', async () => {
    const batch = (life: StoringPorts): Published[] => {
      const event = (n: number) => ({
        deviceId: 1,
        deviceName: 'a',
        timestamp: 1_700_000_000_000 + n,
        values: { n },
      });
      void life.northward.publishBatch(range(0, 3).map((n) => ({ kind: 'telemetry', ...event(n) })));
      return [];
    };
    const { life } = await storedLate('is read-only', batch);
    const sent = handed(life);
    expect(sent.length).toBe(3);
    life.disk.kill();
    const next = await sentAgainBy(life.disk);
    expect(handed(next)).toEqual(sent);
    await next.stop();
  });

  it('given several lives without a report, then it stays', async () => {
    const { life } = await storedLate('is read-only', three);
    const sent = handed(life);
    life.disk.crash();
    for (let again = 0; again < 2; again += 1) {
      const silent = gateway({ disk: life.disk });
      silent.producers.hold = true;
      await silent.start();
      await silent.until('all is sent', () => silent.producers.handed.length === 3);
      expect(handed(silent)).toEqual(sent);
      life.disk.crash();
    }
  });

  it('given its promise ends as stored, then receipt, header and event have one id', async () => {
    const { life, published } = await storedLate('is read-only', three);
    await life.clock.advance(40_000);
    const ids = handed(life).map(({ id }) => id);
    expect(idsOf(published)).toEqual(ids);
    life.disk.crash();
    const next = await sentAgainBy(life.disk);
    expect(next.delivered.map(({ id, former }) => ({ id, former }))).toEqual(
      ids.map((id) => ({ id, former: true })),
    );
    await next.stop();
  });

  it('given the report comes after that in the same life, then the event has it, too', async () => {
    const { life, published } = await storedLate('is read-only', three);
    await life.clock.advance(40_000);
    const ids = idsOf(published);
    life.producers.hold = false;
    life.producers.release(3);
    await life.clock.settle();
    expect(life.delivered.map(({ id }) => id)).toEqual(ids);
    await life.stop();
  });

  it('given it grows too old, then what tells of the loss has it', async () => {
    const options = { store: { maxAgeMs: 60_000 } };
    const { life } = await storedLate('is read-only', three, options);
    const ids = handed(life).map(({ id }) => id);
    life.disk.crash();
    const next = gateway({ disk: life.disk, ...options });
    next.producers.up = false;
    await next.start();
    await next.until('it is told', () => next.lost.length > 0);
    expect(next.lost.flatMap((event) => event.ids)).toEqual(ids);
    expect(handed(next)).toEqual([]);
    await next.stop();
  });

  it('given live_first, then the mark of a replay leaves it as it is', async () => {
    const options = { store: { replay: { order: 'live_first' } } };
    const { life } = await storedLate('is read-only', three, options);
    const sent = handed(life);
    life.disk.crash();
    const next = await sentAgainBy(life.disk, options);
    expect(handed(next)).toEqual(sent);
    expect(next.producers.handed.map((record) => headerTexts(record)['replayed'])).toEqual(
      Array.from({ length: 3 }, () => 'true'),
    );
    await next.stop();
  });

  it('given its topic is parked, then it comes back with it', async () => {
    const { life } = await storedLate('is read-only', three);
    const sent = handed(life);
    life.producers.outcomes.set('a', RD.UNKNOWN_TOPIC_OR_PART);
    life.producers.topics = new Set();
    life.producers.hold = false;
    life.producers.release(3);
    await life.until('all is parked', () => life.lane().parked === 3);
    // It is noted that it is no longer in its lane.
    await life.clock.advance(5_000);
    life.disk.crash();
    const next = await sentAgainBy(life.disk);
    expect(handed(next)).toEqual(sent);
    await next.stop();
  });
});

describe('§12 packed records that were sent before the store was open', () => {
  const pack = { maxEvents: 4, maxWaitMs: 20 };
  const eight = (life: StoringPorts): Published[] => life.publishAll('a', 0, 8);

  it('given a crash, then each has the id of its first event, and the events are told by theirs', async () => {
    const { life, published } = await storedLate('is read-only', eight, { pack });
    await life.clock.advance(40_000);
    const sent = handed(life);
    expect(sent.map(({ ns }) => ns)).toEqual([range(0, 4), range(4, 8)]);
    const ids = idsOf(published);
    expect(sent.map(({ id }) => id)).toEqual([ids[0], ids[4]]);
    expect(new Set(ids).size).toBe(8);
    life.disk.crash();
    const next = await sentAgainBy(life.disk, { pack });
    expect(handed(next)).toEqual(sent);
    expect(next.delivered.map(({ id }) => id)).toEqual(ids);
    await next.stop();
  });

  it('given one that is refused in the next life, then its parts have the ids of their first events', async () => {
    const { life, published } = await storedLate('is read-only', eight, { pack });
    await life.clock.advance(40_000);
    const ids = idsOf(published);
    life.disk.crash();
    const next = gateway({ disk: life.disk, pack });
    next.producers.judge = ({ value }) => (numbersIn(value).includes(6) ? RD.INVALID_RECORD : null);
    await next.start();
    await next.until('all is sent', () => next.lane().messages === 0);
    await next.clock.settle();
    expect(next.lost).toMatchObject([{ ids: [ids[6]], cause: 'refused' }]);
    for (const { ns, id } of handed(next)) expect(id).toBe(ids[ns[0] ?? -1]);
    await next.stop();
  });

  it('given one that is refused before the store is open, and a crash, then no part has another id than before', async () => {
    const life = gateway({ pack });
    life.disk.readOnly(true);
    life.producers.judge = ({ value }) => (numbersIn(value).length > 1 ? RD.MSG_SIZE_TOO_LARGE : null);
    await life.start();
    life.producers.hold = true;
    const published = life.publishAll('a', 0, 4);
    await life.clock.advance(100);
    for (let report = 0; report < 8; report += 1) {
      life.producers.release(1);
      await life.clock.settle();
      if (tally(states(published))['delivered'] === 1) break;
    }
    const ofEvent = (n = 0): string => messageIdAfter(String(handed(life)[0]?.id), n);
    expect(handed(life).map(({ id }) => id)).toEqual(handed(life).map(({ ns }) => ofEvent(ns[0])));
    life.disk.readOnly(false);
    await life.until('the rest is on disk', () => isWorking(life) && life.lane().messages > 0);
    life.disk.crash();
    const next = await sentAgainBy(life.disk, { pack });
    const again = handed(next);
    expect(again.length).toBeGreaterThan(0);
    expect(again.map(({ id }) => id)).toEqual(again.map(({ ns }) => ofEvent(ns[0])));
    await next.stop();
  });
});

describe('§10 a store whose state cannot be written at the start', () => {
  it('given a backlog, then nothing of it is sent before the store is open, and each record once then', async () => {
    const disk = createMemoryDisk();
    const first = gateway({ disk, store: { storeAfterMs: 0 } });
    first.producers.hold = true;
    await first.start();
    first.publishAll('a', 0, 5);
    await first.until('all is sent', () => handed(first).length === 5);
    const sent = handed(first);
    disk.crash();
    disk.failNext('write', 'EIO', 2);
    const second = await gateway({ disk }).start();
    second.producers.hold = true;
    await second.clock.advance(4_000);
    expect([isWorking(second), handed(second)]).toEqual([false, []]);
    await second.until('all is sent', () => handed(second).length >= 5);
    await second.clock.advance(10_000);
    expect(isWorking(second)).toBe(true);
    expect(handed(second)).toEqual(sent);
    second.producers.hold = false;
    second.producers.release(5);
    await second.until('all is delivered', () => second.lane().messages === 0);
    await second.stop();
  });
});

describe('§10 two lives', () => {
  it('given a life whose store could not be opened and whose power failed, then the next one gives its ids to no other message', async () => {
    const disk = createMemoryDisk();
    await (await gateway({ disk }).start()).stop();
    const seen: unknown[] = [];
    for (let life = 0; life < 3; life += 1) {
      // What the store is called is known by then, but nothing keeps this life from being counted twice.
      if (life < 2) disk.failNext('write', 'EIO');
      const each = await gateway({ disk }).start();
      expect(isWorking(each)).toBe(life === 2);
      each.publishAll('a', 10 * life, 10 * life + 3);
      await each.clock.advance(100);
      seen.push(...handed(each).map(({ id }) => id));
      if (life < 2) disk.crash();
      else await each.stop();
    }
    expect(seen.length).toBe(9);
    expect(new Set(seen).size).toBe(9);
  });
});
