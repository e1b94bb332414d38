// @ts-check
/** What the gateways of a group may commit, and what they must have at the end. Pure. */
import { textOf } from './logs.mjs';

const SLOP_MS = 5;

/**
 * A partition of a log: its commands, with the time from which on everything up to each of them was executed.
 * @typedef {object} Lane
 * @property {import('./downlink.mjs').Followed[]} commands By offset
 * @property {number[]} allDoneUs
 */

/**
 * @param {import('./downlink.mjs').DownlinkCase} given
 * @param {readonly import('./downlink.mjs').FollowedLog[]} followed
 * @param {import('../../store/problems.mjs').Problems} problems
 */
export function judgeCommits(
  { topics, commits, wallMinusMonotonicUs, slopMs = SLOP_MS },
  followed,
  problems,
) {
  const lanes = lanesOf(followed);
  /** @type {Map<string, import('./read.mjs').Commit>} */
  const last = new Map();
  for (const commit of commits) {
    const logs = topics.get(commit.topic) ?? [];
    const atUs = commit.atMs * 1000 - wallMinusMonotonicUs;
    const index = logOf(logs, commit, atUs);
    const log = logs[index];
    if (log === undefined) continue;
    last.set(laneName(commit.topic, index, commit.partition), commit);
    const where = `${commit.topic} ${commit.partition}: ${commit.offset}`;
    const end = log.ends.get(commit.partition) ?? 0;
    if (commit.offset > end && log.removed === undefined)
      problems.add('a commit beyond the end', `${where}, end ${end}`);
    const lane = lanes.get(laneName(commit.topic, index, commit.partition));
    const passed = passedBy(lane, commit.offset, atUs + slopMs * 1000);
    if (passed === undefined) continue;
    const ms = ((passed.doneUs - atUs) / 1000).toFixed(0);
    const when = passed.doneUs === Infinity ? 'never executed' : `executed ${ms} ms later`;
    problems.add(
      'a commit passes a command',
      `${where} passes ${textOf(commit.topic, passed.command)}, ${when}`,
    );
  }
  judgeLag(topics, last, problems);
}

/** @param {string} topic @param {number} log @param {number} partition */
function laneName(topic, log, partition) {
  return `${topic} ${log} ${partition}`;
}

/** @param {readonly import('./downlink.mjs').FollowedLog[]} followed */
function lanesOf(followed) {
  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  /** @type {Map<string, number>} */
  const indexes = new Map();
  for (const { topic, commands } of followed) {
    const index = indexes.get(topic) ?? 0;
    indexes.set(topic, index + 1);
    for (const each of commands) {
      const name = laneName(topic, index, each.command.partition);
      const lane = lanes.get(name) ?? { commands: [], allDoneUs: [] };
      lanes.set(name, lane);
      lane.commands.push(each);
      lane.allDoneUs.push(Math.max(each.doneUs, lane.allDoneUs.at(-1) ?? -Infinity));
    }
  }
  return lanes;
}

/**
 * The log that a commit is about: brokers write its id down. Else the one that was there at that time.
 * @param {readonly import('./downlink.mjs').CommandLog[]} logs
 * @param {import('./read.mjs').Commit} commit
 * @param {number} atUs
 */
function logOf(logs, { topicId }, atUs) {
  const byId = topicId === null ? -1 : logs.findIndex((log) => log.topicId === topicId);
  return byId >= 0 ? byId : logs.findIndex(({ removed }) => atUs <= (removed?.goneUs ?? Infinity));
}

/**
 * The first command below an offset that was not executed by then.
 * @param {Lane | undefined} lane
 * @param {number} offset
 * @param {number} byUs
 */
function passedBy(lane, offset, byUs) {
  if (lane === undefined) return undefined;
  let low = 0;
  // The first command at this offset or behind it.
  for (let high = lane.commands.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((lane.commands[middle]?.command.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  if (low === 0 || (lane.allDoneUs[low - 1] ?? 0) <= byUs) return undefined;
  return lane.commands.find(({ doneUs }) => doneUs > byUs);
}

/**
 * At the end every command is committed. Markers of transactions, and what was aborted, need not be: they are passed soon, not at once.
 * @param {import('./downlink.mjs').DownlinkCase['topics']} topics
 * @param {ReadonlyMap<string, import('./read.mjs').Commit>} last
 * @param {import('../../store/problems.mjs').Problems} problems
 */
function judgeLag(topics, last, problems) {
  for (const [topic, logs] of topics) {
    const index = logs.length - 1;
    for (const [partition, end] of logs[index]?.ends ?? []) {
      const committed = last.get(laneName(topic, index, partition))?.offset ?? 0;
      const waiting = logs[index]?.records.some(
        (record) => record.partition === partition && record.offset >= committed,
      );
      if (committed < end && waiting === true)
        problems.add(
          'not everything is committed at the end',
          `${topic} ${partition}: ${committed} of ${end}`,
        );
    }
  }
}
