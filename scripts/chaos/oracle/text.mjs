// @ts-check
/** Verdicts for people, and many of them in one. They are plain data: as JSON they are what they are. Pure. */

/**
 * @typedef {import('./uplink.mjs').UplinkVerdict} UplinkVerdict
 * @typedef {import('./downlink.mjs').DownlinkVerdict} DownlinkVerdict
 */

/** @param {UplinkVerdict} verdict */
export function uplinkText(verdict) {
  const codes = Object.entries(verdict.codes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, count]) => `${code} ${count}`);
  return [
    `up: accepted ${verdict.accepted}, settled ${verdict.settled}, records ${verdict.records}`,
    `copies ${verdict.copies}, told as maybeDuplicate ${verdict.saidMaybe}`,
    `gone without a promise ${verdict.gone}, told as lost ${verdict.lost}, gone with a deleted topic ${verdict.removed}, end not told ${verdict.endUntold}`,
    `errors: ${codes.join(', ') || 'none'}`,
    ...problemLines(verdict.problems),
  ].join('\n');
}

/** @param {DownlinkVerdict} verdict */
export function downlinkText(verdict) {
  return [
    `down: commands ${verdict.commands}, of aborted transactions ${verdict.aborted}, gone with a deleted topic ${verdict.removed}`,
    `executions ${verdict.executions}, of these again ${verdict.repeated}, failed attempts ${verdict.failures}`,
    `commits ${verdict.commits}, assignments ${verdict.judgedAssignments}`,
    ...problemLines(verdict.problems),
  ].join('\n');
}

/** @param {readonly string[]} problems */
function problemLines(problems) {
  return problems.length === 0 ? ['no problem found'] : problems.map((problem) => `PROBLEM ${problem}`);
}

/**
 * Numbers are added up; a problem says in which of them it was found, from 1 on.
 * @template {UplinkVerdict | DownlinkVerdict} V
 * @param {readonly [V, ...V[]]} verdicts
 * @returns {V}
 */
export function sumOf(verdicts) {
  const [first] = verdicts;
  const sums = Object.keys(first).map((name) => {
    const all = verdicts.map((verdict) => /** @type {any} */ (verdict)[name]);
    if (name === 'problems')
      return [
        name,
        all.flatMap((problems, index) =>
          problems.map((/** @type {string} */ text) => `round ${index + 1}: ${text}`),
        ),
      ];
    return [name, typeof all[0] === 'number' ? all.reduce(plus, 0) : countsOf(all)];
  });
  return Object.fromEntries(sums);
}

/** @param {number} a @param {number} b */
const plus = (a, b) => a + b;

/** @param {readonly Record<string, number>[]} all */
function countsOf(all) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
