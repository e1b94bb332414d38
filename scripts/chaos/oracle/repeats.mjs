// @ts-check
/** Commands that were executed more than once. Pure. */
import { textOf } from './logs.mjs';

const BEGINS = new Set(['assigned', 'recreated']);

/** @param {readonly import('./downlink.mjs').FollowedLog[]} followed */
export function countRepeats(followed) {
  let repeated = 0;
  for (const { commands } of followed)
    for (const { runs } of commands) repeated += Math.max(0, runs.filter(({ ok }) => ok).length - 1);
  return repeated;
}

/**
 * From one assignment of a partition to the next one, or to the news that its topic was created again, a process goes forward: of a key no earlier command comes again, and the same
 * one only as its next attempt. Where assignments are not told, nothing can be said.
 * @param {readonly import('./downlink.mjs').Run[]} runs
 * @param {import('../../store/problems.mjs').Problems} problems
 */
export function judgeAssignments(runs, problems) {
  /** @type {Map<string, import('./downlink.mjs').Run>} */
  const before = new Map();
  for (const run of runs.toSorted((a, b) => a.at - b.at)) {
    // Without a key there is no order.
    if (run.assignments.length === 0 || run.key === null) continue;
    // A topic that was created again begins from its beginning, within an assignment too.
    const lane = `${run.life} ${run.topic} ${run.log} ${run.partition} ${run.key}`;
    const previous = before.get(lane);
    before.set(lane, run);
    if (previous === undefined || assignmentOf(previous) !== assignmentOf(run)) continue;
    const isNext = run.offset > previous.offset;
    const isAgain = run.offset === previous.offset && run.attempt > previous.attempt;
    if (isNext || isAgain) continue;
    const found = `${textOf(run.topic, run)}, attempt ${run.attempt}, after ${textOf(run.topic, previous)}, attempt ${previous.attempt}, in ${run.life}`;
    problems.add('a command came again within an assignment', found);
  }
}

/**
 * When its partition was assigned the last time before it, or was told to begin from its beginning: records of a topic that was created
 * again may have been read before the gateway knew that, and come again then.
 * @param {import('./downlink.mjs').Run} run
 */
function assignmentOf({ assignments, topic, partition, at }) {
  return assignments.findLast(
    (each) => each.at <= at && each.topic === topic && each.partition === partition && BEGINS.has(each.type),
  );
}
