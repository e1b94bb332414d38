/** §10 Order, whatever the moment: what comes while something else is half done. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { StoringGateway, type StoringOptions } from '../../support/storing-gateway.js';

const { toStop, onPorts } = openGateways();

/** So many promises later. */
async function later(steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) await Promise.resolve();
}

describe('§10 a new message while a backlog is read', () => {
  it('given it comes at any moment of the reading, then it goes out behind what was read', async () => {
    const wrong: number[] = [];
    for (let steps = 0; steps < 40; steps += 1) {
      const gateway = await onPorts({ uplink: { queue: { maxMessages: 4 } } });
      gateway.producers.up = false;
      gateway.producers.listener?.onAllBrokersDown();
      gateway.producers.hold = true;
      for (let n = 0; n < 3; n += 1) {
        gateway.publish('t', n);
        await gateway.clock.advance(400);
      }
      await gateway.clock.advance(3_000);
      gateway.disk.hang(true);
      gateway.producers.up = true;
      gateway.producers.hold = false;
      gateway.producers.release();
      gateway.producers.connect();
      await gateway.clock.settle();
      // The reading goes on.
      gateway.disk.hang(false);
      await later(steps);
      gateway.publish('t', 3);
      await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 4);
      if (gateway.handed('t').at(-1) !== 3) wrong.push(steps);
    }
    expect(wrong).toEqual([]);
  });
});

describe('§10 what is only to be synced before it is sent', () => {
  it('given younger messages are read before the sync is told, then it goes out before them', async () => {
    const wrong: string[] = [];
    for (let lives = 1; lives < 5; lives += 1) {
      let gateway = new StoringGateway(SYNCED_FIRST);
      // Each life leaves a file: so long what is more important is read.
      for (let life = 0; life < lives; life += 1) {
        await gateway.northward.setConnected(false);
        await gateway.start();
        gateway.alarm(1_000 + life, { until: 'stored' });
        await gateway.northward.advanceTime(1_000);
        await gateway.northward.stop();
        gateway = new StoringGateway({ ...SYNCED_FIRST, disk: gateway.disk });
      }
      await gateway.northward.setConnected(false);
      await gateway.start();
      const { northward, disk } = gateway;
      toStop({ stop: () => northward.stop({ timeoutMs: 1_000 }) });
      disk.hang(true);
      gateway.publishAll(0, 64);
      await northward.advanceTime(300);
      await northward.setConnected(true);
      await northward.settle();
      disk.hang(false);
      await gateway.until('all arrived', () => gateway.arrived().length === 64 + lives);
      const arrived = gateway.arrived().filter((n) => n < 1_000);
      if (arrived.some((n, i) => n !== i)) wrong.push(`${lives} files: ${arrived.join(' ')}`);
    }
    expect(wrong).toEqual([]);
  });
});

const SYNCED_FIRST: StoringOptions = {
  uplink: { queue: { maxMessages: 64 } },
  store: { lanes: { telemetry: { storeAfterMs: 0 } } },
};
