/** §12 What events that wait for others take of the queue. */
import { afterEach, describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { PackingGateway } from '../../support/packing-gateway.js';
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
