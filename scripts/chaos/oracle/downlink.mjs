// @ts-check
/** The judge of what gateways executed: from what they told, and what Kafka's own tools have read back. Pure. */
import { Problems } from '../../store/problems.mjs';
import { judgeCommits } from './commits.mjs';
import { mayBeGone, textOf } from './logs.mjs';
import { countRepeats, judgeAssignments } from './repeats.mjs';

/** How long a command may be in the hands of a gateway whose topic is gone. */
const IN_HAND_US = 10_000_000;

/**
 * @typedef {object} SentCommand
 * @property {string} id
 * @property {number} partition
 * @property {number} offset
 * @property {string | null} key
 *
 * @typedef {import('./logs.mjs').TopicLog<SentCommand> & { aborted: readonly SentCommand[] }} CommandLog `records`: what was
 * committed, or sent without a transaction; `aborted`: the rest
 *
 * @typedef {object} DownlinkCase
 * @property {readonly Pick<import('./uplink.mjs').GatewayStory, 'name' | 'lives'>[]} gateways
 * @property {ReadonlyMap<string, readonly CommandLog[]>} topics Name → its logs, in their order
 * @property {readonly import('./read.mjs').Commit[]} commits The whole history
 * @property {number} wallMinusMonotonicUs What the clock of the brokers has more than that of the journals
 * @property {number} [slopMs] By how much the former may be off meanwhile. Default 5
 * @property {ReadonlyMap<string, ReadonlySet<string>>} [acknowledged] Topic → ids of commands that Kafka has acknowledged to their
 * sender, of the last of its logs
 * @property {ReadonlyMap<string, number>} [otherEnds] Id → when it ended in another way, by a dead letter say
 *
 * @typedef {import('../../store/journal.mjs').Execution & { key: string | null, log: number, life: string, assignments: readonly import('../../store/journal.mjs').Assignment[] }} Run
 *
 * @typedef {object} Followed A command and what became of it
 * @property {SentCommand} command
 * @property {number} log Which of the logs of its topic
 * @property {Run[]} runs In the order of their time
 * @property {number} doneUs First time that it was executed with success; Infinity: never
 *
 * @typedef {object} FollowedLog
 * @property {string} topic
 * @property {CommandLog} log
 * @property {Followed[]} commands By partition and offset
 *
 * @typedef {object} DownlinkVerdict
 * @property {string[]} problems Empty: everything holds
 * @property {number} commands
 * @property {number} aborted Of transactions
 * @property {number} executions With success
 * @property {number} failures
 * @property {number} repeated Executions with success beyond the first of their command
 * @property {number} removed Gone with a topic that was deleted
 * @property {number} commits
 * @property {number} judgedAssignments How many were told: without them repeats are only counted
 */

/**
 * @param {DownlinkCase} given
 * @returns {DownlinkVerdict}
 */
export function judgeDownlink(given) {
  const problems = new Problems();
  const followed = follow(given, problems);
  const counts = { removed: 0 };
  for (const { topic, log, commands } of followed) {
    judgeExecuted(topic, log, commands, problems, counts);
    judgeOrder(topic, commands, problems);
  }
  judgeAcknowledged(given, problems);
  judgeCommits(given, followed, problems);
  const runs = followed.flatMap(({ commands }) => commands.flatMap((each) => each.runs));
  const journals = given.gateways.flatMap(({ lives }) => lives.map(({ journal }) => journal));
  judgeAssignments(runs, problems);
  return {
    problems: problems.list(),
    commands: followed.reduce((sum, { commands }) => sum + commands.length, 0),
    aborted: followed.reduce((sum, { log }) => sum + log.aborted.length, 0),
    executions: runs.filter(({ ok }) => ok).length,
    failures: runs.filter(({ ok }) => !ok).length,
    repeated: countRepeats(followed),
    ...counts,
    commits: given.commits.length,
    judgedAssignments: journals.reduce((sum, { assignments }) => sum + assignments.length, 0),
  };
}

/**
 * Each command with its executions. What was executed and is no command is a problem.
 * @param {DownlinkCase} given
 * @param {Problems} problems
 */
