/** §7.3 `topics.create`: a topic that is found missing while publishing is made, then sent to. */
import { afterEach, describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import type { Creation, WantedTopic } from '../../../src/kafka/port/topic-creator.js';
import { SpreadGateway, topics } from '../../support/spread-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';
import { range, states, tally } from '../../support/storing-gateway.js';

const AT_A_TIME = 8;
const FAST = { initialIntervalMs: 10, maxIntervalMs: 20, randomizationFactor: 0 };
const REFUSED = { refused: 'Replication factor is larger than available brokers (librdkafka 38)' };

type Gateway = Pick<StoringPorts | SpreadGateway, 'producers' | 'clock'>;

/** A cluster without auto-creation, where all topics are missing, and what it is asked to make. */
class Cluster {
  readonly wanted: WantedTopic[] = [];
  readonly there = new Set<string>();
  /** What becomes of a topic; a promise that never ends: no answer. */
  answer: (topic: string) => Promise<Creation> = (topic) => {
    this.there.add(topic);
    return Promise.resolve('made');
  };
  open = 0;
  mostOpen = 0;

  constructor({ producers }: Gateway) {
    producers.topics = this.there;
    producers.judge = ({ topic }) => (this.there.has(topic) ? null : RD.UNKNOWN_TOPIC_OR_PART);
    producers.create = async (wanted) => {
      this.wanted.push(wanted);
      this.open += 1;
      this.mostOpen = Math.max(this.mostOpen, this.open);
      try {
        return await this.answer(wanted.topic);
      } finally {
        this.open -= 1;
      }
    };
  }

  get asked(): string[] {
    return this.wanted.map(({ topic }) => topic);
  }
}

let gateway: SpreadGateway;
let logged: Array<{ message: string; fields: unknown }>;

async function started(producer: Record<string, unknown> = {}, over: Record<string, unknown> = {}) {
  logged = [];
  const quiet = (): void => undefined;
  const info = (message: string, fields?: unknown) => void logged.push({ message, fields });
  const logger = { debug: quiet, info, warn: quiet, error: quiet };
  const config = { topics: { create: true }, retryPolicy: FAST, ...over };
  gateway = new SpreadGateway(producer, config, { logger });
  const cluster = new Cluster(gateway);
  await gateway.start();
  return { cluster, producers: gateway.producers };
}

afterEach(async () => {
  await gateway.stop();
  expect(gateway.producers.broken).toEqual([]);
  expect(gateway.producers.clients).toBe(0);
  expect(gateway.clock.nextDue).toBe(null);
});

describe('§7.3 a missing topic, with topics.create', () => {
  it('is made as the section topics says, once, and gets all that was published, in order, without an error', async () => {
    const { cluster } = await started(
      {},
      { topics: { create: true, partitions: 3, replicationFactor: 2, retentionMs: 60_000 } },
    );
    await gateway.publish('t', 't', 't', 'u');
    await gateway.publish('t');
    expect(cluster.wanted[0]).toMatchObject({
      topic: 't',
      partitions: 3,
      replicationFactor: 2,
      retentionMs: 60_000,
    });
    expect(cluster.asked).toEqual(['t', 'u']);
    expect(gateway.whole).toEqual(['t', 'u']);
    expect([gateway.errors, gateway.failures, gateway.perhapsTwice]).toEqual([[], [], []]);
    expect(gateway.northward.health().status).toBe('ok');
    expect(logged.filter(({ message }) => message.startsWith('Topic '))).toEqual([
      { message: 'Topic t is made', fields: { topic: 't', partitions: 1 } },
      { message: 'Topic u is made', fields: { topic: 'u', partitions: 1 } },
    ]);
  });

  it('is a success when somebody else has made it, and nothing is logged', async () => {
    const { cluster } = await started();
    cluster.answer = (topic) => {
      cluster.there.add(topic);
      return Promise.resolve('was_there');
    };
    await gateway.publish('t', 't');
    expect(gateway.whole).toEqual(['t']);
    expect(logged.filter(({ message }) => message.startsWith('Topic '))).toEqual([]);
  });

  it('that the client refuses at once is made as well', async () => {
    const { cluster, producers } = await started();
    producers.judge = null;
    producers.judgeAtOnce = ({ topic }) => (cluster.there.has(topic) ? null : RD.UNKNOWN_TOPIC);
    await gateway.publish('t', 't', 't');
    expect(gateway.whole).toEqual(['t']);
  });

  it('waits until the brokers know it, and what is published meanwhile goes behind', async () => {
    const { cluster } = await started();
    cluster.answer = () => Promise.resolve('made');
    await gateway.publish('t', 't');
    await gateway.clock.advance(1_000);
    await gateway.publish('t');
    expect(gateway.receipts).toEqual([]);
    cluster.there.add('t');
    await gateway.clock.advance(200);
    expect([gateway.whole, cluster.asked]).toEqual([['t'], ['t']]);
  });

  it('that is not to be made ends its messages with the reason and what to change, told once; asked again after 3 s', async () => {
    const { cluster } = await started();
    const make = cluster.answer;
    cluster.answer = () => Promise.resolve(REFUSED);
    await gateway.publish('t', 't');
    await gateway.publish('t');
    expect(gateway.failures.map(({ code }) => code)).toEqual(
      Array.from({ length: 3 }, () => 'TOPIC_NOT_FOUND'),
    );
    for (const { message, hint } of gateway.failures) {
      expect(message).toContain(REFUSED.refused);
      expect(hint).toContain('topics.replicationFactor');
    }
    await gateway.clock.advance(3_000);
    await gateway.publish('t');
    expect([cluster.asked, gateway.failures.length]).toEqual([['t', 't'], 4]);
    expect(gateway.errors.map(({ message }) => message)).toEqual([
      `topic t: it does not exist, and is not made: ${REFUSED.refused}`,
    ]);
    expect(gateway.northward.health().status).toBe('degraded');
    cluster.answer = make;
    await gateway.clock.advance(3_000);
    await gateway.publish('t');
    expect(gateway.receipts).toHaveLength(1);
    expect(gateway.northward.health().status).toBe('ok');
  });

  it('holds up no others, and is asked for again where nobody answers, until messageTimeoutMs is up', async () => {
    const { cluster } = await started({ messageTimeoutMs: 10_000 });
    cluster.there.add('good');
    cluster.answer = () => Promise.reject(new Error('nobody answers'));
    await gateway.publish('t', 'good');
    await gateway.clock.advance(9_000);
    expect([gateway.failures, gateway.whole]).toEqual([[], ['good']]);
    expect(cluster.asked.length).toBeGreaterThan(2);
    await gateway.clock.advance(1_000);
    expect(gateway.failures.map(({ code }) => code)).toEqual(['DELIVERY_TIMEOUT']);
  });

  it('that is found, and missing again for every record, is asked about every 3 s', async () => {
    const { cluster, producers } = await started({ messageTimeoutMs: 30_000 });
    producers.topics = null;
    await gateway.publish('t');
    await gateway.clock.advance(29_000);
    expect(producers.askedAbout.length).toBeLessThanOrEqual(11);
    expect([cluster.asked, gateway.failures]).toEqual([[], []]);
  });

  it('is one of many: each is made once, few at a time, with several clients', async () => {
    const { cluster } = await started({ topicsPerClient: 5 });
    const make = cluster.answer;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    cluster.answer = (topic) => gate.then(() => make(topic));
    await gateway.publish(...topics(30), ...topics(30));
    expect(cluster.asked).toHaveLength(AT_A_TIME);
    release();
    await gateway.clock.advance(1_000);
    expect([cluster.mostOpen, [...cluster.asked].sort()]).toEqual([AT_A_TIME, topics(30).sort()]);
    expect(gateway.whole).toEqual(topics(30));
    expect([gateway.clients > 1, gateway.failures, gateway.perhapsTwice]).toEqual([true, [], []]);
  });

  it('is made by the next client where one dies meanwhile', async () => {
    const { cluster, producers } = await started();
    const make = cluster.answer;
    cluster.answer = () => Promise.reject(new Error('closing'));
    await gateway.publish('t', 't');
    producers.die();
    await gateway.clock.advance(1_000);
    cluster.answer = make;
    await gateway.publish('t');
    await gateway.clock.advance(3_000);
    expect([gateway.whole, producers.opened]).toEqual([['t'], 2]);
  });

  it('is let go of by stop(): messages have their outcome, and nothing is left', async () => {
    const { cluster } = await started();
    let fail = (_error: Error): void => undefined;
    const answer = new Promise<Creation>((_, reject) => (fail = reject));
    cluster.answer = () => answer;
    await gateway.publish(...topics(20));
    expect(await gateway.stop()).toMatchObject({ undelivered: 20, timedOut: true });
    expect(gateway.failures.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, () => 'STOPPED'));
    fail(new Error('the client is closed'));
    await gateway.clock.settle();
    expect(gateway.clock.nextDue).toBe(null);
  });

  it('is let go of by stop() while it waits for the brokers to know it', async () => {
    const { cluster } = await started();
    cluster.answer = () => Promise.resolve('made');
    await gateway.publish('t');
    await gateway.clock.advance(50);
    expect(await gateway.stop()).toMatchObject({ undelivered: 1, timedOut: true });
    expect(gateway.clock.nextDue).toBe(null);
  });

  it('stays missing where topics.create is off', async () => {
    const { cluster } = await started({}, { topics: {} });
    await gateway.publish('t');
    expect([cluster.asked, gateway.failures.map(({ code }) => code)]).toEqual([[], ['TOPIC_NOT_FOUND']]);
  });
});

