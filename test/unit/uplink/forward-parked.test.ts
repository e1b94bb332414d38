/** §10 Topics that are missing, forbidden or silent: parked, and nothing else waits for them. */
import { describe, expect, it } from 'vitest';
import { asConfig } from '../../../src/index.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, tally } from '../../support/storing-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';

const { toStop, forget, onPorts: started } = openGateways();

/** The topic is not there until `make()`. */
function missing({ producers }: StoringPorts, topic: string): { make: () => void } {
  producers.outcomes.set(topic, RD.UNKNOWN_TOPIC_OR_PART);
  producers.topics = new Set();
  return {
    make: () => {
      producers.outcomes.delete(topic);
      producers.topics = null;
    },
  };
}

describe('§10 a missing topic', () => {
  it('given one among good ones for an hour, then the others flow, it is parked, and comes back without a publish', async () => {
    const gateway = await started();
    const topic = missing(gateway, 'missing');
    const bad = [];
    const good = [];
    for (let n = 0; n < 60; n += 1) {
      bad.push(gateway.publish('missing', n));
      good.push(gateway.publish('good', n));
      await gateway.clock.advance(60_000);
    }
    expect(tally(states(good))).toEqual({ delivered: 60 });
    expect(gateway.handed('good')).toEqual(range(0, 60));
    expect(tally(states(bad))).toEqual({ stored: 60 });
    expect(gateway.undelivered).toEqual([]);
    expect(gateway.lane()).toMatchObject({ parked: 60 });
    topic.make();
    await gateway.until('all arrived', () => gateway.delivered.length === 60);
    expect(gateway.handed('missing').slice(-60)).toEqual(range(0, 60));
    await gateway.clock.advance(3_000);
    expect(gateway.lane()).toMatchObject({ parked: 0, messages: 0 });
  });

  it('given what waits there when it comes back, then newer messages go behind it', async () => {
    const gateway = await started();
    const topic = missing(gateway, 'missing');
    gateway.publishAll('missing', 0, 100);
    await gateway.clock.advance(5_000);
    gateway.publishAll('missing', 100, 200);
    await gateway.clock.advance(5_000);
    topic.make();
    for (let n = 200; n < 300; n += 1) {
      gateway.publish('missing', n);
      await gateway.clock.advance(100);
    }
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 300);
    const handed = gateway.handed('missing');
    expect(handed.slice(handed.lastIndexOf(0))).toEqual(range(0, 300));
    // Back to direct: not by way of the disk.
    await gateway.until('all is handed over', () => gateway.lane().messages === 0);
    const { replayed } = gateway.lane();
    const direct = gateway.publish('missing', 300);
    await gateway.clock.settle();
    expect(states([direct])).toEqual(['delivered']);
    await gateway.clock.advance(2_000);
    expect(gateway.lane().replayed).toBe(replayed);
  });

  it('given what waits there takes its time to be read, then newer messages go behind it all the same', async () => {
    const gateway = await started();
    const topic = missing(gateway, 'missing');
    gateway.publishAll('missing', 0, 10);
    await gateway.until('parked', () => gateway.lane().parked === 10);
    gateway.disk.hang(true);
    topic.make();
    // It is asked about every 3 to 30 s.
    await gateway.clock.advance(31_000);
    gateway.publishAll('missing', 10, 20);
    await gateway.clock.settle();
    gateway.disk.hang(false);
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 20);
    const handed = gateway.handed('missing');
    expect(handed.slice(handed.lastIndexOf(0))).toEqual(range(0, 20));
  });

  it('given some that wait for their sync when it is parked, then they stay between the older and the newer ones', async () => {
    const gateway = await started({ store: { lanes: { telemetry: { storeAfterMs: 0 } } } });
    const topic = missing(gateway, 'missing');
    gateway.producers.hold = true;
    gateway.publishAll('missing', 0, 5);
    await gateway.clock.advance(1_000);
    expect(gateway.handed('missing')).toEqual(range(0, 5));
    gateway.disk.hang(true);
    gateway.publishAll('missing', 5, 10);
    await gateway.clock.settle();
    gateway.producers.hold = false;
    gateway.producers.release();
    await gateway.clock.advance(100);
    gateway.publishAll('missing', 10, 15);
    await gateway.clock.settle();
    gateway.disk.hang(false);
    await gateway.until('parked', () => gateway.lane()?.parked === 15);
    topic.make();
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 15);
    expect(gateway.handed('missing').slice(-15)).toEqual(range(0, 15));
  });

  it('given a power cut meanwhile, then the next life has them before what is newer, and others wait for nothing', async () => {
    const first = await started();
    missing(first, 'missing');
    first.publishAll('missing', 0, 50);
    await first.clock.advance(40_000);
    expect(first.lane()).toMatchObject({ parked: 50 });
    first.disk.crash();
    forget();

    const second = new StoringPorts({ disk: first.disk });
    toStop(second);
    const topic = missing(second, 'missing');
    await second.start();
    second.publishAll('missing', 50, 60);
    const good = second.publishAll('good', 0, 10);
    await second.clock.advance(5_000);
    expect(tally(states(good))).toEqual({ delivered: 10 });
    topic.make();
    await second.until('all delivered', () => second.northward.metrics().uplink.success === 70);
    const handed = second.handed('missing');
    expect(handed.slice(handed.lastIndexOf(0))).toEqual(range(0, 60));
  });

  it('given a backlog with its messages among others, then these go on, and the order within each topic holds', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 20 } } });
    gateway.producers.up = false;
    gateway.producers.listener?.onAllBrokersDown();
    gateway.producers.hold = true;
    const topic = missing(gateway, 'missing');
    for (let n = 0; n < 100; n += 1) {
      gateway.publish('missing', n);
      gateway.publish('good', n);
      await gateway.clock.advance(500);
    }
    gateway.producers.up = true;
    gateway.producers.hold = false;
    gateway.producers.connect();
    await gateway.until('the good ones', () => new Set(gateway.handed('good')).size === 100);
    expect(gateway.handedOnce('good')).toEqual(range(0, 100));
    await gateway.until('the others are parked', () => gateway.lane().parked === 100);
    topic.make();
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 200);
    const handed = gateway.handed('missing');
    expect(handed.slice(handed.lastIndexOf(0))).toEqual(range(0, 100));
  });
});

