// @ts-check
/**
 * Producers whose first request to a partition was refused, while their second one was taken: Kafka takes the first sequence number
 * of a producer whatever it is. What was refused is sent again, and so comes behind. The log shows it.
 */
import { dumpLog } from '../../kafka/dump-log.mjs';
import { leadersOf } from './read.mjs';

/**
 * @typedef {object} LateStart The batch with which the log of a partition begins to hold something of a producer
 * @property {number} partition
 * @property {number} from Its first offset
 * @property {number} to Its last one
 */

/**
 * @param {import('../brokers.mjs').Brokers} brokers They work
 * @param {string} topic
 * @returns {Promise<LateStart[]>}
 */
export async function readLateStarts(brokers, topic) {
  const leaders = await leadersOf(brokers.direct, topic);
  const found = await Promise.all(
    [...leaders].map(async ([partition, leader]) =>
      lateStarts(partition, await dumpLog(brokers.dataFolder(leader), topic, partition)),
    ),
  );
  return found.flat();
}

/**
 * @param {number} partition
 * @param {readonly import('../../kafka/dump-log.mjs').LoggedBatch[]} batches From the beginning of its log on
 * @returns {LateStart[]}
 */
export function lateStarts(partition, batches) {
  /** @type {Set<number>} */
  const seen = new Set();
  const found = [];
  for (const { producerId, baseSequence, baseOffset, lastOffset } of batches) {
    if (producerId < 0 || seen.has(producerId)) continue;
    seen.add(producerId);
    if (baseSequence > 0) found.push({ partition, from: baseOffset, to: lastOffset });
  }
  return found;
}

/**
 * The messages that may come behind such a batch: accepted before what it holds, by the same process, which had no other producer.
 * @param {readonly import('../../store/judge.mjs').Life[]} lives
 * @param {readonly import('./uplink.mjs').UplinkLog[]} logs
 * @returns {ReadonlySet<number>}
 */
export function behindLateStarts(lives, logs) {
  /** @type {Set<number>} */
  const found = new Set();
  for (const { records, starts = [] } of logs) {
    for (const { partition, from, to } of starts) {
      const here = records.filter((record) => record.partition === partition);
      const held = here.filter(({ offset }) => offset >= from && offset <= to);
      for (const { journal } of lives) {
        const own = (/** @type {{ n: number }} */ { n }) => journal.accepted.has(n);
        const newest = held.filter(own).reduce((most, { n }) => Math.max(most, n), -1);
        for (const record of here)
          if (record.offset > to && record.n < newest && own(record)) found.add(record.n);
      }
    }
  }
  return found;
}
