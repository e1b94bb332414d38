// @ts-check
/** The judge of a gateway that was killed again and again: from what it told and what stands in the topics. Pure. */

import { Problems } from './problems.mjs';
import { judgeCopies, judgeIds, judgeOrder, judgeReports } from './record-rules.mjs';

/** From the end of a file call until the next one begins, and until a commit begins at all, a process may be held up a little. */
const BETWEEN_CALLS_MS = 2;
const BEGIN_MS = 25;

/**
 * @typedef {object} Life One process, from its start to its end
 * @property {import('./journal.mjs').Journal} journal
 * @property {boolean} clean It was stopped in order
 * @property {number} endUs When it was killed; of a clean end, when it was asked to stop
 *
 * @typedef {object} LaneRule A topic, and what its lane promises
 * @property {string} topic
 * @property {(n: number) => boolean} holds Which messages belong into it
 * @property {number} storeAfterMs
 * @property {number} commitIntervalMs
 * @property {'per_key' | 'live_first'} [order] Default `per_key`
 *
 * @typedef {object} Verdict
 * @property {string[]} problems Empty: everything holds
 * @property {number} accepted
 * @property {number} settled
 * @property {number} missing Accepted, not settled, and gone with a kill
 * @property {number} overdueMs By how much the one that waited longest had passed storeAfterMs + commitIntervalMs at the end
 * @property {number} syncs How many syncs that one waited for
 * @property {number} copies Records beyond the first of their message
 * @property {number} saidMaybe Deliveries that were told as `maybeDuplicate`
 */

/**
 * @param {readonly Life[]} lives In their order
 * @param {readonly LaneRule[]} rules
 * @param {ReadonlyMap<string, readonly import('./topics.mjs').ReadRecord[]>} topics
 * @returns {Verdict}
 */
export function judge(lives, rules, topics) {
  const problems = new Problems();
  const verdict = {
    accepted: 0,
    settled: 0,
    missing: 0,
    overdueMs: 0,
    syncs: 0,
    copies: 0,
    saidMaybe: 0,
  };
  for (const [index, { journal }] of lives.entries()) {
    for (const crash of journal.crashes)
      problems.add('the process reported a crash', `life ${index}: ${crash}`);
    verdict.accepted += journal.accepted.size;
    verdict.settled += journal.settled.size;
    const reports = [...journal.receipts.values(), ...journal.events.values()];
    verdict.saidMaybe += reports.filter((report) => report.maybeDuplicate).length;
  }
  for (const rule of rules) {
    const records = topics.get(rule.topic) ?? [];
    judgeMissing(lives, rule, new Set(records.map(({ n }) => n)), problems, verdict);
    judgeIds(rule.topic, records, problems);
    judgeReports(lives, rule.topic, records, problems);
    verdict.copies += judgeCopies(lives, rule, records, problems);
    if (rule.order === 'live_first') {
      // What comes from disk and what does not are two orders.
      judgeOrder(
        rule.topic,
        records.filter(({ replayed }) => replayed),
        problems,
      );
      judgeOrder(
        rule.topic,
        records.filter(({ replayed }) => !replayed),
        problems,
      );
    } else judgeOrder(rule.topic, records, problems);
  }
  return { problems: problems.list(), ...verdict };
}

/**
 * What settled must be there; what was accepted longer ago than the bound too.
 * @param {readonly Life[]} lives
 * @param {LaneRule} rule
 * @param {ReadonlySet<number>} there
 * @param {Problems} problems
 * @param {Omit<Verdict, 'problems'>} verdict
 */
function judgeMissing(lives, rule, there, problems, verdict) {
  for (const [index, life] of lives.entries()) {
    const { journal } = life;
    for (const [n, at] of journal.accepted) {
      if (!rule.holds(n) || there.has(n)) continue;
      const ageMs = (life.endUs - at) / 1000;
      if (journal.settled.has(n)) {
        problems.add(
          'a settled message is missing',
          `${n} of life ${index}, ${ageMs.toFixed(0)} ms before its end, ${journal.storedAs.get(n) ?? 'delivered'}`,
        );
      } else if (!journal.rejected.has(n)) {
        verdict.missing += 1;
        if (life.clean) problems.add('a clean stop lost a message', `${n} of life ${index}`);
        else judgeOverdue(life, rule, `${n} of life ${index}`, at, problems, verdict);
      }
    }
  }
}

/**
 * What is due may wait for the disk, for nothing else. Their time is measured, and so is the time in which the process did not
 * come to run at all.
 * @param {Life} life
 * @param {LaneRule} rule
 * @param {string} which
 * @param {number} acceptedUs
 * @param {Problems} problems
 * @param {Omit<Verdict, 'problems'>} verdict
 */
function judgeOverdue({ journal, endUs }, rule, which, acceptedUs, problems, verdict) {
  // What is accepted before the store is open is stored when it is.
  const wantedUs = Math.max(acceptedUs + rule.storeAfterMs * 1000, journal.openedUs);
  const dueUs = wantedUs + rule.commitIntervalMs * 1000;
  const overdueMs = (endUs - dueUs) / 1000;
  if (overdueMs <= 0) return;
  const { calls, syncs, us } = journal.inCalls(dueUs, endUs);
  const stalledMs = journal.stalledUs(dueUs, endUs) / 1000;
  if (overdueMs > verdict.overdueMs) Object.assign(verdict, { overdueMs, syncs });
  if (overdueMs <= us / 1000 + stalledMs + BETWEEN_CALLS_MS * calls + BEGIN_MS) return;
  const why = `${calls} file calls, ${syncs} of them syncs, took ${(us / 1000).toFixed(0)} ms, stalled ${stalledMs.toFixed(0)} ms`;
  const found = `${which}, overdue for ${overdueMs.toFixed(0)} ms (${why})`;
  problems.add('a message accepted before the bound is missing', found);
}
