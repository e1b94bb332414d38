import { afterEach, describe, expect, it } from 'vitest';
import { assemble } from '../../../src/assemble.js';
import type { NorthwardError } from '../../../src/api/errors.js';
import type { KafkaNorthward } from '../../../src/api/northward.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { FaultyConsumers } from '../../support/memory-consumer.js';
import { reading } from '../../support/memory-northward.js';
import { FaultyProducers } from '../../support/memory-producer.js';
import { StoringPorts } from '../../support/storing-ports.js';

interface Gateway {
  readonly clock: MemoryClock;
  readonly producers: FaultyProducers;
  readonly northward: KafkaNorthward;
}

const made: Gateway[] = [];
const errors: NorthwardError[] = [];

function keep<G extends Gateway>(gateway: G): G {
  gateway.northward.on('error', (error) => errors.push(error));
  made.push(gateway);
  return gateway;
}

async function inMemoryOnly(producer: Record<string, number> = {}): Promise<Gateway> {
  const clock = new MemoryClock(1_700_000_000_000);
  const producers = new FaultyProducers({ clock });
  const config = {
    connection: { bootstrapServers: 'memory:9092' },
    uplink: { producer, telemetry: { enabled: true, topic: '{{device_name}}' } },
    downlink: { enabled: false },
  };
  const ports = { clock, producer: () => producers, consumer: () => new FaultyConsumers() };
  const gateway = keep({ clock, producers, northward: assemble(config, {}, ports) });
  await gateway.northward.start();
  await clock.settle();
  return gateway;
}

async function storing(): Promise<StoringPorts> {
  return keep(await new StoringPorts().start());
}

function publish({ northward }: Gateway, n = 0): void {
  northward.publishTelemetry(reading('a', n)).catch(() => undefined);
}

/** Its connections stay open, and the client tells nothing. */
function hang({ producers }: Gateway): void {
  producers.up = false;
  producers.hold = true;
}

function goOn({ producers }: Gateway): void {
  producers.up = true;
  producers.hold = false;
  producers.connect();
}

afterEach(async () => {
  errors.length = 0;
  for (const { clock, northward } of made.splice(0)) {
    await clock.runUntilEnd(northward.stop({ timeoutMs: 10 }), () => false);
  }
});

describe.each([
  ['with a store', storing],
  ['without a store', inMemoryOnly],
])('§7.4 a broker that hangs with its connections open, %s', (_, gatewayOf: () => Promise<Gateway>) => {
  it('when the client holds a record without a report, then it is an outage within 10 s, with its reason, once', async () => {
    const gateway = await gatewayOf();
    hang(gateway);
    publish(gateway);
    await gateway.clock.advance(4_000);
    expect(gateway.northward.states.uplink).toBe('connected');
    await gateway.clock.advance(6_000);
    expect(gateway.northward.states.uplink).toBe('reconnecting');
    await gateway.clock.advance(60_000);
    expect(errors.map(({ code, message, hint }) => [code, message, hint])).toEqual([
      [
        'BROKER_UNREACHABLE',
        'No acknowledgement came for 5 s, and no broker answers a question, though no connection broke off',
        expect.stringContaining('hangs'),
      ],
    ]);
  });

  it('when it goes on, then it is connected, and the record arrives', async () => {
    const gateway = await gatewayOf();
    hang(gateway);
    publish(gateway);
    await gateway.clock.advance(10_000);
    goOn(gateway);
    await gateway.clock.advance(3_000);
    expect(gateway.northward.states.uplink).toBe('connected');
    expect(gateway.northward.metrics().uplink.success).toBe(1);
  });

  it('when a broker is slow, but answers questions, then it is never an outage', async () => {
    const gateway = await gatewayOf();
    const states: string[] = [];
    gateway.northward.on('state', ({ state }) => states.push(state));
    gateway.producers.hold = true;
    for (let n = 0; n < 20; n += 1) {
      publish(gateway, n);
      await gateway.clock.advance(1_000);
    }
    expect(gateway.producers.asked).toBeGreaterThan(1);
    expect([states, errors]).toEqual([[], []]);
  });

  it('as long as reports come, or nothing is owed, then nobody asks', async () => {
    const gateway = await gatewayOf();
    const asked = gateway.producers.asked;
    for (let n = 0; n < 20; n += 1) {
      publish(gateway, n);
      await gateway.clock.advance(1_000);
    }
    await gateway.clock.advance(600_000);
    expect(gateway.producers.asked).toBe(asked);
  });
});

describe('§10 a broker that hangs, with a store', () => {
  it('when it is noticed, then stop() stores at once instead of waiting', async () => {
    const gateway = await storing();
    hang(gateway);
    publish(gateway);
    await gateway.clock.advance(10_000);
    const before = gateway.clock.monotonic();
    const stopping = gateway.northward.stop({ timeoutMs: 20_000 });
    const report = await gateway.clock.runUntilEnd(stopping, () => false);
    expect(report).toMatchObject({ stored: 1, undelivered: 0 });
    expect(gateway.clock.monotonic() - before).toBeLessThan(2_000);
  });
});

describe('how long nothing may arrive', () => {
  it('given a linger, then it is counted on top', async () => {
    const gateway = await inMemoryOnly({ lingerMs: 8_000 });
    const asked = gateway.producers.asked;
    gateway.producers.hold = true;
    publish(gateway);
    await gateway.clock.advance(12_000);
    expect(gateway.producers.asked).toBe(asked);
    await gateway.clock.advance(4_000);
    expect(gateway.producers.asked).toBe(asked + 1);
  });

  it('given messages that end sooner, then a broker that hangs is noticed before they do', async () => {
    const gateway = await inMemoryOnly({ messageTimeoutMs: 3_000, requestTimeoutMs: 2_000 });
    hang(gateway);
    publish(gateway);
    await gateway.clock.advance(2_900);
    expect(gateway.northward.states.uplink).toBe('reconnecting');
  });
});