describe('§10 a silent topic', () => {
  it('given one that tells nothing while others do, then it is parked, and what the client holds goes on when it speaks', async () => {
    const gateway = await started();
    gateway.producers.silent.set('silent', []);
    const silent = gateway.publishAll('silent', 0, 10);
    const good = [];
    for (let n = 0; n < 80; n += 1) {
      good.push(gateway.publish('good', n));
      await gateway.clock.advance(1_000);
    }
    expect(tally(states(good))).toEqual({ delivered: 80 });
    expect(tally(states(silent))).toEqual({ stored: 10 });
    silent.push(...gateway.publishAll('silent', 10, 20));
    await gateway.clock.advance(2_000);
    expect(gateway.lane()).toMatchObject({ parked: 20 });
    gateway.producers.speak('silent');
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 100);
    expect(gateway.handed('silent')).toEqual(range(0, 20));
    await gateway.clock.advance(2_000);
    expect(gateway.lane()).toMatchObject({ parked: 0, messages: 0 });
  });

  it('given no other topic has traffic while a broker answers, then it is told once after a minute, and health() has it until a message arrives', async () => {
    const gateway = await started();
    gateway.publish('silent', 0);
    await gateway.until('the topic takes messages', () => gateway.northward.metrics().uplink.success === 1);
    gateway.producers.silent.set('silent', []);
    gateway.publishAll('silent', 1, 11);
    const topics = () => gateway.northward.health().checks.find(({ name }) => name === 'topics');
    await gateway.clock.advance(59_000);
    expect([gateway.errors, topics()?.status]).toEqual([[], 'ok']);
    await gateway.clock.advance(300_000);
    expect(gateway.northward.state).toBe('connected');
    expect(gateway.errors.map(({ code, topic }) => [code, topic])).toEqual([['DELIVERY_TIMEOUT', 'silent']]);
    expect(gateway.errors[0]?.message).toMatch(
      /^topic silent: 10 messages wait, and none is acknowledged for \d+ s/,
    );
    expect(topics()).toMatchObject({
      status: 'degraded',
      reason: '1 topic takes no messages: silent (DELIVERY_TIMEOUT)',
    });
    gateway.producers.speak('silent');
    await gateway.until('all arrived', () => gateway.northward.metrics().uplink.success === 11);
    expect(topics()?.status).toBe('ok');
    gateway.producers.silent.delete('silent');
    gateway.publishAll('silent', 11, 12);
    await gateway.clock.advance(120_000);
    expect(gateway.errors).toHaveLength(1);
  });

  it('given no broker answers, then no topic is told for it', async () => {
    const gateway = await started();
    gateway.producers.silent.set('silent', []);
    gateway.publishAll('silent', 0, 10);
    gateway.producers.up = false;
    await gateway.clock.advance(300_000);
    expect(gateway.errors.filter(({ topic }) => topic !== undefined)).toEqual([]);
  });

  it('given a new client meanwhile, then what the old one held is sent again, in order', async () => {
    const gateway = await started();
    gateway.producers.silent.set('silent', []);
    gateway.publishAll('silent', 0, 10);
    for (let n = 0; n < 80; n += 1) {
      gateway.publish('good', n);
      await gateway.clock.advance(1_000);
    }
    gateway.producers.die();
    await gateway.clock.advance(5_000);
    gateway.publishAll('silent', 10, 20);
    gateway.producers.speak('silent');
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 100);
    expect(gateway.handedOnce('silent')).toEqual(range(0, 20));
    expect(gateway.handed('silent').slice(10)).toEqual(range(0, 20));
  });
});

