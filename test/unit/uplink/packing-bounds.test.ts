/** §12 What events that wait for others take of the queue. */
import { afterEach, describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { PackingGateway } from '../../support/packing-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';
import { range, states, tally } from '../../support/storing-gateway.js';

const gateways: PackingGateway[] = [];
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
});
function started(options: ConstructorParameters<typeof PackingGateway>[0] = {}): Promise<PackingGateway> {
  const gateway = new PackingGateway(options);
  gateways.push(gateway);
  return gateway.start();
}

describe('§12 bounds of a queue', () => {
  it('given a topic where nothing arrives, then it holds its share, however many of its records have failed', async () => {
    const gateway = await started({
      telemetry: { topic: '{{device_name}}' },
      queue: { maxMessages: 100 },
      pack: { maxEvents: 5 },
    });
    gateway.publishAll(0, 5, 1);
    await gateway.clock.settle();
    gateway.producers.outcomes.set('d2', RD.NOT_ENOUGH_REPLICAS);
    for (let n = 0; n < 20; n += 1) {
      gateway.publishAll(0, 5, 2);
      await gateway.clock.settle();
    }
    gateway.producers.hold = true;
    const published = gateway.publishAll(0, 100, 2);
    await gateway.clock.settle();
    expect(tally(states(published))).toEqual({ open: 50, QUEUE_FULL: 50 });
  });

  it('given such a topic, then events that wait for others count as well', async () => {
    const gateway = await started({
      telemetry: { topic: '{{device_name}}' },
      queue: { maxMessages: 100 },
      pack: { maxEvents: 100 },
    });
    gateway.publish(0);
    await gateway.clock.advance(20);
    const published = gateway.publishAll(0, 100, 2);
    await gateway.clock.settle();
    expect(tally(states(published))).toEqual({ open: 50, QUEUE_FULL: 50 });
    await gateway.clock.advance(20);
    expect(tally(states(published))).toEqual({ delivered: 50, QUEUE_FULL: 50 });
    expect(tally(states(gateway.publishAll(100, 200, 2)))).toEqual({ open: 100 });
  });

  it('given a queue whose bytes are full of events that wait, then they wait no longer', async () => {
    const gateway = await started({
      queue: { maxBytes: 8_192 },
      pack: { maxEvents: 1_000, maxBytes: 8_192, maxWaitMs: 10_000 },
    });
    const text = { values: { n: 1, text: 'x'.repeat(1_000) } };
    const published = range(0, 4).flatMap((n) => [gateway.publish(n, 1, text), gateway.publish(n, 2, text)]);
    await gateway.clock.settle();
    expect(tally(states(published))).toEqual({ delivered: 6, QUEUE_FULL: 2 });
  });
});

describe('§12 room that records make as they close', () => {
  /** A store whose disk takes nothing: what is to be stored is refused as soon as its record is closed. Two messages are held. */
  async function refusing(whenFull: string): Promise<StoringPorts> {
    const payload = { mode: 'timeseries_rows', pack: { maxEvents: 4, maxWaitMs: 100 } };
    const telemetry = { enabled: true, topic: '{{device_name}}', key: '', payload };
    const queue = { maxMessages: 4, whenFull, ...(whenFull === 'wait' ? { waitMs: 600_000 } : {}) };
    const life = new StoringPorts({ uplink: { telemetry, queue }, store: { storeAfterMs: 0 } });
    await life.start();
    life.disk.readOnly(true);
    life.publish('first', 0);
    await life.clock.advance(15_000);
    expect(life.northward.metrics().store?.state).toBe('degraded');
    life.producers.hold = true;
    life.publishAll('held', 0, 2);
    await life.clock.advance(100);
    expect(life.northward.metrics().uplink.queue.messages).toBe(2);
    return life;
  }

  async function ended(life: StoringPorts): Promise<void> {
    life.producers.hold = false;
    life.producers.release();
    await life.clock.advance(1_000);
    await life.stop();
  }

  it.each(['wait', 'reject', 'drop_oldest'])(
    '%s: given a full queue and events that are refused as their record closes, then who comes next enters at once',
    async (whenFull) => {
      const life = await refusing(whenFull);
      const refused = range(2, 4).map((n) => life.publish('a', n, { until: 'stored' }));
      const next = life.publish('b', 4);
      expect(life.northward.metrics().uplink.queue).toMatchObject({ messages: 3, waitingCallers: 0 });
      await life.clock.settle();
      expect(states(refused)).toEqual(['STORE_DEGRADED', 'STORE_DEGRADED']);
      await ended(life);
      expect(states([next])).toEqual(['delivered']);
    },
  );

  it('wait: given a record that closes at the end of the turn and is refused, then a caller that waits enters', async () => {
    const life = await refusing('wait');
    const plain = life.publish('a', 2);
    const refused = life.publish('b', 3, { until: 'stored' });
    const next = life.publish('c', 4);
    const { queue } = life.northward.metrics().uplink;
    await life.clock.settle();
    expect([queue.waitingCallers, life.northward.metrics().uplink.queue.waitingCallers]).toEqual([1, 0]);
    await ended(life);
    expect(states([plain, refused, next])).toEqual(['delivered', 'STORE_DEGRADED', 'delivered']);
  });

  it('wait: given a record that is smaller than its events, then a caller that waits enters when it closes', async () => {
    const gateway = await started({
      telemetry: { key: `{{device_id}}${'x'.repeat(200)}` },
      queue: { maxBytes: 8_192, whenFull: 'wait', waitMs: 600_000 },
      pack: { maxEvents: 20, maxBytes: 8_192, maxWaitMs: 20 },
    });
    gateway.producers.hold = true;
    gateway.publish(0, 1, { values: { n: 0, text: 'x'.repeat(5_000) } });
    await gateway.clock.advance(20);
    const small = gateway.publishAll(1, 10);
    const next = gateway.publish(10, 2, { values: { n: 10, text: 'x'.repeat(1_000) } });
    const { queue } = gateway.northward.metrics().uplink;
    await gateway.clock.advance(20);
    expect([queue.waitingCallers, gateway.northward.metrics().uplink.queue.waitingCallers]).toEqual([1, 0]);
    gateway.producers.hold = false;
    gateway.producers.release();
    await gateway.clock.advance(100);
    expect(tally(states([...small, next]))).toEqual({ delivered: 10 });
  });
});