function follow({ gateways, topics, otherEnds = new Map() }, problems) {
  /** @type {FollowedLog[]} */
  const followed = [];
  /** @type {Map<string, Followed>} */
  const known = new Map();
  for (const [topic, logs] of topics) {
    for (const [index, log] of logs.entries()) {
      const commands = log.records.map((command) => {
        const each = { command, log: index, runs: [], doneUs: otherEnds.get(command.id) ?? Infinity };
        known.set(placeOf(topic, command), each);
        return each;
      });
      followed.push({ topic, log, commands });
    }
  }
  for (const run of runsOf(gateways)) {
    const each = known.get(placeOf(run.topic, run));
    if (each === undefined) judgeStranger(run, topics.get(run.topic) ?? [], problems);
    else {
      each.runs.push({ ...run, key: each.command.key, log: each.log });
      if (run.ok) each.doneUs = Math.min(each.doneUs, run.at);
    }
  }
  return followed;
}

/** @param {string} topic @param {{ id: string, partition: number, offset: number }} place */
function placeOf(topic, { id, partition, offset }) {
  return `${topic} ${partition} ${offset} ${id}`;
}

/**
 * All executions, in the order of their time.
 * @param {DownlinkCase['gateways']} gateways
 * @returns {Run[]}
 */
function runsOf(gateways) {
  return gateways
    .flatMap(({ name, lives }) =>
      lives.flatMap(({ journal: { executions, assignments } }, index) =>
        executions.map((each) => ({
          ...each,
          key: null,
          log: 0,
          life: `life ${index} of ${name}`,
          assignments,
        })),
      ),
    )
    .toSorted((a, b) => a.at - b.at);
}

/**
 * @param {Run} run
 * @param {readonly CommandLog[]} logs
 * @param {Problems} problems
 */
function judgeStranger(run, logs, problems) {
  const which = `${run.id} at ${run.topic} ${run.partition} ${run.offset} in ${run.life}`;
  const isIt = (/** @type {SentCommand} */ { id }) => id === run.id;
  if (logs.some(({ aborted }) => aborted.some(isIt)))
    problems.add('a command of an aborted transaction was executed', which);
  else if (logs.some(({ records }) => records.some(isIt)))
    problems.add('a command was executed with a wrong place', which);
  else if (!mayBeGone(logs, run, run.at - IN_HAND_US, run.at))
    problems.add('a command was executed that nobody sent', which);
}

/**
 * @param {string} topic
 * @param {CommandLog} log
 * @param {readonly Followed[]} commands
 * @param {Problems} problems
 * @param {{ removed: number }} counts
 */
function judgeExecuted(topic, log, commands, problems, counts) {
  for (const { command, runs, doneUs } of commands) {
    if (doneUs < Infinity) continue;
    if (log.removed !== undefined) counts.removed += 1;
    else
      problems.add('a command was not executed', `${textOf(topic, command)}, ${runs.length} failed attempts`);
  }
}

/**
 * Of each key a command is given out only when the one before it has been executed.
 * @param {string} topic
 * @param {readonly Followed[]} commands
 * @param {Problems} problems
 */
function judgeOrder(topic, commands, problems) {
  /** @type {Map<string, Followed>} */
  const before = new Map();
  for (const each of commands) {
    const { key, partition } = each.command;
    // Without a key there is no order.
    if (key === null) continue;
    const lane = `${partition} ${key}`;
    const [first] = each.runs;
    const previous = before.get(lane);
    if (previous !== undefined && first !== undefined && first.at < previous.doneUs) {
      const found = `${textOf(topic, each.command)} at ${first.at} in ${first.life}, before ${textOf(topic, previous.command)}`;
      problems.add('order of the commands of a key', found);
    }
    // The latest of all that came before.
    if (previous === undefined || each.doneUs >= previous.doneUs) before.set(lane, each);
  }
}

/**
 * What is missing here was lost by Kafka, or by whoever reads: then no verdict is worth anything.
 * @param {DownlinkCase} given
 * @param {Problems} problems
 */
function judgeAcknowledged({ topics, acknowledged = new Map() }, problems) {
  for (const [topic, ids] of acknowledged) {
    const there = new Set(
      topics
        .get(topic)
        ?.at(-1)
        ?.records.map(({ id }) => id),
    );
    for (const id of ids)
      if (!there.has(id)) problems.add('a command that Kafka has acknowledged is missing', `${topic} ${id}`);
  }
}
