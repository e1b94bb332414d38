/**
 * §10, §12 Whatever happens, in whatever order: no message is lost without a word, each promise keeps its word, and no key is overtaken. Random
 * histories of outages, power cuts, dying clients, missing topics, failing disks and refused records, over several lives on one disk, with an
 * event in each record and with several.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { headersOf } from '../../../src/record/outgoing-record.js';
import { messageIdAfter } from '../../../src/store/port.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import '../../support/fuzz-seed.js';
import { numbersIn } from '../../support/packing-gateway.js';
import { runs } from '../hostile/support.js';
import type { Published } from '../../support/storing-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';

const TOPICS = ['a', 'b', 'c'] as const;
const STORES = [{}, { storeAfterMs: 0 }, { storeAfterMs: 0, commitIntervalMs: 1_000 }];

type Step =
  | { readonly do: 'publish'; readonly topic: string; readonly count: number; readonly until: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'outage' | 'back' | 'die' | 'crash' | 'kill' | 'restart' }
  | { readonly do: 'missing' | 'make'; readonly topic: string }
  | { readonly do: 'slowBack'; readonly topic: string; readonly count: number; readonly ms: number }
  | { readonly do: 'readOnly' | 'hang'; readonly on: boolean }
  | { readonly do: 'failWrite' | 'failRecord' }
  | { readonly do: 'poison'; readonly among: number };

const topic = fc.constantFrom(...TOPICS);
const GENTLE: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('publish'),
    topic,
    count: fc.integer({ min: 1, max: 30 }),
    until: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('publish'),
    topic,
    count: fc.integer({ min: 1, max: 5 }),
    until: fc.boolean(),
  }),
  fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 10, 100, 500, 1_200, 5_000, 40_000) }),
  fc.record({ do: fc.constantFrom('outage', 'back', 'back', 'die', 'crash', 'kill', 'restart') }),
  fc.record({ do: fc.constantFrom('missing', 'make'), topic }),
  fc.record({
    do: fc.constant('slowBack'),
    topic,
    count: fc.integer({ min: 1, max: 10 }),
    ms: fc.constantFrom(0, 20, 250),
  }),
];
const HARSH: fc.Arbitrary<Step>[] = [
  ...GENTLE,
  fc.record({ do: fc.constantFrom('readOnly', 'hang'), on: fc.boolean() }),
  fc.record({ do: fc.constantFrom('failWrite', 'failRecord') }),
];

const POISONED: fc.Arbitrary<Step>[] = [
  ...GENTLE,
  fc.record({ do: fc.constant('poison'), among: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ do: fc.constant('poison'), among: fc.integer({ min: 0, max: 12 }) }),
];

/** Rows, which show what each record holds. */
const rows = (pack: Record<string, unknown> | null): Record<string, unknown> => ({
  enabled: true,
  topic: '{{device_name}}',
  key: '{{device_id}}',
  payload: { mode: 'timeseries_rows', pack },
});

/** Several lives on one disk, and all that was seen. */
class History {
  readonly disk = createMemoryDisk();
  readonly store: Record<string, unknown>;
  readonly #pack: Record<string, unknown> | null;
  readonly missing = new Set<string>();
  life: StoringPorts;
  lives = 0;
  n = 0;
  down = false;
  crashed = false;
  /** By number. */
  readonly published: Array<{
    readonly topic: string;
    readonly life: number;
    readonly published: Published;
  }> = [];
  /** What the brokers have, in the order of arrival. */
  readonly received: Array<{
    readonly topic: string;
    readonly n: number;
    readonly id: string;
    readonly life: number;
  }> = [];
  readonly doubtful = new Set<string>();
  readonly lost = new Set<string>();
  /** Ids that events of a life have told of, in that life. */
  told = new Set<string>();
  /** The broker takes no record with one of these in it. */
  readonly poison = new Set<number>();
  readonly faults: string[] = [];

  constructor(store: Record<string, unknown>, pack: Record<string, unknown> | null) {
    this.store = store;
    this.#pack = pack;
    this.life = this.#makeLife();
  }

