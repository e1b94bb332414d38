import type { ConsumedRecord } from './consumer-port.js';

/** A message as the native client hands it over. */
interface NativeMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key?: Buffer | string | null | undefined;
  readonly value: Buffer | null;
  readonly timestamp?: number | undefined;
  readonly leaderEpoch?: number | undefined;
  readonly headers?: ReadonlyArray<Readonly<Record<string, string | Buffer>>> | undefined;
}

const NO_HEADERS: ConsumedRecord['headers'] = [];

/** The native client's message in our words. */
export function recordOf(message: NativeMessage): ConsumedRecord {
  const { topic, partition, offset, key, value, timestamp, headers, leaderEpoch } = message;
  return {
    topic,
    partition,
    offset,
    key: typeof key === 'string' ? Buffer.from(key) : (key ?? null),
    value,
    headers: headers === undefined ? NO_HEADERS : headers.flatMap(headerPairs),
    // -1 is "none"; what lies further before 1970 is a time.
    timestampMs: timestamp === -1 ? undefined : timestamp,
    leaderEpoch: leaderEpoch ?? null,
  };
}

/** Each header is an object with one property. */
function headerPairs(header: Readonly<Record<string, string | Buffer>>): [string, Buffer][] {
  const pairs = Object.entries(header);
  if (pairs.length === 0) return prototypePair(header);
  return pairs.map(([name, value]) => [name, typeof value === 'string' ? Buffer.from(value) : value]);
}

/** The client assigns the property, and assigning `__proto__` makes the value the object's prototype instead. */
function prototypePair(header: object): [string, Buffer][] {
  const value: unknown = Object.getPrototypeOf(header);
  return Buffer.isBuffer(value) ? [['__proto__', value]] : [];
}
