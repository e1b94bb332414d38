// @ts-check
/** The batches of a partition as they lie on the disk of a broker, by Kafka's own tool. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { runKafkaTool } from './tools.mjs';

/**
 * @typedef {object} LoggedBatch
 * @property {number} baseOffset
 * @property {number} lastOffset
 * @property {number} count
 * @property {string} codec `none`, `gzip`, `snappy`, `lz4` or `zstd`
 * @property {number} producerId -1 when the producer was not idempotent
 * @property {number} baseSequence Of its first record: the producer counts them, from 0, for each partition
 * @property {boolean} isTransactional
 */

/**
 * @param {string} dataFolder Of a broker that runs here
 * @param {string} topic
 * @param {number} partition
 * @returns {Promise<LoggedBatch[]>} In the order of the log
 */
export async function dumpLog(dataFolder, topic, partition) {
  const folder = path.join(dataFolder, `${topic}-${partition}`);
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const files = segments.map((name) => path.join(folder, name)).join(',');
  const printed = await runKafkaTool('org.apache.kafka.tools.DumpLogSegments', ['--files', files]);
  return printed
    .split('\n')
    .filter((line) => line.startsWith('baseOffset:'))
    .map(parseBatch);
}

/** @param {string} line @returns {LoggedBatch} */
function parseBatch(line) {
  const fields = new Map([...line.matchAll(/(\w+): (\S+)/g)].map((match) => [match[1], match[2]]));
  return {
    baseOffset: Number(fields.get('baseOffset')),
    lastOffset: Number(fields.get('lastOffset')),
    count: Number(fields.get('count')),
    codec: fields.get('compresscodec') ?? '?',
    producerId: Number(fields.get('producerId')),
    baseSequence: Number(fields.get('baseSequence')),
    isTransactional: fields.get('isTransactional') === 'true',
  };
}
