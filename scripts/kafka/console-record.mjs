// @ts-check
/**
 * A record as the Java console consumer printed it.
 * @typedef {object} ConsoleRecord
 * @property {string} topic
 * @property {number} partition
 * @property {number} offset
 * @property {number} timestampMs
 * @property {'CreateTime' | 'LogAppendTime'} timestampType
 * @property {Buffer | null} key
 * @property {readonly (readonly [name: string, value: Buffer | null])[]} headers In the record's order; names may repeat
 * @property {Buffer | null} value
 */

const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
// Goes through the same deserializer as the values, so it needs bytes that nobody writes.
const NULL_LITERAL = '\u0001\u0002null\u0002\u0001';
const HEADER_SEPARATOR = '\u0001';
const NO_HEADERS = 'NO_HEADERS';

/**
 * Makes the console consumer print one record a line, binary-safe: Kafka's `Bytes` prints everything but printable
 * ASCII as `\xNN`, the backslash included, so that tabs and line ends only ever separate.
 * @type {Readonly<Record<string, string>>}
 */
export const FORMATTER_PROPERTIES = {
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

/**
 * Parses a line that was printed with `FORMATTER_PROPERTIES`. Header names must not hold a colon or a tab.
 * @param {string} topic
 * @param {string} line
 * @returns {ConsoleRecord}
 */
export function parseConsoleRecord(topic, line) {
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

/** @param {string} prefix @param {string} field */
function numberAfter(prefix, field) {
  if (!field.startsWith(prefix)) throw new Error(`expected ${prefix} in "${field}"`);
  return Number(field.slice(prefix.length));
}

/** @param {string} field @returns {readonly [string, Buffer | null]} */
function parseHeader(field) {
  const colon = field.indexOf(':');
  return [field.slice(0, colon), unescapeBytes(field.slice(colon + 1))];
}

/** @param {string} printed */
function unescapeBytes(printed) {
  const raw = printed.replace(/\\x([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return raw === NULL_LITERAL ? null : Buffer.from(raw, 'latin1');
}
