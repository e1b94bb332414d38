/** §10 The replay keeps out of the way of live messages, and goes on whatever comes. */
import { describe, expect, it } from 'vitest';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { KeptBytes } from '../../../src/uplink/delivery/kept-bytes.js';
import { Pending } from '../../../src/uplink/delivery/pending.js';
import { ReplayPace } from '../../../src/uplink/forward/replay-pace.js';
import { openGateways } from '../../support/open-gateways.js';
import { StoringGateway, type Published } from '../../support/storing-gateway.js';

const STEP_MS = 10;
const { toStop } = openGateways();

describe('§10 how much is on its way', () => {
  const LIMIT = 2_048;

  /** Sends for so long over a way that takes `ms(n)` with `n` records on it. @returns what was on its way, each time */
  async function over(ms: (n: number) => number, forMs: number): Promise<number[]> {
    const clock = new MemoryClock(0);
    const pace = new ReplayPace(
      clock,
      () => LIMIT,
      () => 0,
    );
    const all: number[] = [];
    while (clock.monotonic() < forMs) {
      const pending = new Pending(0, new KeptBytes());
      all.push(pace.records);
      pace.entered(pending);
      await clock.advance(ms(pace.records));
      pace.left(pending, true);
    }
    return all;
  }

  it('given a way that takes the same time however much is on it, then it grows up to the limit', async () => {
    const all = await over(() => 100, 9_000);
    expect(Math.max(...all)).toBe(LIMIT);
  });

  it('given a way that is used up, then a message takes about twice the shortest time, and never less than a little is on its way', async () => {
    // 10 ms, and 0.2 ms for each that is in front.
    const all = await over((n) => 10 + n / 5, 9_000);
    const shortest = 10 + 32 / 5;
    expect(Math.max(...all.map((n) => 10 + n / 5))).toBeLessThanOrEqual(2 * shortest);
    expect(Math.min(...all)).toBe(32);
  });

  it('given a way that gets longer for good, then that is noticed, and it grows again', async () => {
    const clock = { ms: 5 };
    const all = await over(() => {
      clock.ms = Math.min(200, clock.ms + 0.5);
      return clock.ms;
    }, 60_000);
    expect(all.at(-1)).toBeGreaterThan(32);
  });
});

describe('§10 a backlog behind which everything that is published waits', () => {
  const LIMIT = 2_048;

  /**
   * A backlog to which `aSecond(its size)` are added, over a way whose time has nothing to do with what is on it: 5 ms now and then, mostly 20 to 40.
   * @returns the backlog, and what was on its way, each time
   */
  async function over(
    aSecond: (waits: number) => number,
    seconds: number,
  ): Promise<{ waits: number; most: number }[]> {
    const clock = new MemoryClock(0);
    let waits = 100_000;
    const pace = new ReplayPace(
      clock,
      () => LIMIT,
      () => waits,
    );
    const all: { waits: number; most: number }[] = [];
    for (let round = 0; clock.monotonic() < seconds * 1_000; round += 1) {
      const pending = new Pending(0, new KeptBytes());
      const sent = Math.min(waits, pace.records);
      const ms = round % 7 === 0 ? 5 : 20 + (round % 3) * 10;
      pace.entered(pending);
      await clock.advance(ms);
      pace.left(pending, true);
      waits += Math.round((aSecond(waits) * ms) / 1_000) - sent;
      all.push({ waits, most: pace.records });
    }
    return all;
  }
  const least = (all: readonly { most: number }[]): number => Math.min(...all.map(({ most }) => most));

  it('given times that vary by themselves and more that is published than a little takes away, then more goes, and it drains', async () => {
    const all = await over(() => 2_000, 600);
    expect(all.at(-1)?.waits).toBeLessThan(2_000);
    // After half a minute, and no more than that takes.
    expect(least(all.slice(1_200, 1_600))).toBe(64);
  });

  it('given that it is gone, then a little goes again', async () => {
    const all = await over((waits) => (waits > 200 ? 2_000 : 100), 600);
    expect(least(all.slice(1_200, 1_600))).toBe(64);
    expect(least(all.slice(-500))).toBe(32);
  });

  it('given an outage in which the backlog grows, then that says nothing of the pace', async () => {
    const clock = new MemoryClock(0);
    const backlog = { size: 10 };
    const pace = new ReplayPace(
      clock,
      () => LIMIT,
      () => backlog.size,
    );
    const send = async (): Promise<void> => {
      const pending = new Pending(0, new KeptBytes());
      pace.entered(pending);
      await clock.advance(10);
      pace.left(pending, true);
    };
    await send();
    await clock.advance(60_000);
    backlog.size = 100_000;
    pace.interrupted();
    await send();
    // As at the very beginning: 32, and 32 more for a message that was as fast as the fastest.
    expect(pace.records).toBe(64);
  });

  it('given less that is published than a little takes away, then a little is enough', async () => {
    expect(least((await over(() => 200, 60)).slice(-100))).toBe(32);
  });
});

