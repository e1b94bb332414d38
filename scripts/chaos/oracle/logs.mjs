// @ts-check
/** The logs that a topic had, one after another: it may be deleted and created again. */

/**
 * @typedef {object} Removal The time in which things came and went that nobody has read, in microseconds of the monotonic clock
 * @property {number} readUs Its records were read from then on
 * @property {number} goneUs It was deleted at the latest
 */

/**
 * @template Of
 * @typedef {object} TopicLog
 * @property {readonly Of[]} records By partition and offset
 * @property {ReadonlyMap<number, number>} ends Partition → the offset behind its end, when the records were read
 * @property {string} [topicId]
 * @property {Removal} [removed] It was deleted later
 */

/**
 * Could this place have been filled after the last read of a log, and be gone with it?
 * @param {readonly TopicLog<unknown>[]} logs
 * @param {{ partition: number, offset: number }} place
 * @param {number} fromUs What came there was there at the earliest
 * @param {number} toUs And at the latest
 */
export function mayBeGone(logs, { partition, offset }, fromUs, toUs) {
  return logs.some(({ removed, ends }) => {
    if (removed === undefined || fromUs > removed.goneUs || toUs < removed.readUs) return false;
    // Whoever does not know the offset says nothing about it.
    return Number.isNaN(offset) || offset >= (ends.get(partition) ?? 0);
  });
}

/** A command and its place. @param {string} topic @param {{ id: string, partition: number, offset: number }} command */
export function textOf(topic, { id, partition, offset }) {
  return `${id} (${topic} ${partition} ${offset})`;
}
