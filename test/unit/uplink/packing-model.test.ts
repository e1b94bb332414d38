/** §12 Whatever comes in whatever order: each event ends once, as its outcome says, and no key is overtaken. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import '../../support/fuzz-seed.js';
import { numbersIn, PackingGateway, START } from '../../support/packing-gateway.js';
import { states, type Published } from '../../support/storing-gateway.js';
import { runs } from '../hostile/support.js';

type Step =
  | { readonly do: 'publish'; readonly device: number; readonly count: number; readonly name: string }
  | { readonly do: 'late'; readonly device: number }
  | { readonly do: 'alarm'; readonly device: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'hold' | 'release' | 'die' }
  | { readonly do: 'poison'; readonly among: number; readonly atOnce: boolean };

const device = fc.integer({ min: 1, max: 3 });
const STEPS: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('publish'),
    device,
    count: fc.integer({ min: 1, max: 9 }),
    name: fc.constantFrom('', '', 'other'),
  }),
  fc.record({
    do: fc.constant('publish'),
    device,
    count: fc.integer({ min: 1, max: 3 }),
    name: fc.constant(''),
  }),
  fc.record({ do: fc.constantFrom('late', 'alarm'), device }),
  fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 5, 10, 40) }),
  fc.record({ do: fc.constantFrom('hold', 'release', 'die') }),
];
const POISON = fc.record({
  do: fc.constant('poison'),
  among: fc.integer({ min: 0, max: 12 }),
  atOnce: fc.boolean(),
});

const BOUNDS = [{ maxEvents: 4 }, { maxEvents: 7, maxBytes: 1_024 }, { maxEvents: 1 }, { maxWaitMs: 5 }];

const REFUSED = ['QUEUE_FULL', 'QUEUE_DROPPED'];
/** A client that dies again and again may not be there before stop() has no more time. */
const UNSENT = ['DELIVERY_UNKNOWN', 'STOPPED'];

class History {
  readonly gateway: PackingGateway;
  readonly published: { readonly key: string; readonly published: Published }[] = [];
  readonly arrived: { readonly key: string; readonly n: number }[] = [];
  readonly poison = new Set<number>();
  readonly poisonAtOnce = new Set<number>();
  readonly outcomes = new Map<number, number>();
  died = false;

  constructor(pack: Record<string, unknown>, whenFull: string) {
    this.gateway = new PackingGateway({
      pack,
      queue: { maxMessages: 30, whenFull },
      alarm: {
        enabled: true,
        topic: 'data',
        key: '{{device_id}}',
        payload: { mode: 'mapped_json', config: { n: 'data.details.n' }, pack: null },
      },
    });
    const { producers } = this.gateway;
    const has = (numbers: ReadonlySet<number>, value: Buffer | null): boolean =>
      numbersOf(value).some((n) => numbers.has(n));
    producers.judge = ({ value }) => (has(this.poison, value) ? RD.INVALID_RECORD : null);
    producers.judgeAtOnce = ({ value }) => (has(this.poisonAtOnce, value) ? RD.MSG_SIZE_TOO_LARGE : null);
    producers.onDelivered = ({ key, value }) => {
      for (const n of numbersOf(value)) this.arrived.push({ key: String(key), n });
    };
  }

  async step(step: Step): Promise<void> {
    const { gateway } = this;
    const { producers, clock } = gateway;
    switch (step.do) {
      case 'publish':
        for (let i = 0; i < step.count; i += 1)
          this.#publish(step.device, step.name === '' ? {} : { deviceName: step.name });
        return clock.settle();
      case 'late':
        // A record has the timestamp of its first event: a day is too far.
        this.#publish(step.device, { timestamp: START - 100_000_000 });
        return;
      case 'alarm':
        this.#alarm(step.device);
        return;
      case 'wait':
        return clock.advance(step.ms);
      case 'hold':
        producers.hold = true;
        return;
      case 'release':
        producers.hold = false;
        producers.release();
        return clock.settle();
      case 'die':
        this.died = true;
        producers.die();
        return clock.advance(3_000);
      case 'poison':
        (step.atOnce ? this.poisonAtOnce : this.poison).add(this.published.length + step.among);
    }
  }

