/** §12 Records that are open: events in them wait for others. */
import { describe, expect, it } from 'vitest';
import { PublishError } from '../../../src/api/errors.js';
import type { Undelivered } from '../../../src/api/events.js';
import type { ResolvedPacking } from '../../../src/config/resolved-config.js';
import { safeLogger } from '../../../src/core/host-call.js';
import { UplinkCounters } from '../../../src/observability/counters.js';
import { LossLog } from '../../../src/observability/loss-log.js';
import { RecordHeaders } from '../../../src/record/outgoing-record.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { Outcomes } from '../../../src/uplink/delivery/outcomes.js';
import type { PackingHooks } from '../../../src/uplink/delivery/packing.js';
import type { Pending } from '../../../src/uplink/delivery/pending.js';
import { PendingPool } from '../../../src/uplink/delivery/pending-pool.js';
import { UndeliveredEvents } from '../../../src/uplink/delivery/undelivered.js';
import { Packer } from '../../../src/uplink/pack/packer.js';

const PACK: ResolvedPacking = { maxEvents: 1_000, maxBytes: 65_536, maxWaitMs: 20 };

class Bench {
  readonly clock = new MemoryClock(1_700_000_000_000);
  readonly pool = new PendingPool();
  readonly gone: Pending[] = [];
  readonly told: Undelivered[] = [];
  readonly outcomes: Outcomes;
  readonly packer: Packer;
  goesOn: (pending: Pending) => void = (pending) => this.gone.push(pending);

  constructor() {
    const losses = new LossLog(safeLogger(undefined), this.clock);
    const undelivered = new UndeliveredEvents(this.clock, () => (message) => this.told.push(message));
    this.outcomes = new Outcomes(new UplinkCounters(), losses, undelivered);
    const hooks: PackingHooks = {
      take: () => this.pool.take(),
      release: (pending) => {
        this.pool.give(pending);
      },
      replace: () => undefined,
      goesOn: (pending) => {
        this.goesOn(pending);
      },
      roomMade: () => undefined,
    };
    this.packer = new Packer({ maxMessages: 100_000, maxBytes: 1e9 }, this.clock, this.outcomes, hooks);
  }

  accept(device: number, bytes = 10, pack = PACK): void {
    const pending = this.pool.take();
    pending.topic = 'data';
    pending.headers = HEADERS;
    pending.deviceId = device;
    pending.pack = pack;
    pending.value = Buffer.from(`["${'x'.repeat(bytes)}"]`);
    pending.bytes = pending.value.length;
    this.packer.accepted(pending);
  }
}
const HEADERS = new RecordHeaders([['message_id', '']], -1, 0);

describe('§12 records that are open', () => {
  it.each(['changed', 'closeAll'] as const)(
    'given a logger that publishes while %s() closes them, then what it opens is closed in time',
    async (call) => {
      const bench = new Bench();
      const other = { ...PACK };
      bench.accept(1);
      bench.packer.closeAll();
      bench.accept(2, 10, other);
      bench.gone.length = 0;
      bench.goesOn = (pending) => {
        bench.goesOn = (each) => bench.gone.push(each);
        bench.gone.push(pending);
        bench.accept(3);
      };
      bench.packer[call]();
      await bench.clock.advance(20);
      expect(bench.gone.map(({ deviceId }) => deviceId)).toEqual([2, 3]);
    },
  );

  it('given a large one before, then those of many devices with little to say take little memory', () => {
    const bench = new Bench();
    for (let n = 0; n < 60; n += 1) bench.accept(0, 1_000);
    bench.packer.closeAll();
    const before = process.memoryUsage().arrayBuffers;
    for (let device = 1; device <= 2_000; device += 1) bench.accept(device);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    bench.packer.end();
    expect(bench.gone).toHaveLength(2_001);
  });

  it('given a failure, then each event is told with its id', async () => {
    const bench = new Bench();
    for (let n = 0; n < 3; n += 1) bench.accept(1);
    bench.packer.closeAll();
    const [record] = bench.gone;
    if (record === undefined) throw new Error('no record');
    record.messageId = 'store-1-7';
    const ids: string[] = [];
    bench.outcomes.failed(record, new PublishError('STORE_FULL', 'test'));
    await bench.clock.settle();
    for (const { record: each } of bench.told) ids.push(each?.headers['message_id'] ?? 'none');
    expect(ids).toEqual(['store-1-7', 'store-1-8', 'store-1-9']);
  });
});
