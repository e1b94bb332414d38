/** A record on its way to the gateway. */
import type { RecordBytes } from '../api/commands.js';
import type { RecordPlace } from '../api/events.js';
import { toJsonText } from '../language/json/json-text.js';
import type { Json } from '../api/uplink.js';
import { TestDoubleError } from './faults.js';
import type { MemoryWorld } from './memory-world.js';
import type { SentOutcome } from './outcomes.js';
import { commits, readTopics } from './default-config.js';

/** A record for a downlink topic: its bytes, or a JSON value to be written as such. */
export type RecordToDeliver = {
  /** Default: none. */
  readonly key?: RecordBytes | undefined;
  /** `[name, value]` in order. Default: none. */
  readonly headers?: readonly (readonly [name: string, value: RecordBytes])[] | undefined;
  /** Unix ms. Default: the time of the double. */
  readonly timestampMs?: number | undefined;
} & ({ readonly value: RecordBytes } | { readonly json: Json });

/** A record that was sent. */
export interface SentRecord extends RecordPlace {
  /**
   * Resolves when the library is through with it: for `done` the gateway has finished and the mark is committed. Rejects
   * with a `TestDoubleError` where the route has `ackPolicy: never`, since nothing tells then.
   */
  readonly handled: Promise<SentOutcome>;
}

export async function deliver(
  world: MemoryWorld,
  topic: string,
  record: RecordToDeliver,
): Promise<SentRecord> {
  checkTopic(world, topic);
  // A group that is about to be joined is joined first.
  await world.clock.settle();
  checkPosition(world, topic);
  const value = 'json' in record ? toJsonText(record.json) : record.value;
  const offset = world.consumers.produce(topic, { ...record, value });
  const handled = outcomeOf(world, topic, offset);
  await world.clock.settle();
  return { topic, partition: 0, offset, handled };
}

function outcomeOf({ config, outcomes }: MemoryWorld, topic: string, offset: number): Promise<SentOutcome> {
  if (commits(config.downlink, topic)) return outcomes.of(topic, offset);
  const never = new TestDoubleError(
    'NEVER_COMMITTED',
    `${topic}: with ackPolicy never nothing tells that a record is done`,
    'Wait for what your gateway does with it instead.',
  );
  const handled = Promise.reject(never);
  handled.catch(() => undefined);
  return handled;
}

function checkTopic({ config }: MemoryWorld, topic: string): void {
  const topics = readTopics(config.downlink);
  if (topics.includes(topic)) return;
  const read = topics.length === 0 ? 'no topic at all' : topics.join(', ');
  throw new TestDoubleError('TOPIC_UNREAD', `No route reads ${topic}`, `This configuration reads ${read}.`);
}

/** A group without an offset that has not joined yet starts behind what is there. */
function checkPosition({ config, consumers }: MemoryWorld, topic: string): void {
  if (consumers.port?.closed === true) {
    const message = `${topic}: the gateway is stopped, and reads nothing any more`;
    throw new TestDoubleError('RECORD_SKIPPED', message, 'Send before stop(); reset() begins again.');
  }
  if (config.downlink.autoOffsetReset === 'earliest') return;
  const place = `${topic} 0`;
  if (consumers.committed.has(place) || consumers.port?.assigned.has(place) === true) return;
  throw new TestDoubleError(
    'RECORD_SKIPPED',
    `${topic}: with autoOffsetReset latest, what is sent before the gateway has joined is never read`,
    'Call start() before (and be connected), or set downlink.autoOffsetReset to earliest.',
  );
}
