/** A started gateway on memory ports, and the platform's side of it. */
import { afterEach } from 'vitest';
import type { CreateOptions, KafkaNorthward } from '../../src/api/northward.js';
import type { Clock } from '../../src/core/clock.js';
import type { Command } from '../../src/api/commands.js';
import type { EventName, NorthwardEvents } from '../../src/api/events.js';
import type { FaultyConsumers } from './memory-consumer.js';
import { memoryNorthward, until } from './memory-northward.js';
import type { FaultyProducers } from './memory-producer.js';

type Json = Record<string, unknown>;

interface WriteOptions {
  readonly key?: string;
  readonly partition?: number;
  readonly timeoutMs?: number;
  readonly topic?: string;
}

export interface Gateway {
  readonly northward: KafkaNorthward;
  readonly consumers: FaultyConsumers;
  readonly producers: FaultyProducers;
  /** Every event of the downlink so far. */
  readonly told: Array<{ readonly [E in EventName]: { name: E; payload: NorthwardEvents[E][0] } }[EventName]>;
  /** Payloads of one event so far. */
  readonly events: <E extends EventName>(name: E) => NorthwardEvents[E][0][];
  /** What the group has committed for the partition; undefined: nothing. */
  readonly committed: (topic?: string, partition?: number) => number | undefined;
  /** Sends a write point whose request id is `id`; tells its offset. */
  readonly write: (id: string, options?: WriteOptions) => number;
}

const EVENTS = [
  'command-ignored',
  'decode-error',
  'command-expired',
  'command-duplicate',
  'command-unanswerable',
  'command-dropped',
  'dead-letter',
  'offset-held',
  'partition-paused',
  'offset-reset',
  'committed',
  'rebalance',
  'state',
  'error',
] as const;

export const TOPIC = 'cmd';

/** A body of the envelope that says `data`. */
export function envelope(kind: string, data: Json): string {
  return JSON.stringify({ schema_version: 1, event: { kind }, payload: { data } });
}

export function writePoint(id: string, more: Json = {}): string {
  return envelope('write_point', {
    request_id: id,
    point_id: 1,
    value: 1,
    timestamp: '2024-12-22T12:35:00Z',
    ...more,
  });
}

export function command(id: string, more: Json = {}): string {
  return envelope('command_received', {
    command_id: id,
    key: 'reboot',
    target_type: 'GATEWAY',
    timestamp: '2024-12-22T12:35:00Z',
    ...more,
  });
}

/** Not started yet. `downlink`: what differs from a single write-point route on `TOPIC`. */
export function makeGateway(
  downlink: Json = {},
  over: Json = {},
  options: CreateOptions = {},
  clock?: Clock,
): Gateway {
  const route = { enabled: true, topic: TOPIC };
  const { northward, consumers, producers } = memoryNorthward(
    {
      app: { id: 1 },
      ...over,
      downlink: {
        enabled: true,
        autoOffsetReset: 'earliest',
        redelivery: { initialBackoffMs: 1, maxBackoffMs: 5 },
        ...downlink,
        writePoint: { ...route, ...(downlink['writePoint'] as Json) },
      },
    },
    options,
    clock,
  );
  const told: Gateway['told'] = [];
  for (const name of EVENTS) {
    northward.on(name, (payload: unknown) => told.push({ name, payload } as Gateway['told'][number]));
  }
  return {
    northward,
    consumers,
    producers,
    told,
    events: (name) => told.filter((each) => each.name === name).map(({ payload }) => payload) as never,
    committed: (topic = TOPIC, partition = 0) => consumers.committed.get(`${topic} ${partition}`)?.offset,
    write: (id, { key, partition, timeoutMs, topic = TOPIC } = {}) => {
      const value = writePoint(id, timeoutMs === undefined ? {} : { timeout_ms: timeoutMs });
      return consumers.produce(topic, { value, key: key ?? null }, partition);
    },
  };
}

/** Started, with its partitions assigned. */
export function startGateway(...args: Parameters<typeof makeGateway>): Promise<Gateway> {
  return start(makeGateway(...args));
}

async function start(gateway: Gateway): Promise<Gateway> {
  await gateway.northward.start();
  await gateway.northward.ready();
  return gateway;
}

/** Makes the gateways of a file's tests, and stops them after each test. Call it once, at the top of the file. */
export function gatewaysOfTest(): {
  readonly made: typeof makeGateway;
  readonly started: typeof startGateway;
} {
  const gateways: Gateway[] = [];
  afterEach(async () => {
    for (const { northward } of gateways.splice(0)) await northward.stop({ timeoutMs: 50 });
  });
  const made: typeof makeGateway = (...args) => {
    const gateway = makeGateway(...args);
    gateways.push(gateway);
    return gateway;
  };
  return { made, started: (...args) => start(made(...args)) };
}

/** The id that the platform gave the command. */
export function idOf({ data }: Command): string {
  return 'commandId' in data ? data.commandId : data.requestId;
}

/** As many as were asked for. */
type Taken = readonly [Command, Command, Command, Command, ...Command[]];

/** Takes `count` commands without acknowledging any. */
export async function takeAll(northward: KafkaNorthward, count: number): Promise<Taken> {
  const commands: Command[] = [];
  const iterator = northward.commands({ manualAck: true });
  while (commands.length < count) {
    const { value } = await iterator.next();
    if (value === undefined) throw new Error(`the loop ended after ${commands.length} of ${count} commands`);
    commands.push(value);
  }
  return commands as unknown as Taken;
}

/** Handles commands in a loop of its own until `stop()`; what `handle` throws is taken as the loop's end. */
export function serve(northward: KafkaNorthward, handle: (command: Command) => unknown): string[] {
  const handled: string[] = [];
  const run = async (): Promise<void> => {
    for await (const command of northward.commands()) {
      handled.push(idOf(command));
      await handle(command);
    }
  };
  const forever = (): void => {
    run().catch(() => {
      forever();
    });
  };
  forever();
  return handled;
}

export { until };