  #makeLife(): StoringPorts {
    this.lives += 1;
    const life = new StoringPorts({
      disk: this.disk,
      store: this.store,
      uplink: { queue: { maxMessages: 40 }, headers: ['message_id'], telemetry: rows(this.#pack) },
    });
    this.told = new Set();
    const { told } = this;
    life.producers.onDelivered = (record) => {
      const [, id] = headersOf(record).find(([name]) => name === 'message_id') ?? ['', ''];
      for (const [index, n] of numbersIn(record.value).entries())
        this.received.push({
          topic: record.topic,
          n,
          id: messageIdAfter(String(id), index),
          life: this.lives,
        });
    };
    life.producers.judge = ({ value }) =>
      numbersIn(value).some((n) => this.poison.has(n)) ? RD.INVALID_RECORD : null;
    const tell = (id: string): void => {
      // What was moved from file to file when the process died may be there twice.
      if (told.has(id) && !this.crashed) this.faults.push(`${id} was told twice`);
      told.add(id);
    };
    life.northward.on('delivered', ({ id, receipt }) => {
      tell(id);
      if (receipt.maybeDuplicate === true) this.doubtful.add(id);
    });
    life.northward.on('lost', ({ ids, count }) => {
      if (ids.length !== count) this.faults.push(`${count} lost, ${ids.length} named`);
      for (const id of ids) {
        tell(id);
        this.lost.add(id);
      }
    });
    life.northward.on('error', ({ code, message }) => {
      if (code === 'LIBRARY_FAULT') this.faults.push(message);
    });
    if (this.down) life.producers.hold = true;
    for (const name of this.missing) this.#break(life, name);
    return life;
  }

  async start(): Promise<this> {
    await this.life.start();
    return this;
  }

  async #next(): Promise<void> {
    this.disk.readOnly(false);
    this.disk.hang(false);
    this.life = this.#makeLife();
    await this.life.start();
  }

  async step(step: Step): Promise<void> {
    const { life, disk } = this;
    switch (step.do) {
      case 'publish':
        for (let i = 0; i < step.count; i += 1) this.#publish(step.topic, step.until);
        return life.clock.settle();
      case 'wait':
        return life.clock.advance(step.ms);
      case 'outage':
        this.down = true;
        life.producers.hold = true;
        life.producers.up = false;
        life.producers.listener?.onAllBrokersDown();
        return life.clock.settle();
      case 'back':
        return this.#back();
      case 'die':
        life.producers.die();
        return life.clock.settle();
      case 'crash':
        disk.crash();
        this.crashed = true;
        return this.#next();
      case 'kill':
        disk.kill();
        this.crashed = true;
        return this.#next();
      case 'restart':
        await life.stop();
        return this.#next();
      case 'slowBack':
        return this.#slowBack(step.topic, step.count, step.ms);
      case 'missing':
        this.missing.add(step.topic);
        this.#break(life, step.topic);
        return;
      case 'make':
        this.#make(step.topic);
        return;
      case 'readOnly':
        disk.readOnly(step.on);
        return;
      case 'hang':
        disk.hang(step.on);
        return;
      case 'failWrite':
        disk.failNext('write', 'EIO');
        return;
      case 'failRecord':
        life.producers.failNext = 2;
        return;
      case 'poison':
        this.poison.add(this.n + step.among);
    }
  }

