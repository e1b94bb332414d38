/** A host with a store on disk, in this process: what it published, and how that ended. */
import {
  createKafkaNorthward,
  type KafkaNorthward,
  type LossEntry,
  type NorthwardConfig,
} from '../../src/index.js';
import { telemetry } from '../../scripts/store/messages.mjs';
import { configOf, PARTITIONS, type Setting } from '../../scripts/store/setting.mjs';
import { readTopic } from '../../scripts/store/topics.mjs';
import { until } from './memory-northward.js';

/** Nobody listens there: an outage from the first moment on. */
export const NOBODY = '127.0.0.1:1';
const DEVICES = 10;
const IN_FLIGHT = 2_000;
const LONG_MS = 60_000;

export class StoreHost {
  readonly northward: KafkaNorthward;
  /** Numbers whose publish ended with a receipt. */
  readonly taken = new Set<number>();
  /** Of these, the ones that settled as stored. */
  readonly stored = new Set<number>();
  /** Codes of the others. */
  readonly refused = new Map<number, string>();
  /** Codes of `error` events. */
  readonly errors: string[] = [];
  readonly warnings: string[] = [];

  constructor(setting: Setting, make: (config: NorthwardConfig) => KafkaNorthward = createKafkaNorthward) {
    this.northward = make(configOf(setting));
    this.northward.on('error', ({ code }) => this.errors.push(code));
  }

  /** Publishes those numbers; resolves when each has ended. */
  async publish(from: number, to: number, wait: 'stored' | 'delivered' = 'stored'): Promise<void> {
    let next = from;
    const caller = async (): Promise<void> => {
      while (next < to) {
        const n = next++;
        try {
          const { status } = await this.northward.publishTelemetry(telemetry(n, DEVICES), { until: wait });
          this.taken.add(n);
          if (status === 'stored') this.stored.add(n);
        } catch (error) {
          this.refused.set(n, (error as { code: string }).code);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, to - from) }, caller));
  }

  get state(): string | undefined {
    return this.northward.metrics().store?.state;
  }

  async untilStore(state: 'working' | 'degraded'): Promise<void> {
    await until(`the store is ${state}`, () => this.state === state, LONG_MS);
  }

  /** What waits on disk. */
  get waiting(): number {
    return (this.northward.metrics().store?.lanes ?? []).reduce((sum, { messages }) => sum + messages, 0);
  }

  async untilDrained(): Promise<void> {
    await until(
      'all is handed over',
      () => this.waiting === 0 && this.northward.metrics().uplink.queue.messages === 0,
      LONG_MS,
    );
  }
}

/** Starts on a folder that a former life has left, hands over what is there, and stops. */
export async function handOver(
  setting: Setting,
  make?: (config: NorthwardConfig) => KafkaNorthward,
): Promise<readonly LossEntry[]> {
  const host = new StoreHost(setting, make);
  try {
    await host.northward.start();
    await host.untilStore('working');
    await host.untilDrained();
    return host.northward.losses();
  } finally {
    await host.northward.stop({ timeoutMs: 5_000 });
  }
}

/** The numbers that a topic holds. */
export async function numbersIn(bootstrapServers: string, topic: string): Promise<Set<number>> {
  const numbers = new Set<number>();
  await readTopic(bootstrapServers, topic, PARTITIONS, ({ n }) => numbers.add(n));
  return numbers;
}

/** What is wrong with the books: what was taken and did not arrive must stand in the ledger, and nothing else. */
export function problemsOfBooks(
  taken: Iterable<number>,
  arrived: ReadonlySet<number>,
  losses: readonly LossEntry[],
): string[] {
  const missing = [...taken].filter((n) => !arrived.has(n)).length;
  const lost = losses.reduce((sum, { count }) => sum + count, 0);
  const atLeast = losses.some((entry) => entry.atLeast);
  if (missing === lost || (atLeast && missing > lost)) return [];
  return [
    `${missing} are missing, the ledger says ${atLeast ? 'at least ' : ''}${lost}: ${JSON.stringify(losses)}`,
  ];
}
