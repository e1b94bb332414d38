// @ts-check
/** From what a topic held to what the judges want. Pure. */
import { numberIn } from '../../store/messages.mjs';

/** @typedef {import('./read.mjs').TopicDump} TopicDump */

/**
 * @param {TopicDump} dump
 * @param {import('./logs.mjs').Removal} [removed] Where the topic was deleted after it
 * @returns {import('./uplink.mjs').UplinkLog}
 */
export function uplinkLog({ topicId, ends, records }, removed) {
  const read = records.map(({ partition, offset, key, headers, value }) => {
    const named = new Map(headers);
    return {
      partition,
      offset,
      key: String(key ?? ''),
      id: named.has('message_id') ? String(named.get('message_id') ?? '') : null,
      replayed: named.has('replayed'),
      n: numberIn(String(value)),
    };
  });
  return { topicId, ends, records: read, ...(removed === undefined ? {} : { removed }) };
}

/**
 * @param {TopicDump} committed Read with `read_committed`
 * @param {TopicDump} [all] Read with `read_uncommitted`; not needed where nobody sends transactions
 * @param {import('./logs.mjs').Removal} [removed] Where the topic was deleted after them
 * @returns {import('./downlink.mjs').CommandLog}
 */
export function commandLog({ topicId, ends, records }, all, removed) {
  if (all !== undefined && all.topicId !== topicId)
    throw new Error(`${all.topic} was created again between two reads`);
  const counts = new Set(records.map(placeOf));
  const aborted = all?.records.filter((record) => !counts.has(placeOf(record))) ?? [];
  return {
    topicId,
    ends,
    records: records.map(commandOf),
    aborted: aborted.map(commandOf),
    ...(removed === undefined ? {} : { removed }),
  };
}

/** @param {{ partition: number, offset: number }} place */
function placeOf({ partition, offset }) {
  return `${partition} ${offset}`;
}

/** @param {TopicDump['records'][number]} record @returns {import('./downlink.mjs').SentCommand} */
function commandOf({ topic, partition, offset, key, value }) {
  const id = /"(?:request_id|command_id)":\s*"([^"]+)"/.exec(String(value))?.[1];
  if (id === undefined)
    throw new Error(`no command at ${topic} ${partition} ${offset}: ${String(value).slice(0, 200)}`);
  return { id, partition, offset, key: key === null ? null : String(key) };
}
