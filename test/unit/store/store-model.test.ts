import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredRecord } from '../../../src/store/port.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { countLost, laneOptions, live, NEVER, record, type Life } from './store-bench.js';

const FOLDER = '/store/app-1';
const AGE_MS = 3_600_000;
const value = Buffer.alloc(300, 'x');

type Op =
  | { do: 'append'; count: number; held: boolean; handedOver: boolean }
  | { do: 'flush' | 'begin flush' | 'rewind' | 'take' | 'close' | 'settle' }
  | { do: 'read' | 'read some' | 'acknowledge' | 'release'; count: number }
  | { do: 'crash'; how: 'kill' | number | null; settled: boolean }
  | { do: 'time'; ms: number }
  | { do: 'full'; on: boolean }
  | { do: 'fail'; call: 'write' | 'datasync' | 'syncFolder' | 'remove'; times: number };

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 30 }),
      held: fc.boolean(),
      handedOver: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('read' as const, 'read some' as const, 'acknowledge' as const, 'release' as const),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'flush' as const,
        'begin flush' as const,
        'rewind' as const,
        'take' as const,
        'close' as const,
        'settle' as const,
      ),
    }),
  },
  fc.record({
    do: fc.constant('crash' as const),
    how: fc.oneof(fc.constantFrom('kill' as const, null), fc.nat(1_000)),
    settled: fc.boolean(),
  }),
  fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 1, max: AGE_MS }) }),
  fc.record({ do: fc.constant('full' as const), on: fc.boolean() }),
  fc.record({
    do: fc.constant('fail' as const),
    call: fc.constantFrom('write' as const, 'datasync' as const, 'syncFolder' as const, 'remove' as const),
    times: fc.integer({ min: 1, max: 3 }),
  }),
);

/** What is known of a record by those who use the store. */
interface Known {
  readonly id: string;
  position: number;
  /** Somebody had it in this life. */
  handed: boolean;
  /** Somebody had it in a former life. */
  handedBefore: boolean;
  where: 'unread' | 'held' | 'done' | 'lost' | 'back';
  /** A crash came before it was known to be on disk, or before it was known that it is done. */
  unsure: boolean;
}

/** A host, and all that it knows. */
class Host {
  readonly disk = createMemoryDisk();
  readonly records = new Map<string, Known>();
  /** Lost, of which nothing is told but their number. */
  places = 0;
  /** The last state of a life may not come to the disk. */
  failing = false;
  #life: Life | null = null;
  #sequence = 0;
  #told = 0;
  #unstored = 0;
  /** Done or lost, but the state may not say so yet. */
  #unsettled = new Set<Known>();
  readonly compress: boolean;

  constructor(compress: boolean) {
    this.compress = compress;
  }

  async start(): Promise<void> {
    for (const known of this.records.values()) known.handedBefore ||= known.handed;
    this.#told = 0;
    this.#unstored = 0;
    const lanes = [laneOptions({ maxBytes: 16 * 1024, maxAgeMs: AGE_MS })];
    this.#life = await live(this.disk.boot(), FOLDER, { lanes, compress: this.compress });
    while (!this.life.store.working) await this.life.clock.advance(5_000);
  }

  get life(): Life {
    return this.#life!;
  }

  get lane() {
    return this.life.store.lane('telemetry');
  }

  inHand(): Known[] {
    return [...this.records.values()].filter(({ where }) => where === 'held');
  }

  async run(op: Op): Promise<void> {
    if (op.do === 'append') this.append(op.count, op.held, op.handedOver);
    else if (op.do === 'read') this.take(await this.lane.read(op.count));
    else if (op.do === 'read some') this.take(await this.lane.read(op.count, (topic) => topic === 'topic-1'));
    else if (op.do === 'take') this.take(this.lane.takeUnsynced());
    else if (op.do === 'acknowledge') this.acknowledge(op.count);
    else if (op.do === 'release') this.release(op.count);
    else if (op.do === 'rewind') this.lane.rewind();
    else if (op.do === 'flush') await this.life.store.flush();
    else if (op.do === 'begin flush') void this.life.store.flush();
    else if (op.do === 'settle') await this.settle();
    else if (op.do === 'time') await this.life.clock.advance(op.ms);
    else if (op.do === 'full') this.disk.full(op.on ? 0 : false);
    else if (op.do === 'fail') this.fail(op.call, op.times);
    else if (op.do === 'crash') await this.crash(op.how, op.settled);
    else await this.close();
    await this.life.clock.settle();
    this.hear();
  }

  fail(call: 'write' | 'datasync' | 'syncFolder' | 'remove', times: number): void {
    this.failing = true;
    this.disk.failNext(call, 'EIO', times);
  }

