/** A northward object against a real broker, and telemetry to send with it. */
import {
  createKafkaNorthward,
  type CreateOptions,
  type KafkaNorthward,
  type TelemetryData,
} from '../../src/index.js';
import { readTopic } from '../../scripts/store/topics.mjs';

interface PlantOptions extends CreateOptions {
  readonly topic: string;
  readonly producer?: Record<string, unknown>;
  readonly queue?: Record<string, unknown>;
  readonly uplink?: Record<string, unknown>;
  /** The section `topics`. */
  readonly topics?: Record<string, unknown>;
}

export function plant(bootstrapServers: string, options: PlantOptions): KafkaNorthward {
  const { topic, producer, queue, uplink, topics, ...rest } = options;
  const config = {
    connection: { bootstrapServers },
    uplink: {
      producer: { ...producer },
      queue: { ...queue },
      telemetry: { enabled: true, topic, key: '{{device_id}}' },
      ...uplink,
    },
    downlink: { enabled: false },
    topics: { ...topics },
  };
  return createKafkaNorthward(config, rest);
}

// Not in the past: a broker that recovers from a crash forgets producers whose last record is older than a
// day (producer.id.expiration.ms), and then takes a batch twice (docs/uplink.md).
const START = Date.now();

/** The `n`th reading of all: of device `n % devices`, with its own running number as the value. */
export function reading(n: number, devices = 10): TelemetryData {
  const device = n % devices;
  return {
    deviceId: device,
    deviceName: `pump-${device}`,
    timestamp: START + n,
    values: [{ pointId: 1, pointKey: 'n', value: n }],
  };
}

/** The running number in a record that `reading()` became. */
export function numberIn(value: Buffer | null): number {
  const envelope = JSON.parse(String(value)) as { payload: { data: { values: [{ value: number }] } } };
  return envelope.payload.data.values[0].value;
}

/** The running numbers of all records of partition 0, in its order; read with the bare client. */
export async function numbersInTopic(
  bootstrapServers: string,
  topic: string,
  number: (value: Buffer | null) => number = numberIn,
): Promise<number[]> {
  const numbers: number[] = [];
  await readTopic(bootstrapServers, topic, 1, (_, { value }) => numbers.push(number(value)));
  return numbers;
}

/** Fails unless the records hold each of 0…count-1 exactly once, in order within each key and partition. */
export function problemsOf(
  records: ReadonlyArray<{ key: Buffer | null; value: Buffer | null }>,
  count: number,
): string[] {
  const problems: string[] = [];
  const seen = new Set<number>();
  const last = new Map<string, number>();
  for (const { key, value } of records) {
    const n = numberIn(value);
    const device = String(key);
    if (seen.has(n)) problems.push(`${n} twice`);
    seen.add(n);
    if (n < (last.get(device) ?? -1)) problems.push(`${n} of device ${device} after ${last.get(device)}`);
    last.set(device, n);
  }
  for (let n = 0; n < count; n += 1) if (!seen.has(n)) problems.push(`${n} missing`);
  return problems;
}

/** Publishes readings `from`…`to`-1, at most `inFlight` at a time; resolves to the rejections. */
export async function publishAll(
  northward: KafkaNorthward,
  from: number,
  to: number,
  options: { inFlight?: number; devices?: number; onReceipt?: (done: number) => void } = {},
): Promise<unknown[]> {
  const errors: unknown[] = [];
  let next = from;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (next < to) {
      const n = next;
      next += 1;
      await northward
        .publishTelemetry(reading(n, options.devices))
        .catch((error: unknown) => errors.push(error));
      done += 1;
      options.onReceipt?.(done);
    }
  };
  await Promise.all(Array.from({ length: options.inFlight ?? 1_000 }, lane));
  return errors;
}
