// @ts-check
/** A picture of a round: what failed when, and what waited meanwhile. Pure. */

const WIDTH = 860;
const LEFT = 112;
const RIGHT = 24;
const TOP = 56;
const ROW = 20;
const CHART = 130;
const GAP = 34;
const COLOURS = /** @type {Record<string, string>} */ ({
  broker: '#c0392b',
  link: '#d98200',
  gateway: '#1f6fb2',
  disk: '#8e5ea2',
  clock: '#8e5ea2',
  topic: '#2e8b57',
});
/** Something that is over at once can be seen all the same. */
const LEAST_WIDTH = 2;

/**
 * @typedef {object} Timeline
 * @property {string} title
 * @property {number} seconds
 * @property {readonly { lane: string, fromS: number, toS: number, text: string }[]} faults
 * @property {readonly { label: string, points: readonly (readonly [number, number])[] }[]} charts Over the seconds
 */

/** @param {Timeline} timeline */
export function timelineSvg({ title, seconds, faults, charts }) {
  const lanes = [...new Set(faults.map(({ lane }) => lane))].toSorted();
  const x = (/** @type {number} */ s) => LEFT + (Math.min(s, seconds) / seconds) * (WIDTH - LEFT - RIGHT);
  const lanesEnd = TOP + lanes.length * ROW;
  const height = lanesEnd + charts.length * (CHART + GAP) + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    `<text x="16" y="42" fill="#555555">each bar: a fault, and how long it lasted; time in seconds</text>`,
    ...lanes.flatMap((lane, index) => laneOf(lane, TOP + index * ROW, faults, x)),
    ...charts.flatMap((chart, index) => chartOf(chart, lanesEnd + GAP + index * (CHART + GAP), seconds, x)),
    '</svg>',
    '',
  ].join('\n');
}

/**
 * @param {string} lane
 * @param {number} y
 * @param {Timeline['faults']} faults
 * @param {(s: number) => number} x
 */
function laneOf(lane, y, faults, x) {
  const colour = COLOURS[lane.split(' ', 1)[0] ?? ''] ?? '#555555';
  return [
    `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escaped(lane)}</text>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y + ROW - 1}" y2="${y + ROW - 1}" stroke="#eeeeee"/>`,
    ...faults
      .filter((fault) => fault.lane === lane)
      .map(({ fromS, toS, text }) => {
        const width = Math.max(LEAST_WIDTH, x(toS) - x(fromS));
        return `<rect x="${x(fromS).toFixed(1)}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 7}" fill="${colour}"><title>${escaped(text)}</title></rect>`;
      }),
  ];
}

/**
 * @param {Timeline['charts'][number]} chart
 * @param {number} top
 * @param {number} seconds
 * @param {(s: number) => number} x
 */
function chartOf({ label, points }, top, seconds, x) {
  const most = Math.max(1, ...points.map(([, value]) => value));
  const y = (/** @type {number} */ value) => top + CHART - (value / most) * (CHART - 20);
  const path = points.map(([s, value]) => `${x(s).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const ticks = Array.from({ length: Math.floor(seconds / 10) + 1 }, (_, index) => index * 10);
  return [
    `<text x="${LEFT}" y="${top + 8}" fill="#555555">${escaped(label)}</text>`,
    `<text x="${LEFT - 8}" y="${y(most) + 4}" text-anchor="end">${Math.round(most).toLocaleString('en')}</text>`,
    `<text x="${LEFT - 8}" y="${y(0) + 4}" text-anchor="end">0</text>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(0)}" y2="${y(0)}" stroke="#999999"/>`,
    ...ticks.map(
      (s) =>
        `<text x="${x(s).toFixed(1)}" y="${top + CHART + 16}" text-anchor="middle" fill="#555555">${s}</text>`,
    ),
    `<polyline fill="none" stroke="#1f6fb2" stroke-width="1.5" points="${path}"/>`,
  ];
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/**
 * @param {import('./round.mjs').Played} played
 * @returns {Timeline}
 */
export function timelineOf({ seed, gateways, done, startUs, endUs, sentAt }) {
  const since = (/** @type {number} */ us) => (us - startUs) / 1e6;
  const seconds = since(endUs);
  return {
    title: `A round of npm run chaos (seed ${seed})`,
    seconds,
    faults: done.log.map(({ lane, text, atUs, untilUs }) => ({
      lane,
      text,
      fromS: since(atUs),
      toS: since(untilUs),
    })),
    charts: [
      {
        label: 'messages that wait for an acknowledgement, in memory or on disk',
        points: waiting(gateways, startUs, seconds),
      },
      {
        label: 'commands that are sent and not executed',
        points: openCommands(gateways, sentAt, startUs, seconds),
      },
    ],
  };
}

const STEP_S = 0.5;

/** @param {number} seconds @param {(s: number) => number} value @returns {[number, number][]} */
function steps(seconds, value) {
  return Array.from({ length: Math.floor(seconds / STEP_S) + 1 }, (_, index) => [
    index * STEP_S,
    value(index * STEP_S),
  ]);
}

/**
 * What a gateway that is away had is on its disk: its last number stands until it is back.
 * @param {readonly import('./plant.mjs').GatewayUnit[]} gateways
 * @param {number} startUs
 * @param {number} seconds
 */
function waiting(gateways, startUs, seconds) {
  const each = gateways.map(({ journals }) =>
    journals
      .flatMap(({ samples }) => samples)
      .map(({ at, queued, store }) => ({
        s: (at - startUs) / 1e6,
        count: Math.max(queued, store?.waiting ?? 0),
      })),
  );
  return steps(seconds, (s) =>
    each.reduce((sum, samples) => sum + (samples.findLast((sample) => sample.s <= s)?.count ?? 0), 0),
  );
}

/**
 * @param {readonly import('./plant.mjs').GatewayUnit[]} gateways
 * @param {ReadonlyMap<string, number>} sentAt
 * @param {number} startUs
 * @param {number} seconds
 */
function openCommands(gateways, sentAt, startUs, seconds) {
  /** @type {Map<string, number>} */
  const executedAt = new Map();
  for (const { journals } of gateways)
    for (const { id, at, ok } of journals.flatMap(({ executions }) => executions))
      if (ok) executedAt.set(id, Math.min(at, executedAt.get(id) ?? Infinity));
  // What went with a topic that was deleted is no open command.
  const spans = [...sentAt].filter(([id]) => executedAt.has(id));
  return steps(seconds, (s) => {
    const us = startUs + s * 1e6;
    return spans.filter(([id, at]) => at <= us && (executedAt.get(id) ?? 0) > us).length;
  });
}