  append(count: number, held: boolean, handedOver: boolean): void {
    const { store, clock } = this.life;
    for (let n = 0; n < count; n += 1) {
      this.#sequence += 1;
      const given = record(this.#sequence, {
        topic: `topic-${this.#sequence % 3}`,
        life: store.life,
        acceptedAtMs: clock.now(),
        handedOver: held && handedOver,
        value,
      });
      const position = this.lane.append(given, held);
      if (position === null) continue;
      const id = `${store.life}-${this.#sequence}`;
      this.records.set(id, {
        id,
        position,
        handed: held,
        handedBefore: false,
        where: held ? 'held' : 'unread',
        unsure: false,
      });
    }
  }

  take(found: readonly StoredRecord[]): void {
    for (const { life, sequence, position, maybeDuplicate } of found) {
      const known = this.records.get(`${life}-${sequence}`);
      expect(known, `${life}-${sequence} is known`).toBeDefined();
      if (known === undefined) continue;
      expect(['unread', 'back'].includes(known.where) || known.unsure, `${known.id} ${known.where}`).toBe(
        true,
      );
      if (known.handedBefore) expect(maybeDuplicate, `${known.id} had been handed out`).toBe(true);
      known.handed = true;
      known.where = 'held';
      known.position = position;
    }
  }

  acknowledge(count: number): void {
    for (const known of this.inHand().slice(0, count)) {
      this.lane.acknowledge(known.position);
      known.where = 'done';
      this.#unsettled.add(known);
    }
  }

  release(count: number): void {
    for (const known of this.inHand().slice(-count)) {
      this.lane.release(known.position);
      known.where = 'unread';
    }
  }

  /** What the store has told since the last time. */
  hear(): void {
    const { lost, unstored } = this.life.told;
    for (const { life, sequence } of lost.slice(this.#told).flatMap(({ records }) => records)) {
      const known = this.records.get(`${life}-${sequence}`)!;
      expect(['unread', 'back'].includes(known.where) || known.unsure, `${known.id} ${known.where}`).toBe(
        true,
      );
      known.where = 'lost';
      this.#unsettled.add(known);
    }
    // Held records whose file had to go, and that were still in hand when their life ended: they are counted by their places.
    for (const { records, count } of lost.slice(this.#told)) this.places += count - records.length;
    this.#told = lost.length;
    for (const { life, sequence } of unstored.slice(this.#unstored)) {
      const known = this.records.get(`${life}-${sequence}`)!;
      expect(['unread', 'held'], known.id).toContain(known.where);
      known.where = 'back';
      // The disk may have it all the same.
      known.unsure = true;
    }
    this.#unstored = unstored.length;
  }

  /** All that happened so far would survive a crash. */
  async settle(): Promise<void> {
    this.disk.full(false);
    await this.life.store.flush();
    await this.life.clock.advance(20_000);
    this.hear();
    if (this.life.store.working) this.#unsettled.clear();
  }

  /** Until the disk has no failures left. */
  async settleWell(): Promise<void> {
    do await this.settle();
    while (!this.life.store.working);
  }

  async readAll(): Promise<void> {
    for (let left = Infinity; this.lane.backlog > 0 && left > 0; left -= 1) {
      const found = await this.lane.read(1_000);
      this.take(found);
      if (found.length === 0) left = Math.min(left, 5);
      if (!this.life.store.working) await this.settleWell();
    }
  }

  async crash(how: 'kill' | number | null, settled: boolean): Promise<void> {
    if (settled) await this.settle();
    const { synced } = this.lane;
    await this.life.clock.settle();
    this.hear();
    for (const known of this.records.values()) {
      const open = known.where === 'unread' || known.where === 'held';
      if (open && known.position >= synced) known.unsure = true;
      if (open) known.where = 'unread';
    }
    for (const known of this.#unsettled) known.unsure = true;
    this.#unsettled.clear();
    if (how === 'kill') this.disk.kill();
    else this.disk.crash(how === null ? {} : { seed: how });
    this.disk.full(false);
    await this.start();
  }

  async close(): Promise<void> {
    this.disk.full(false);
    await this.life.store.close(NEVER);
    await this.life.clock.settle();
    this.hear();
    if (this.failing) for (const known of this.#unsettled) known.unsure = true;
    this.#unsettled.clear();
    for (const known of this.records.values()) if (known.where === 'held') known.where = 'unread';
    await this.start();
  }
}

describe('a store, whatever happens to it', () => {
  it.each([
    ['plain', false],
    ['deflated', true],
  ])('what is gone is exactly what the ledger says (%s)', async (_, compress) => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 60 }), async (ops) => {
        const host = new Host(compress);
        await host.start();
        for (const each of ops) await host.run(each);
        await host.settleWell();
        host.lane.rewind();
        const all = (): Known[] => [...host.records.values()];
        const sure = all().filter(({ unsure }) => !unsure);
        const unread = sure.filter(({ where }) => where === 'unread');
        if (sure.length === all().length) expect(host.lane.backlog).toBe(unread.length - host.places);
        await host.readAll();
        await host.life.clock.settle();
        host.hear();
        const gone = (each: Known): boolean => each.where === 'unread' || each.where === 'lost';
        const surely = all().filter((each) => gone(each) && !each.unsure).length;
        const perhaps = all().filter(({ unsure }) => unsure).length;
        const lost = countLost(host.life.store.ledger());
        expect(lost, 'all that is gone is on the books').toBeGreaterThanOrEqual(surely);
        expect(lost, 'nothing else is on the books').toBeLessThanOrEqual(surely + perhaps);
        const named = all().filter(({ where }) => where === 'lost').length;
        if (perhaps === 0) expect(lost).toBe(named + host.places);
        expect(countLost(host.life.store.ledger(), 'corrupt')).toBe(0);
        await host.life.store.close(NEVER);
      }),
      { numRuns: 150 },
    );
  });
});