describe('§10 with a store', () => {
  async function storing(): Promise<{ ports: StoringPorts; cluster: Cluster; errors: string[] }> {
    await started();
    const ports = new StoringPorts({ topics: { create: true } });
    const cluster = new Cluster(ports);
    const errors: string[] = [];
    ports.northward.on('error', ({ message }) => errors.push(message));
    await ports.start();
    return { ports, cluster, errors };
  }

  it('a missing topic is made soon, and gets all in order, without an error', async () => {
    const { ports, cluster, errors } = await storing();
    const sent = ports.publishAll('t', 0, 50);
    await ports.clock.advance(1_000);
    sent.push(...ports.publishAll('t', 50, 60));
    await ports.clock.advance(1_000);
    expect([cluster.asked, errors]).toEqual([['t'], []]);
    expect(tally(states(sent).map((state) => (state === 'stored' ? 'delivered' : state)))).toEqual({
      delivered: 60,
    });
    const handed = ports.handed('t');
    expect(handed.slice(handed.lastIndexOf(0))).toEqual(range(0, 60));
    await ports.stop();
    expect(ports.clock.nextDue).toBe(null);
  });

  it('one that is not to be made stays parked, told once, and comes when it is made after all', async () => {
    const { ports, cluster, errors } = await storing();
    const make = cluster.answer;
    cluster.answer = () => Promise.resolve(REFUSED);
    ports.publishAll('t', 0, 10);
    await ports.clock.advance(60_000);
    expect(cluster.asked.length).toBeGreaterThan(2);
    expect(errors).toEqual([`topic t: it does not exist, and is not made: ${REFUSED.refused}`]);
    expect(ports.lane()).toMatchObject({ parked: 10 });
    cluster.answer = make;
    await ports.until('all arrived', () => ports.delivered.length === 10);
    expect(ports.handed('t').slice(-10)).toEqual(range(0, 10));
    await ports.stop();
    expect(ports.clock.nextDue).toBe(null);
  });
});
