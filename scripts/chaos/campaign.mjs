// @ts-check
/** What a round was, in numbers, and many rounds in one. Pure. */

/**
 * What the counts of a verdict are called where a person reads them; docs/reliability.md explains them. They are of messages,
 * then of commands.
 * @type {Readonly<Record<string, string>>}
 */
export const IN_WORDS = {
  settled: 'told as delivered or stored',
  records: 'records in Kafka',
  saidMaybe: 'told as maybeDuplicate',
  gone: 'without an answer before a kill, and not in Kafka',
  removed: 'gone with a deleted topic',
  lost: 'told as lost',
  endUntold: 'in Kafka, but a kill took the event',
  behindStart: 'behind newer ones, since the first request of a producer was refused',
  aborted: 'of aborted transactions',
  executions: 'executed',
  failures: 'failed attempts',
  repeated: 'executed again',
  judgedAssignments: 'assignments of partitions',
};

/**
 * @typedef {object} RoundCounts
 * @property {readonly number[]} seeds
 * @property {Record<string, number>} faults By what happened
 * @property {Record<string, number>} up Of messages
 * @property {Record<string, number>} refused Messages that ended with an error, by its code
 * @property {Record<string, number>} down Of commands
 * @property {number} longestSettleMs From the last fault until everything was handed over and executed
 * @property {readonly string[]} problems Each with the seed of its round
 */

/**
 * @param {import('./round.mjs').Played} played
 * @param {import('./judged.mjs').RoundVerdict} verdict
 * @returns {RoundCounts}
 */
export function countsOf({ seed, schedule, gateways, counts, settledMs, problems }, verdict) {
  const of = (/** @type {(fault: any) => boolean} */ is) => schedule.filter(is).length;
  const nodes = (/** @type {string} */ how) =>
    schedule.reduce(
      (sum, fault) => sum + (fault.kind === 'broker' && fault.how === how ? fault.nodes.length : 0),
      0,
    );
  return {
    seeds: [seed],
    faults: {
      'broker killed': nodes('kill'),
      'broker shut down': nodes('shutdown'),
      'broker frozen': nodes('freeze'),
      'gateway killed': gateways.reduce((sum, { kills }) => sum + kills, 0),
      'gateway stopped': gateways.reduce((sum, { stops }) => sum + stops, 0),
      'link failed': of(({ kind }) => kind === 'link'),
      'disk full': of(({ kind }) => kind === 'disk'),
      'clock set': of(({ kind }) => kind === 'clock'),
      'partitions added': of(({ how }) => how === 'partitions'),
      'topic created again': of(({ how }) => how === 'recreate'),
      'transactions committed': counts.committed,
      'transactions aborted': counts.aborted,
    },
    up: verdict.up,
    refused: verdict.refused,
    down: verdict.down,
    longestSettleMs: settledMs ?? Infinity,
    problems: [...problems, ...verdict.problems, ...missing(verdict)].map((text) => `seed ${seed}: ${text}`),
  };
}

/**
 * Where nothing happened, no rule is broken: such a round shows nothing.
 * @param {Pick<import('./judged.mjs').RoundVerdict, 'up' | 'down'>} verdict
 */
export function missing({ up, down }) {
  const of = [
    ...['accepted', 'settled', 'records'].map((name) => /** @type {const} */ ([name, up[name]])),
    ...['commands', 'executions', 'commits', 'judgedAssignments'].map(
      (name) => /** @type {const} */ ([name, down[name]]),
    ),
  ];
  return of
    .filter(([, count]) => count === undefined || count === 0)
    .map(([name]) => `nothing to judge: ${name} 0`);
}

/** @param {readonly RoundCounts[]} rounds @returns {RoundCounts} */
export function summed(rounds) {
  return {
    seeds: rounds.flatMap(({ seeds }) => seeds),
    faults: added(rounds.map(({ faults }) => faults)),
    up: added(rounds.map(({ up }) => up)),
    refused: added(rounds.map(({ refused }) => refused)),
    down: added(rounds.map(({ down }) => down)),
    longestSettleMs: Math.max(0, ...rounds.map(({ longestSettleMs }) => longestSettleMs)),
    problems: rounds.flatMap(({ problems }) => problems),
  };
}

/** @param {readonly Record<string, number>[]} all */
function added(all) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const each of all)
    for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** @param {RoundCounts} counts */
export function campaignText({ seeds, faults, up, refused, down, longestSettleMs, problems }) {
  const list = (/** @type {Record<string, number>} */ of) =>
    Object.entries(of)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${IN_WORDS[name] ?? name} ${count.toLocaleString('en')}`)
      .join(', ') || 'none';
  const settled = Number.isFinite(longestSettleMs)
    ? `${(longestSettleMs / 1000).toFixed(1)} s after the last fault everything was handed over and executed`
    : 'not everything was handed over and executed a minute after the last fault';
  return [
    `${seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} rounds, seeds ${seeds[0]} to ${seeds.at(-1)}`}`,
    `  faults: ${list(faults)}`,
    `  messages: ${list(up)}; ended with an error: ${list(refused)}`,
    `  commands: ${list(down)}`,
    `  ${seeds.length === 1 ? settled : `at the longest ${settled}`}`,
    ...(problems.length === 0 ? ['  no problem found'] : problems.map((problem) => `  PROBLEM ${problem}`)),
  ].join('\n');
}
