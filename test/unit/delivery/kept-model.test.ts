import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { KeptOutbox } from '../../support/kept-outbox.js';

const TOPICS = ['a', 'b', 'c'] as const;
type Topic = (typeof TOPICS)[number];

const OUTCOMES = [
  0,
  0,
  0,
  RD.NOT_ENOUGH_REPLICAS,
  RD.UNKNOWN_TOPIC_OR_PART,
  RD.INVALID_RECORD,
  RD.MSG_SIZE_TOO_LARGE,
];

type Step =
  | {
      readonly what: 'publish' | 'report';
      readonly topic: Topic;
      readonly count: number;
      readonly code: number;
      /** The next step comes before its callers are told, as where something happens in the same turn of the event loop. */
      readonly untold: boolean;
    }
  | { readonly what: 'park' | 'unpark' | 'retries'; readonly topic: Topic }
  | { readonly what: 'renew' | 'wait' };

const topic = fc.constantFrom(...TOPICS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('publish' as const),
      topic,
      count: fc.integer({ min: 1, max: 40 }),
      code: fc.constant(0),
      untold: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('report' as const),
      topic,
      count: fc.integer({ min: 1, max: 30 }),
      code: fc.constantFrom(...OUTCOMES),
      untold: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('park' as const, 'unpark' as const, 'retries' as const),
      topic,
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('renew' as const, 'wait' as const) }) },
);

/** Where each message is, as far as it can be seen from outside. */
class Ledger {
  readonly kept: KeptOutbox;
  readonly waiting = new Map<Topic, Set<number>>(TOPICS.map((each) => [each, new Set()]));
  readonly sent = new Map<Topic, number[]>(TOPICS.map((each) => [each, []]));
  /** Out of the outbox: it was parked there, or came back. */
  readonly out = new Set<string>();
  /** Each with a younger one that was handed over before it. Fine, if it has ended then, and its owner is not told yet. */
  readonly overtaken = new Map<string, string>();
  published = 0;
  problems: string[] = [];

  constructor(kept: KeptOutbox) {
    this.kept = kept;
  }

  async run(each: Step): Promise<void> {
    const { kept } = this;
    if (each.what === 'publish') {
      if (kept.box.queue(each.topic).parked) return;
      const numbers = Array.from({ length: each.count }, () => this.published++);
      for (const n of numbers) this.waiting.get(each.topic)?.add(n);
      const published = kept.publish(each.topic, ...numbers.map((n) => `${each.topic}${n}`));
      if (!each.untold) await published;
    } else if (each.what === 'report') {
      const held = this.sent.get(each.topic)?.splice(0, each.count) ?? [];
      // What fails waits again, unless it is the end of it: which one shows when it is handed over, or in the outcomes.
      if (each.code !== 0) for (const n of held) this.waiting.get(each.topic)?.add(n);
      const reported = kept.report(each.code, ...held.map((n) => `${each.topic}${n}`));
      if (!each.untold) await reported;
    } else if (each.what === 'park') {
      for (const name of kept.park(each.topic)) {
        if (name.endsWith(' held')) continue;
        this.out.add(name);
      }
    } else if (each.what === 'unpark') {
      kept.box.unpark(kept.box.queue(each.topic));
      await kept.clock.settle();
    } else if (each.what === 'retries') {
      kept.box.queue(each.topic).retries();
    } else if (each.what === 'wait') {
      await kept.clock.advance(20_000);
    } else {
      for (const of of TOPICS)
        for (const n of this.sent.get(of)?.splice(0) ?? []) this.waiting.get(of)?.add(n);
      await kept.open();
    }
    this.look();
  }

  /** Reads what happened. */
  look(): void {
    const { kept } = this;
    for (const line of kept.returned.splice(0)) this.leave(line, this.out);
    for (const line of kept.outcomes) this.leave(line);
    for (const name of this.out) this.leave(name);
    for (const name of kept.handed()) {
      const [of, n] = [name.slice(0, 1) as Topic, Number(name.slice(1))];
      const waiting = this.waiting.get(of);
      if (waiting?.delete(n) !== true) this.problems.push(`${name} was handed over, and did not wait`);
      const younger = this.overtaken.get(name);
      if (younger !== undefined) this.problems.push(`${younger} was handed over before ${name}`);
      for (const each of waiting ?? []) if (each < n) this.overtaken.set(`${of}${each}`, name);
      this.sent.get(of)?.push(n);
    }
  }

  leave(line: string, to?: Set<string>): void {
    const name = /^\w+/.exec(line)?.[0] ?? '';
    to?.add(name);
    this.waiting.get(name.slice(0, 1) as Topic)?.delete(Number(name.slice(1)));
  }
}

async function endsWell(kept: KeptOutbox, ledger: Ledger): Promise<void> {
  for (const each of TOPICS) kept.box.unpark(kept.box.queue(each));
  for (let rounds = 0; kept.box.messages > 0 && rounds < 5_000; rounds += 1) {
    await ledger.run({ what: 'wait' });
    for (const each of TOPICS)
      await ledger.run({ what: 'report', topic: each, count: 1_000, code: 0, untold: false });
  }
}

describe('§10 an outbox whose messages are kept', () => {
  it('given any failures, parked topics and new clients, then each message ends once or is given back, and none overtakes an older one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const kept = await new KeptOutbox({ maxMessages: 2_000 }).open();
        const ledger = new Ledger(kept);
        for (const each of steps) await ledger.run(each);
        await endsWell(kept, ledger);
        expect(ledger.problems).toEqual([]);
        const ended = kept.outcomes.map((line) => /^\w+/.exec(line)?.[0]);
        expect(new Set(ended).size).toBe(ended.length);
        expect(ended.filter((name) => ledger.out.has(name ?? ''))).toEqual([]);
        expect(ended.length + ledger.out.size).toBe(ledger.published);
        expect([kept.box.messages, kept.box.bytes, kept.box.inFlight]).toEqual([0, 0, 0]);
        kept.box.close();
      }),
      { numRuns: 300 },
    );
  });
});