describe('§10 a topic that is missing while the disk takes nothing', () => {
  it('given the disk does not take there what is on disk already, and more promises are open than may be, then it arrives all the same', async () => {
    const gateway = await started({
      uplink: { queue: { maxMessages: 20 } },
      store: { lanes: { telemetry: { storeAfterMs: 0 } } },
    });
    const { producers, clock, disk, document } = gateway;
    const topic = missing(gateway, 'missing');
    producers.hold = true;
    const ofTopic = gateway.publishAll('missing', 0, 5);
    await clock.advance(1_000);
    gateway.publishAll('good', 5, 20);
    await clock.advance(1_000);
    expect(tally(states(ofTopic))).toEqual({ open: 5 });
    // What comes back to its lane finds more promises open than there is room for, and its own ends at once.
    const uplink = { ...document.uplink, queue: { maxMessages: 10 } };
    gateway.northward.reconfigure(asConfig({ ...document, uplink }));
    disk.readOnly(true);
    producers.hold = false;
    producers.release();
    producers.hold = true;
    await gateway.until('they are back', () => tally(states(ofTopic))['stored'] === 5);
    disk.readOnly(false);
    producers.hold = false;
    producers.release();
    topic.make();
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 20);
    expect(gateway.handedOnce('missing')).toEqual(range(0, 5));
    await gateway.until('nothing is left', () => gateway.lane().messages === 0);
  });

  it('given what is on disk cannot be set aside there, then each promise ends as stored in its own time all the same', async () => {
    const gateway = await started({ store: { lanes: { telemetry: { storeAfterMs: 0 } } } });
    missing(gateway, 'missing');
    gateway.producers.hold = true;
    const early = gateway.publishAll('missing', 0, 5);
    await gateway.clock.advance(20_000);
    const late = gateway.publishAll('missing', 5, 10);
    await gateway.clock.advance(5_000);
    gateway.disk.readOnly(true);
    gateway.producers.hold = false;
    gateway.producers.release();
    await gateway.clock.advance(6_000);
    expect(gateway.northward.metrics().store?.state).toBe('degraded');
    expect([tally(states(early)), tally(states(late))]).toEqual([{ stored: 5 }, { open: 5 }]);
  });

  it('given that, then its messages fail as without a store, and nothing is lost silently', async () => {
    const gateway = await started();
    missing(gateway, 'missing');
    gateway.disk.readOnly(true);
    gateway.publishAll('other', 0, 1);
    gateway.producers.silent.set('other', []);
    gateway.publishAll('other', 1, 2);
    await gateway.clock.advance(3_000);
    expect(gateway.northward.metrics().store?.state).toBe('degraded');
    const all = gateway.publishAll('missing', 0, 10);
    await gateway.clock.advance(40_000);
    expect(states(all)).not.toContain('open');
    expect(
      states(all).every((state) => /TOPIC_NOT_FOUND|DELIVERY_TIMEOUT|DELIVERY_UNKNOWN/.test(state)),
    ).toBe(true);
  });
});
