import { afterEach, describe, expect, it } from 'vitest';
import { assemble } from '../../../src/assemble.js';
import { deliveryFailure, RD } from '../../../src/kafka/port/codes.js';
import type { Receipt } from '../../../src/api/uplink.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { FaultyConsumers } from '../../support/memory-consumer.js';
import { rejection } from '../../support/memory-northward.js';
import { FaultyProducers } from '../../support/memory-producer.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

let stop = (): Promise<unknown> => Promise.resolve();
afterEach(() => stop());

/** Publishes to one topic; the test says what the reports say, and when time goes on. */
async function gateway(key = '{{device_id}}') {
  const clock = new MemoryClock(1_700_000_000_000);
  const producers = new FaultyProducers({ clock });
  producers.hold = true;
  const config = {
    connection: { bootstrapServers: 'memory:9092' },
    uplink: { telemetry: { enabled: true, topic: 't', key } },
    downlink: { enabled: false },
  };
  const ports = { producer: () => producers, consumer: () => new FaultyConsumers(), clock };
  const northward = assemble(config, {}, ports);
  stop = () => clock.runUntilEnd(northward.stop({ timeoutMs: 0 }), () => false);
  await northward.start();
  await clock.settle();
  /** @param deviceName blank: with the key template of the device's name the record has no key */
  const publish = async (
    aheadMs: number,
    deviceName = 'pump',
  ): Promise<{ readonly receipt: Promise<Receipt> }> => {
    const timestamp = clock.now() + aheadMs;
    const published = northward.publishTelemetry({ deviceId: 1, deviceName, timestamp, values: { n: 1 } });
    published.catch(() => undefined);
    await clock.settle();
    return { receipt: published };
  };
  /** The reports of what was handed over from the record `first` on. */
  const report = async (first: number, code: number): Promise<void> => {
    for (const { id } of producers.handed.slice(first)) {
      if (code === 0) producers.listener?.onReport(id, null, 0, 1);
      else producers.listener?.onReport(id, deliveryFailure(code), 0, null);
    }
    await clock.settle();
  };
  return { producers, publish, report, clock, out: () => producers.handed.length };
}

describe('§7.2 a broker refuses batches, not records', () => {
  it('given a batch refused for a timestamp, then the like of its farthest one is refused here, the others go on', async () => {
    const { publish, report, out } = await gateway();
    const batch = [await publish(0), await publish(2 * HOUR), await publish(-1_000)];
    await report(0, RD.INVALID_TIMESTAMP);
    for (const { receipt } of batch)
      expect(await rejection(receipt)).toMatchObject({ code: 'DELIVERY_FAILED' });

    const ahead = await publish(2 * HOUR);
    expect(await rejection(ahead.receipt)).toMatchObject({
      code: 'DELIVERY_FAILED',
      topic: 't',
      hint: expect.stringContaining('clocks'),
    });
    expect(out()).toBe(3);
    const good = await publish(0);
    await report(3, 0);
    expect(await good.receipt).toMatchObject({ status: 'delivered' });
  });

  it('given a minute, then the next of its like is sent alone; refused again, it is for another minute', async () => {
    const { publish, report, out, clock } = await gateway();
    await publish(2 * HOUR);
    await report(0, RD.INVALID_TIMESTAMP);
    await clock.advance(MINUTE);
    await publish(0);
    const probe = await publish(2 * HOUR);
    await publish(0);
    expect(out()).toBe(2); // the one before it is out: it waits
    await report(1, 0);
    expect(out()).toBe(3); // alone: what is behind it waits
    await report(2, RD.INVALID_TIMESTAMP);
    await rejection(probe.receipt);
    expect(out()).toBe(4);
    await report(3, 0);
    await rejection((await publish(2 * HOUR)).receipt);
    expect(out()).toBe(4);
  });

  it('given one sent alone that arrives, then nothing is held against its like any more', async () => {
    const { publish, report, out, clock } = await gateway();
    await publish(2 * HOUR);
    await report(0, RD.INVALID_TIMESTAMP);
    await clock.advance(MINUTE);
    const probe = await publish(2 * HOUR);
    await report(1, 0);
    expect(await probe.receipt).toMatchObject({ status: 'delivered' });
    await publish(2 * HOUR);
    await publish(2 * HOUR);
    expect(out()).toBe(4);
  });

  it('given one far ahead and one far behind in the batch, then neither is held to be at fault', async () => {
    const { publish, report, out } = await gateway();
    await publish(2 * HOUR);
    await publish(-24 * HOUR);
    await report(0, RD.INVALID_TIMESTAMP);
    await publish(2 * HOUR);
    await publish(-24 * HOUR);
    expect(out()).toBe(4);
  });

  it('given timestamps near the clock only, then nothing is held back: the clock of the gateway may be wrong', async () => {
    const { publish, report, out } = await gateway();
    await publish(5 * MINUTE);
    await report(0, RD.INVALID_TIMESTAMP);
    await publish(5 * MINUTE);
    expect(out()).toBe(2);
  });

  it('given a record without a key that was refused, then the next one is refused here, and one with a key goes on', async () => {
    const { producers, publish, report, out } = await gateway('{{device_name}}');
    await publish(0, ' ');
    await report(0, RD.INVALID_RECORD);
    const keyless = await publish(0, ' ');
    expect(await rejection(keyless.receipt)).toMatchObject({ hint: expect.stringContaining('key') });
    await publish(0, 'pump');
    expect(out()).toBe(2);
    expect(producers.handed[1]?.key?.toString()).toBe('pump');
  });

  it('given one without a key that arrives after that, then no later refusal is put down to the missing key', async () => {
    const { publish, report, out, clock } = await gateway('{{device_name}}');
    await publish(0, ' ');
    await report(0, RD.INVALID_RECORD);
    await clock.advance(MINUTE);
    await publish(0, ' ');
    await report(1, 0);
    await publish(0, ' ');
    await report(2, RD.INVALID_RECORD);
    await publish(0, ' ');
    expect(out()).toBe(4);
  });
});
