import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaNorthward, StoreLaneMetrics } from 'ng-kafka-northward';
import type { BrokerProcess } from './broker-process.js';
import type { DemoOptions } from './options.js';

/** A shorter demo has no room for one. */
const SHORTEST_DEMO_S = 6;

/** What an outage was. */
export interface Outage {
  readonly seconds: number;
  /** Messages that went to disk meanwhile. */
  readonly stored: number;
}

/** Why there is no outage in this demo; `undefined`: there is one. */
export function whyNoOutage({ bootstrapServers, configDocument, seconds }: DemoOptions): string | undefined {
  if (bootstrapServers !== undefined) return 'a Kafka of yours is not touched';
  if (configDocument !== undefined) return '--config has the demo run as your configuration says';
  if (process.platform === 'win32') return 'a process cannot be frozen on Windows';
  if (seconds < SHORTEST_DEMO_S) return `it takes --seconds ${SHORTEST_DEMO_S} or more`;
  return undefined;
}

/** In the second third of the demo the broker is away. `northward` is told nothing of it. */
export async function runOutage(
  broker: BrokerProcess,
  northward: KafkaNorthward,
  demoSeconds: number,
): Promise<Outage> {
  const seconds = Math.round(demoSeconds / 3);
  await delay(seconds * 1000);
  const before = sumOf(northward, ({ written }) => written);
  broker.freeze();
  try {
    await delay(seconds * 1000);
    return { seconds, stored: sumOf(northward, ({ written }) => written) - before };
  } finally {
    broker.thaw();
  }
}

/** Messages on disk. */
export function onDisk(northward: KafkaNorthward): number {
  return sumOf(northward, ({ messages }) => messages);
}

function sumOf(northward: KafkaNorthward, value: (lane: StoreLaneMetrics) => number): number {
  const { store } = northward.metrics();
  return (store?.lanes ?? []).reduce((sum, lane) => sum + value(lane), 0);
}