  #publish(name: string, until: boolean): void {
    const n = this.n++;
    const published = this.life.publish(name, n, until ? { until: 'stored' } : undefined);
    this.published.push({ topic: name, life: this.lives, published });
  }

  /** The broker is back while the disk is slow, and the host goes on publishing. */
  async #slowBack(name: string, count: number, ms: number): Promise<void> {
    const { disk } = this;
    disk.hang(true);
    await this.#back();
    for (let i = 0; i < count; i += 1) this.#publish(name, false);
    await this.life.clock.advance(ms);
    disk.hang(false);
    for (let i = 0; i < count; i += 1) {
      this.#publish(name, false);
      // Between the turns of the disk.
      for (let turn = 0; turn < i; turn += 1) await Promise.resolve();
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await this.life.clock.settle();
  }

  async #back(): Promise<void> {
    const { producers, clock } = this.life;
    this.down = false;
    producers.hold = false;
    producers.up = true;
    producers.connect();
    await clock.advance(3_000);
  }

  #break({ producers }: StoringPorts, name: string): void {
    producers.outcomes.set(name, RD.UNKNOWN_TOPIC_OR_PART);
    producers.topics = new Set(TOPICS.filter((each) => !this.missing.has(each)));
  }

  #make(name: string): void {
    this.missing.delete(name);
    this.life.producers.outcomes.delete(name);
    this.life.producers.topics = new Set(TOPICS.filter((each) => !this.missing.has(each)));
  }

  /** Everything is well again, for as long as it takes. */
  async end(): Promise<void> {
    this.disk.readOnly(false);
    this.disk.hang(false);
    for (const name of TOPICS) this.#make(name);
    await this.#back();
    const { life } = this;
    const isDone = (): boolean => {
      const { uplink, store } = life.northward.metrics();
      const stored = (store?.lanes ?? []).some(({ messages, parked }) => messages + parked > 0);
      return uplink.queue.messages === 0 && !stored;
    };
    await life.until('all is done', isDone, 1_000, 300_000);
    await life.clock.advance(40_000);
    await life.stop();
  }

  /** What came again in the last life says so; of the others nobody may have been left to be told. */
  #checkDuplicates(): void {
    const seen = new Set<number>();
    for (const { n, id, life } of this.received) {
      if (seen.has(n) && life === this.lives) {
        const { outcome } = this.published[n]?.published ?? { outcome: null };
        const said = outcome?.status === 'delivered' && outcome.maybeDuplicate === true;
        const unknown = outcome?.status === 'failed';
        expect(said || unknown || this.doubtful.has(id), `${n} (${id}) came twice`).toBe(true);
      }
      seen.add(n);
    }
  }

  check(ordered: boolean): void {
    expect(this.faults).toEqual([]);
    for (const { n } of this.received) expect(this.poison.has(n), `${n} arrived`).toBe(false);
    const count = new Map<number, number>();
    const idOf = new Map<number, string>();
    for (const { n, id } of this.received) {
      count.set(n, (count.get(n) ?? 0) + 1);
      idOf.set(n, id);
    }
    for (const [n, { life, published }] of this.published.entries()) {
      const { outcome } = published;
      const arrived = count.get(n) ?? 0;
      const about = `${n}: ${JSON.stringify(outcome)} arrived ${arrived} times`;
      if (outcome?.status === 'failed' && outcome.error.message.includes('[librdkafka 87]'))
        expect(this.poison.has(n), about).toBe(true);
      if (outcome === null) expect(life, about).toBeLessThan(this.lives);
      else if (outcome.status === 'delivered') expect(arrived, about).toBeGreaterThan(0);
      else if (outcome.status === 'stored')
        expect(arrived > 0 || this.lost.has(outcome.id), about).toBe(true);
      else if (outcome.status === 'failed') {
        const { code } = outcome.error;
        if (/^(QUEUE_FULL|STORE_FULL|STORE_DEGRADED|EVENT_INVALID)$/.test(code))
          expect(arrived, about).toBe(0);
      }
    }
    this.#checkDuplicates();
    if (!ordered) return;
    expect([...this.lost]).toEqual([]);
    expect(this.life.northward.losses()).toEqual([]);
    for (const name of TOPICS) {
      const once = [...new Set(this.received.filter((each) => each.topic === name).map(({ n }) => n))];
      expect(once, name).toEqual(once.toSorted((a, b) => a - b));
    }
  }
}

type Pack = Record<string, unknown> | null;
const PACKS: readonly Pack[] = [null, { maxEvents: 4, maxWaitMs: 10 }, { maxEvents: 20, maxWaitMs: 200 }];

async function run(
  steps: readonly Step[],
  store: Record<string, unknown>,
  ordered: boolean,
  pack: Pack,
): Promise<void> {
  const history = await new History(store, pack).start();
  for (const step of steps) await history.step(step);
  await history.end();
  history.check(ordered);
}

describe.each(PACKS.map((pack) => ({ pack })))('§10 random histories, payload.pack $pack', ({ pack }) => {
  const number = runs(pack === null ? 60 : 30);

  it('given outages, crashes, dying clients and missing topics, then nothing is lost without a word, and no key is overtaken', async () => {
    const steps = fc.array(fc.oneof(...GENTLE), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...STORES), (list, store) => run(list, store, true, pack)),
      number,
    );
  }, 600_000);

  it('given failing disks and failing records as well, then nothing is lost without a word', async () => {
    const steps = fc.array(fc.oneof(...HARSH), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...STORES), (list, store) => run(list, store, false, pack)),
      number,
    );
  }, 600_000);

  it('given records that are refused, then only what is at fault ends so, whatever happens around', async () => {
    const steps = fc.array(fc.oneof(...POISONED), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(...STORES), (list, store) => run(list, store, false, pack)),
      number,
    );
  }, 600_000);
});
