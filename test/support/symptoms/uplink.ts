import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { READING, failure, told, type Symptoms } from './symptom.js';
import { memoryNorthward, reading } from '../memory-northward.js';
import type { KafkaNorthward } from '../../../src/index.js';
import type { FaultyProducers } from '../memory-producer.js';

/** What a publish fails with, on ports in memory that `prepare` spoils. */
async function publishing(
  prepare: (producers: FaultyProducers) => void,
  publish: (northward: KafkaNorthward) => Promise<unknown> = (northward) => northward.publish(READING),
): Promise<string> {
  const { northward, producers } = memoryNorthward({
    uplink: { queue: { maxMessages: 2 }, telemetry: { topic: 'plant.telemetry' } },
  });
  prepare(producers);
  await northward.start();
  try {
    return await failure(() => publish(northward));
  } finally {
    producers.hold = false;
    producers.release();
    await northward.stop();
  }
}

/** What is told when a broker takes records, and says nothing more. */
async function hanging(): Promise<string> {
  const clock = new MemoryClock(0);
  const { northward, producers } = memoryNorthward({}, {}, clock);
  const lines: string[] = [];
  northward.on('error', (error) => lines.push(told(error)));
  await northward.start();
  await clock.settle();
  producers.up = false;
  producers.hold = true;
  northward.publishTelemetry(reading('pump-1')).catch(() => undefined);
  await clock.advance(10_000);
  lines.push(`northward.state: ${northward.state}`);
  await clock.runUntilEnd(northward.stop({ timeoutMs: 10 }), () => false);
  return lines.join('\n');
}

/** What a publish ends with. */
export const UPLINK_SYMPTOMS: Symptoms = {
  'queue-full': () =>
    publishing(
      (producers) => {
        producers.hold = true;
      },
      (northward) => {
        for (const n of [1, 2]) void northward.publishTelemetry(reading('pump-1', n));
        return northward.publish(READING);
      },
    ),
  'topic-missing': () => publishing((producers) => producers.outcomes.set(TOPIC, NOT_FOUND)),
  'write-denied': () => publishing((producers) => producers.outcomes.set(TOPIC, FORBIDDEN)),
  'broker-hangs': hanging,
  'too-large': () =>
    publishing(
      () => undefined,
      (northward) => northward.publish({ ...READING, values: { log: 'x'.repeat(1_100_000) } }),
    ),
  'not-started': () => failure(() => memoryNorthward().northward.publish(READING)),
};

const TOPIC = 'plant.telemetry';
/** Kafka's error codes. */
const NOT_FOUND = 3;
const FORBIDDEN = 29;