/** A broker that takes so many in 10 ms, and a backlog of a former life. */
class Busy {
  readonly gateway: StoringGateway;
  readonly #each: number;
  #n = 1_000_000;
  /** Of live messages, ms. */
  readonly latencies: number[] = [];
  #waiting: Array<{ readonly published: Published; readonly steps: number }> = [];
  steps = 0;

  constructor(disk: MemoryDisk, each: number) {
    this.gateway = new StoringGateway({ disk, store: { replay: { order: 'live_first' } } });
    toStop(this.gateway);
    this.#each = each;
  }

  async start(): Promise<this> {
    this.gateway.northward.holdDelivery();
    await this.gateway.start();
    return this;
  }

  publish(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#waiting.push({ published: this.gateway.publish(this.#n, this.#n % 7), steps: this.steps });
      this.#n += 1;
    }
  }

  async step(live: number): Promise<void> {
    this.publish(live);
    await this.gateway.northward.releaseDelivery(this.#each);
    await this.gateway.northward.advanceTime(STEP_MS);
    this.steps += 1;
    for (const { published, steps } of this.#waiting) {
      if (published.outcome !== null) this.latencies.push((this.steps - steps) * STEP_MS);
    }
    this.#waiting = this.#waiting.filter(({ published }) => published.outcome === null);
  }
}

async function backlogOf(count: number): Promise<MemoryDisk> {
  const disk = createMemoryDisk();
  const gateway = await new StoringGateway({ disk }).start();
  await gateway.northward.setConnected(false);
  gateway.publishAll(0, count);
  await gateway.northward.advanceTime(2_000);
  await gateway.northward.stop({ timeoutMs: 1_000 });
  return disk;
}

describe('§10 live messages while a backlog is replayed', () => {
  it('given live_first and a broker that the replay keeps busy, then a live message waits for a little of it only, and the backlog drains', async () => {
    const busy = await new Busy(await backlogOf(1_200), 10).start();
    while (busy.gateway.backlog > 100) {
      if (busy.steps > 600) throw new Error(`it does not drain: ${busy.gateway.backlog}`);
      await busy.step(2);
    }
    const sorted = busy.latencies.toSorted((a, b) => a - b);
    // 32 records in front take 40 ms here, and so many again where it grew.
    expect(sorted.at(Math.floor(sorted.length / 2))).toBeLessThanOrEqual(80);
    expect(sorted.at(-1)).toBeLessThanOrEqual(150);
  });

  it('given a host that publishes all the time, nearly as much as the broker takes, then the backlog drains all the same', async () => {
    const busy = await new Busy(await backlogOf(300), 10).start();
    while (busy.gateway.backlog > 100) {
      if (busy.steps > 1_000) throw new Error(`it does not drain: ${busy.gateway.backlog}`);
      await busy.step(9);
    }
    expect(busy.gateway.undelivered).toEqual([]);
  });

  it('given no live message for long, then the replay takes all of the window that it may', async () => {
    const disk = await backlogOf(3_000);
    const gateway = new StoringGateway({ disk, uplink: { queue: { maxMessages: 4_000 } } });
    toStop(gateway);
    gateway.northward.holdDelivery();
    await gateway.start();
    await gateway.northward.advanceTime(1_000);
    // One may come at any moment.
    expect(gateway.northward.metrics().uplink.queue.messages).toBeLessThanOrEqual(64);
    await gateway.northward.advanceTime(11_000);
    await gateway.northward.releaseDelivery(10);
    await gateway.northward.advanceTime(1_000);
    expect(gateway.northward.metrics().uplink.queue.messages).toBeGreaterThan(1_500);
    await gateway.northward.releaseDelivery();
  });
});
