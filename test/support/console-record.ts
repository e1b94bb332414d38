/** A record as the Java console consumer printed it. */
export interface ConsoleRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly key: Buffer | null;
  /** In the record's order; names may repeat. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
  readonly value: Buffer | null;
}

const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
// Goes through the same deserializer as the values, so it needs bytes that no test writes.
const NULL_LITERAL = '\u0001\u0002null\u0002\u0001';
const HEADER_SEPARATOR = '\u0001';
const NO_HEADERS = 'NO_HEADERS';

/**
 * Makes the console consumer print one record a line, binary-safe: Kafka's `Bytes` prints everything but printable
 * ASCII as `\xNN`, the backslash included, so that tabs and line ends only ever separate.
 */
export const FORMATTER_PROPERTIES: Readonly<Record<string, string>> = {
  'print.timestamp': 'true',
  'print.partition': 'true',
  'print.offset': 'true',
  'print.headers': 'true',
  'print.key': 'true',
  'key.deserializer': BYTES,
  'value.deserializer': BYTES,
  'headers.deserializer': BYTES,
  'headers.separator': HEADER_SEPARATOR,
  'null.literal': NULL_LITERAL,
};

/** Parses a line that was printed with `FORMATTER_PROPERTIES`. Header names must not hold a colon or a tab. */
export function parseConsoleRecord(topic: string, line: string): ConsoleRecord {
  const [timestamp = '', partition = '', offset = '', headers = '', key = '', value = ''] = line.split('\t');
  const [timestampType, timestampMs] = timestamp.split(':');
  if (timestampType !== 'CreateTime' && timestampType !== 'LogAppendTime') {
    throw new Error(`not a line of the console consumer: ${line.slice(0, 200)}`);
  }
  return {
    topic,
    partition: numberAfter('Partition:', partition),
    offset: numberAfter('Offset:', offset),
    timestampMs: Number(timestampMs),
    timestampType,
    key: unescapeBytes(key),
    headers: headers === NO_HEADERS ? [] : headers.split(HEADER_SEPARATOR).map(parseHeader),
    value: unescapeBytes(value),
  };
}

function numberAfter(prefix: string, field: string): number {
  if (!field.startsWith(prefix)) throw new Error(`expected ${prefix} in "${field}"`);
  return Number(field.slice(prefix.length));
}

function parseHeader(field: string): readonly [string, Buffer | null] {
  const colon = field.indexOf(':');
  return [field.slice(0, colon), unescapeBytes(field.slice(colon + 1))];
}

function unescapeBytes(printed: string): Buffer | null {
  const raw = printed.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return raw === NULL_LITERAL ? null : Buffer.from(raw, 'latin1');
}
