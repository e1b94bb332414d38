/** §12 A record with several events that was refused, and waits to go again: alone, then in parts. */
import { afterEach, describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { numbersIn, PackingGateway } from '../../support/packing-gateway.js';
import { range, states } from '../../support/storing-gateway.js';

const gateways: PackingGateway[] = [];
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
});
function started(options: ConstructorParameters<typeof PackingGateway>[0] = {}): Promise<PackingGateway> {
  const gateway = new PackingGateway(options);
  gateways.push(gateway);
  return gateway.start();
}

const tooLargeWith =
  (n: number) =>
  (record: { value: Buffer | null }): number | null =>
    numbersIn(record.value).includes(n) ? RD.MSG_SIZE_TOO_LARGE : null;

describe('§12 a record that was refused, and goes again', () => {
  it('onFatal fail: given a younger one in the hands of the client that dies, then each has its own end', async () => {
    const gateway = await started({ onFatal: 'fail', pack: { maxEvents: 4 } });
    gateway.producers.hold = true;
    gateway.producers.judge = tooLargeWith(1);
    const published = gateway.publishAll(0, 8);
    await gateway.clock.settle();
    gateway.producers.release(1);
    await gateway.clock.settle();
    gateway.producers.die();
    gateway.producers.hold = false;
    await gateway.clock.advance(5_000);
    expect(states(published)).toEqual([
      'delivered',
      'MESSAGE_TOO_LARGE',
      'delivered',
      'delivered',
      ...range(4, 8).map(() => 'DELIVERY_UNKNOWN'),
    ]);
    expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 0, bytes: 0, inFlight: 0 });
  });

  it('given that its turn does not come, then its time is up all the same', async () => {
    const gateway = await started({ producer: { messageTimeoutMs: 3_000 }, pack: { maxEvents: 4 } });
    gateway.producers.hold = true;
    gateway.producers.judge = tooLargeWith(1);
    const published = gateway.publishAll(0, 8);
    await gateway.clock.settle();
    gateway.producers.release(1);
    await gateway.clock.settle();
    await gateway.clock.advance(3_000);
    expect(states(published).slice(0, 4)).toEqual(range(0, 4).map(() => 'DELIVERY_TIMEOUT'));
  });
});