  #publish(of: number, more: object): void {
    const n = this.published.length;
    this.published.push({ key: String(of), published: this.gateway.publish(n, of, more) });
  }

  #alarm(of: number): void {
    const n = this.published.length;
    const published: Published = { outcome: null };
    this.published.push({ key: String(of), published });
    const data = {
      deviceId: of,
      deviceName: `d${of}`,
      alarmType: 'a',
      severity: 'INFO',
      message: '',
    } as const;
    this.gateway.northward.publishAlarm({ ...data, details: { n } }).then(
      (receipt) => (published.outcome = receipt),
      (error) => (published.outcome = { status: 'failed', error }),
    );
  }

  async end(): Promise<void> {
    const { gateway } = this;
    gateway.producers.hold = false;
    gateway.producers.release();
    await gateway.stop();
  }

  check(ordered: boolean): void {
    const { gateway } = this;
    const counts = new Map<number, number>();
    for (const { n } of this.arrived) counts.set(n, (counts.get(n) ?? 0) + 1);
    const ended = states(this.published.map(({ published }) => published));
    for (const [n, state] of ended.entries()) {
      const times = counts.get(n) ?? 0;
      const about = `${n}: ${state}, arrived ${times} times`;
      const bad = this.poison.has(n) || this.poisonAtOnce.has(n);
      if (state === 'delivered') expect(this.died ? Math.min(times, 1) : times, about).toBe(1);
      else if (bad) expect(times, about).toBe(0);
      else expect(this.died ? [...REFUSED, ...UNSENT] : REFUSED, about).toContain(state);
    }
    const { uplink } = gateway.northward.metrics();
    expect(uplink.queue).toMatchObject({ messages: 0, bytes: 0, inFlight: 0, waitingCallers: 0 });
    expect(uplink.success).toBe(ended.filter((state) => state === 'delivered').length);
    expect(uplink.success + uplink.fail).toBe(ended.length);
    expect(gateway.undelivered).toHaveLength(uplink.fail);
    expect(gateway.clock.nextDue).toBeNull();
    if (!ordered) return;
    for (const key of ['1', '2', '3']) {
      const ns = [...new Set(this.arrived.filter((each) => each.key === key).map(({ n }) => n))];
      expect(ns, key).toEqual(ns.toSorted((a, b) => a - b));
    }
  }
}

/** Of rows, or of an alarm. */
function numbersOf(value: Buffer | null): number[] {
  const body = JSON.parse(String(value)) as { readonly n: number } | readonly unknown[];
  return 'n' in body ? [body.n] : numbersIn(value);
}

async function run(
  steps: readonly Step[],
  pack: Record<string, unknown>,
  whenFull: string,
  ordered: boolean,
): Promise<void> {
  const history = new History(pack, whenFull);
  await history.gateway.start();
  for (const step of steps) await history.step(step);
  await history.end();
  history.check(ordered);
}

describe('§12 random histories without a store', () => {
  it('given full queues and dying clients, then each event ends once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(...STEPS), { maxLength: 30 }),
        fc.constantFrom(...BOUNDS),
        fc.constantFrom('reject', 'drop_oldest', 'wait'),
        (steps, pack, whenFull) => run(steps, pack, whenFull, true),
      ),
      runs(100),
    );
  }, 600_000);

  it('given records that are refused as well, then only what is at fault fails for it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(...STEPS, POISON), { maxLength: 30 }),
        fc.constantFrom(...BOUNDS),
        fc.constantFrom('reject', 'drop_oldest', 'wait'),
        (steps, pack, whenFull) => run(steps, pack, whenFull, false),
      ),
      runs(100),
    );
  }, 600_000);
});
