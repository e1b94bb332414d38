/** docs/health.md: each row of its rule table is a state that is made here on the double, and what `health()` then says. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/api/errors.js';
import type { Health } from '../../../src/api/health.js';
import type { CreateOptions, KafkaNorthward } from '../../../src/api/northward.js';
import type { Clock, Timer } from '../../../src/core/clock.js';
import { MAX_OPEN } from '../../../src/downlink/group/reader.js';
import { assemble } from '../../../src/assemble.js';
import { DiskStore } from '../../../src/store/store.js';
import { CommitTurns } from '../../../src/store/commit-scheduler.js';
import { createMemoryDisk, createMemoryNorthward, type MemoryNorthward } from '../../../src/testing/index.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { makeGateway } from '../../support/downlink-gateway.js';
import { FaultyConsumers } from '../../support/memory-consumer.js';
import { FaultyProducers } from '../../support/memory-producer.js';
import { root } from '../../support/doc-pages.js';
import { memoryNorthward, reading, until } from '../../support/memory-northward.js';

type Json = Record<string, unknown>;

const NOW = 1_734_870_900_000;
const stops: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function kept<N extends KafkaNorthward>(northward: N): N {
  stops.push(() => northward.stop({ timeoutMs: 50 }));
  return northward;
}

interface Sides {
  readonly store?: Json | undefined;
  readonly uplink?: Json;
  readonly route?: Json | null;
  readonly retryPolicy?: Json;
}

/** An uplink that needs no answers, and a downlink where there is a route. */
function configOf({ store, uplink = {}, route = null, retryPolicy }: Sides): Json {
  const telemetry = { enabled: true, topic: 'plant.telemetry', key: '{{device_id}}' };
  const writePoint = { enabled: true, topic: 'plant.write', ...route };
  return {
    app: { id: 7 },
    connection: { bootstrapServers: 'kafka:9092' },
    uplink: { telemetry, ...(store === undefined ? {} : { store: { path: '/data', ...store } }), ...uplink },
    downlink: route === null ? { enabled: false } : { enabled: true, writePoint },
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
  };
}

function double(sides: Sides = {}, disk = createMemoryDisk()): MemoryNorthward {
  return kept(createMemoryNorthward(configOf(sides) as never, { disk, now: () => NOW }));
}

async function started(sides: Sides = {}, disk = createMemoryDisk()): Promise<MemoryNorthward> {
  const northward = double(sides, disk);
  await northward.start();
  return northward;
}

const STORE = {};
const ROUTE = {};
const FEW = { initialIntervalMs: 1, maxIntervalMs: 1, maxAttempts: 2 };

/** Publishes 50 messages of 100 KB each while the broker is away. */
async function fill(northward: MemoryNorthward, times = 50, everyMs = 200): Promise<void> {
  await northward.setConnected(false);
  for (let n = 0; n < times; n += 1) {
    const values = { text: 'x'.repeat(100_000) };
    const data = { deviceId: 1, deviceName: 'pump-1', timestamp: NOW, values };
    void northward.publishTelemetry(data).catch(() => undefined);
    await northward.advanceTime(everyMs);
  }
  await northward.advanceTime(everyMs);
}

/** A clock on which one wait of so many ms throws: a fault of this library in the middle of a replacement. */
class BrokenClock extends MemoryClock {
  broken: number | null = null;

  override after(ms: number, callback: () => void): Timer {
    if (ms !== this.broken) return super.after(ms, callback);
    this.broken = null;
    throw new TypeError('broken');
  }
}

/** Ports of their own, for faults that the double of hosts does not make. */
function onPorts(sides: Sides, clock: Clock, options: CreateOptions = {}) {
  const [producers, consumers] = [new FaultyProducers(), new FaultyConsumers()];
  const northward = assemble(configOf(sides), options, {
    clock,
    producer: () => producers,
    consumer: () => consumers,
    store: (store, storeClock, listener) =>
      new DiskStore(store, createMemoryDisk().boot(), storeClock, new CommitTurns(), listener),
  });
  return { northward: kept(northward), producers, consumers };
}

async function producerEnds(maxAttempts: number, broken: number | null): Promise<Health> {
  const clock = new BrokenClock(NOW);
  const { northward, producers } = onPorts({ retryPolicy: { ...FEW, maxAttempts } }, clock);
  await northward.start();
  await clock.advance(1_000);
  producers.openFailure = new ConnectionError('CLIENT_FAILED', 'no client today');
  clock.broken = broken;
  producers.die('sequence numbers');
  await clock.advance(10_000);
  return northward.health();
}

async function consumerEnds(maxAttempts: number, broken: number | null): Promise<Health> {
  const clock = new BrokenClock(NOW);
  const { northward, consumers } = onPorts({ route: ROUTE, retryPolicy: { ...FEW, maxAttempts } }, clock);
  await northward.start();
  await clock.advance(1_000);
  consumers.openFailure = new ConnectionError('CLIENT_FAILED', 'no client today');
  clock.broken = broken;
  consumers.listener?.onFatal('fenced');
  await clock.advance(10_000);
  return northward.health();
}

/** Row of the page → how it comes about. The key: check and "when". */
const ROWS: Readonly<Record<string, () => Promise<Health>>> = {
  'life: before `start()`': () => Promise.resolve(double().health()),
  'life: while `start()` runs': () => {
    const northward = double();
    void northward.start();
    return Promise.resolve(northward.health());
  },
  'life: `start()` failed': async () => {
    const { northward, producers } = memoryNorthward();
    producers.openFailure = new ConnectionError(
      'SECRET_UNAVAILABLE',
      'The environment variable KAFKA_PASSWORD is not set',
    );
    await northward.start().catch(() => undefined);
    return northward.health();
  },
  'life: after `stop()`': async () => {
    const northward = await started();
    await northward.stop();
    return northward.health();
  },
  'uplink: no broker answers; no store': async () => {
    const northward = await started();
    await northward.setConnected(false);
    return northward.health();
  },
  'uplink: no broker answers; the store works': async () => {
    const northward = await started({ store: STORE });
    await northward.setConnected(false);
    return northward.health();
  },
  'uplink: no broker answers; the store does not work': async () => {
    const disk = createMemoryDisk();
    disk.readOnly(true);
    const northward = await started({ store: STORE }, disk);
    await northward.setConnected(false);
    return northward.health();
  },
  'uplink: no broker answers; the store is full, with `reject_new`': async () => {
    const northward = await started({ store: { maxBytes: 2_000_000, whenFull: 'reject_new' } });
    await fill(northward);
    return northward.health();
  },
  'uplink: state `failed`: a person is needed; the store works': async () => {
    const northward = await started({ store: STORE });
    await northward.setConnected(false, 'AUTHENTICATION_FAILED');
    return northward.health();
  },
  'uplink: `retryPolicy` is spent': () => producerEnds(2, null),
  'uplink: a fault of this library ended its client': () => producerEnds(2, 500),
  'topics: a topic is missing, forbidden or silent': async () => {
    const northward = await started();
    northward.failNext('TOPIC_NOT_FOUND');
    await northward.publishTelemetry(reading('pump-1')).catch(() => undefined);
    return northward.health();
  },
  'store: while it opens': async () => {
    const disk = createMemoryDisk();
    disk.hang(true);
    const northward = await started({ store: STORE }, disk);
    const health = northward.health();
    disk.hang(false);
    return health;
  },
  'store: it does not work': async () => {
    const disk = createMemoryDisk();
    disk.readOnly(true);
    return (await started({ store: STORE }, disk)).health();
  },
  'store: a fault of this library ended its opening': async () => {
    const clock = new MemoryClock(NOW);
    const northward = kept(
      assemble(
        configOf({ store: STORE }),
        {},
        {
          clock,
          producer: () => new FaultyProducers(),
          consumer: () => new FaultyConsumers(),
          store: (store, storeClock, listener) => {
            const made = new DiskStore(
              store,
              createMemoryDisk().boot(),
              storeClock,
              new CommitTurns(),
              listener,
            );
            made.open = () => Promise.reject(new TypeError('broken'));
            return made;
          },
        },
      ),
    );
    await northward.start();
    await clock.advance(1_000);
    return northward.health();
  },
  'room: it is full within an hour': async () => {
    const northward = await started({ store: { maxBytes: 20_000_000 } });
    await fill(northward, 30, 1_000);
    return northward.health();
  },
  'room: it is full; the oldest messages go': async () => {
    const northward = await started({ store: { maxBytes: 2_000_000 } });
    await fill(northward);
    return northward.health();
  },
  'room: it is full; new messages are refused': async () => {
    const northward = await started({ store: { maxBytes: 2_000_000, whenFull: 'reject_new' } });
    await fill(northward);
    await northward.setConnected(true);
    return northward.health();
  },
  'downlink: no broker answers; there is an uplink': async () => {
    const northward = await started({ route: ROUTE, store: STORE });
    await northward.setConnected(false);
    return northward.health();
  },
  'downlink: no broker answers; there is none': async () => {
    const northward = await started({ route: ROUTE, uplink: { enabled: false } });
    await northward.setConnected(false);
    return northward.health();
  },
  'downlink: the group has given no partitions': async () => {
    const clock = new MemoryClock(NOW);
    const { northward, consumers } = onPorts({ route: ROUTE }, clock);
    consumers.assigns = false;
    await northward.start();
    await clock.advance(1_000);
    return northward.health();
  },
  'downlink: `retryPolicy` is spent': () => consumerEnds(2, null),
  'downlink: a fault of this library ended its client': () => consumerEnds(2, 500),
  'downlink: its loop has stood still for a minute': async () => {
    const clock = new MemoryClock(NOW);
    const { northward, consumers } = onPorts({ route: ROUTE }, clock);
    await northward.start();
    await clock.advance(1_000);
    const { port } = consumers;
    if (port === null) throw new Error('no consumer');
    let hangs = false;
    port.consume = () => {
      hangs = true;
      return new Promise(() => undefined);
    };
    await until('a consume() that never ends', () => hangs);
    await clock.advance(90_000);
    // Its time stands still, and it would wait for the port.
    stops.pop();
    return northward.health();
  },
  'downlink: the topic of a route does not exist': async () => {
    const clock = new MemoryClock(NOW);
    const { northward, consumers } = onPorts({ route: ROUTE }, clock);
    consumers.partitions('plant.write', 0);
    consumers.failures.push({ code: 3, message: 'Unknown topic or partition' });
    await northward.start();
    await clock.advance(1_000);
    return northward.health();
  },
  'held: offsets are held': async () => {
    const northward = await started({ route: { failurePolicy: 'error' } });
    await northward.deliver('plant.write', { value: 'no JSON' });
    return northward.health();
  },
  'held: a partition is read no further': async () => {
    const gateway = makeGateway({ writePoint: { failurePolicy: 'error' } });
    kept(gateway.northward);
    await gateway.northward.start();
    await gateway.northward.ready();
    for (let n = 0; n < MAX_OPEN + 1; n += 1)
      gateway.consumers.produce('cmd', { value: 'no JSON', key: null });
    await until('paused', () => gateway.events('partition-paused').length === 1);
    return gateway.northward.health();
  },
};

const page = readFile(path.join(root, 'docs/health.md'), 'utf8').catch(() => '');
const CELL = / *\| */;

describe('docs/health.md', () => {
  it.each(Object.entries(ROWS))('%s', async (row, make) => {
    const [name = ''] = row.split(':');
    const { live, ready, checks } = await make();
    const check = checks.find((each) => each.name === name);
    const when = row.slice(name.length + 2);
    const cells = [`\`${name}\``, when, `\`${check?.status}\``, `${live}`, `${ready}`, check?.reason ?? '–'];
    const rows = (await page).split('\n').filter((line) => line.startsWith(`| \`${name}\``));
    const shown = rows.map((line) => line.split(CELL).slice(1, -1)).find((each) => each[1] === when);
    expect(shown).toEqual(cells);
  });

  it('has no other row', async () => {
    const rows = [...(await page).matchAll(/^\| `(\w+)` +\| (.+?) +\| `\w+` +\|/gm)];
    expect(rows.map(([, name, when]) => `${name}: ${when}`)).toEqual(Object.keys(ROWS));
  });
});
