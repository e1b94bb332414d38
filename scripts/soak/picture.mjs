// @ts-check
/** The samples of a soak run as an SVG: panels one above the other, each with an axis of its own, and the outage shaded. */

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 24;
const TOP = 64;
const PANEL = 120;
const GAP = 56;
const BOTTOM = 48;
const COLOURS = ['#1f6fb2', '#c0392b', '#2e8b57'];
/** Points of a line; of the samples that share one the highest is drawn, so that no peak is left out. */
const POINTS = 240;
const MOST_TICKS = 4;
const MIB = 2 ** 20;

/**
 * @typedef {import('./samples.mjs').Sample} Sample
 * @typedef {{ title: string, lines: { name: string, of: (sample: Sample) => number }[] }} Panel
 */

/** @type {Panel[]} */
const PANELS = [
  {
    title: 'Memory, MiB',
    lines: [
      { name: 'RSS', of: ({ rss }) => rss / MIB },
      { name: 'heap used', of: ({ heapUsed }) => heapUsed / MIB },
    ],
  },
  {
    title: 'Delay of the event loop, p99, ms',
    lines: [{ name: 'of each sample', of: ({ loopP99Ms }) => loopP99Ms }],
  },
  { title: 'Store on disk, MiB', lines: [{ name: 'files', of: ({ diskBytes }) => diskBytes / MIB }] },
  {
    title: 'Resources, count',
    lines: [
      { name: 'file descriptors', of: ({ descriptors }) => descriptors },
      { name: 'threads', of: ({ threads }) => threads },
      { name: 'active handles', of: ({ handles }) => handles },
    ],
  },
];

/**
 * @param {Pick<import('./run.mjs').SoakResult, 'node' | 'plan' | 'marks' | 'samples'>} result
 * @returns {string}
 */
export function pictureOf({ node, plan, marks, samples }) {
  const height = TOP + PANELS.length * (PANEL + GAP) - GAP + BOTTOM;
  const inMinutes = marks.end >= 300;
  const unit = inMinutes ? 60 : 1;
  const most = marks.end / unit;
  const across = (/** @type {number} */ seconds) => LEFT + (seconds / marks.end) * (WIDTH - LEFT - RIGHT);
  const title = `Node ${node}: ${plan.rate} messages and ${plan.commands} commands a second`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="bold">${title}</text>`,
    ...PANELS.flatMap((panel, n) => panelOf(panel, TOP + n * (PANEL + GAP), { across, marks, samples })),
    ...ticksTo(most, 10).map((value) => xTick(value, across(value * unit), height - BOTTOM)),
    `<text x="${WIDTH - RIGHT}" y="${height - 10}" text-anchor="end" fill="#555555">${inMinutes ? 'minutes' : 'seconds'}; shaded: the broker is away</text>`,
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

/**
 * @param {Panel} panel
 * @param {number} top
 * @param {{ across: (seconds: number) => number, marks: import('./run.mjs').Marks, samples: readonly Sample[] }} from
 */
function panelOf({ title, lines }, top, { across, marks, samples }) {
  const within = samples.filter(({ at }) => at <= marks.end);
  const drawn = lines.map(({ of }) => highest(within.map((sample) => [sample.at, of(sample)])));
  const ticks = ticksTo(Math.max(1, ...drawn.flat().map(([, value]) => value)), MOST_TICKS);
  const high = Math.max(ticks.at(-1) ?? 1, ...drawn.flat().map(([, value]) => value));
  const up = (/** @type {number} */ value) => top + PANEL - (value / high) * PANEL;
  const [from, to] = [across(marks.away), across(marks.back)];
  return [
    `<rect x="${place(from)}" y="${top}" width="${place(to - from)}" height="${PANEL}" fill="#f3dfc6"/>`,
    `<text x="${LEFT}" y="${top - 10}" font-weight="bold">${title}</text>`,
    ...legendOf(lines, top - 10),
    ...ticks.map((value) => yTick(value, up(value))),
    ...drawn.map((points, n) => {
      const line = points.map(([at, value]) => `${place(across(at))},${place(up(value))}`).join(' ');
      return `<polyline fill="none" stroke="${COLOURS[n]}" stroke-width="1.5" points="${line}"/>`;
    }),
  ];
}

/** Each name with its mark behind it; from the right to the left, so that the last one ends with the panel. @param {Panel['lines']} lines @param {number} y */
function legendOf(lines, y) {
  if (lines.length === 1) return [];
  let right = WIDTH - RIGHT;
  return lines.flatMap((_, index) => {
    const n = lines.length - 1 - index;
    const name = lines[n]?.name ?? '';
    const mark = right - 16;
    right = mark - 24 - name.length * 7;
    return [
      `<rect x="${mark}" y="${y - 6}" width="16" height="3" fill="${COLOURS[n]}"/>`,
      `<text x="${mark - 6}" y="${y}" text-anchor="end">${name}</text>`,
    ];
  });
}

/** @param {number} value @param {number} y */
function yTick(value, y) {
  return (
    `<line x1="${LEFT}" y1="${place(y)}" x2="${WIDTH - RIGHT}" y2="${place(y)}" stroke="#dddddd"/>` +
    `<text x="${LEFT - 8}" y="${place(y)}" dy="4" text-anchor="end">${value.toLocaleString('en')}</text>`
  );
}

/** @param {number} value @param {number} x @param {number} y */
function xTick(value, x, y) {
  return (
    `<line x1="${place(x)}" y1="${y}" x2="${place(x)}" y2="${y + 5}" stroke="#555555"/>` +
    `<text x="${place(x)}" y="${y + 19}" text-anchor="middle">${value}</text>`
  );
}

/**
 * At most so many points, each the highest of its part.
 * @param {[number, number][]} points
 */
function highest(points) {
  const size = Math.max(1, Math.ceil(points.length / POINTS));
  /** @type {[number, number][]} */
  const found = [];
  for (let from = 0; from < points.length; from += size) {
    found.push(points.slice(from, from + size).reduce((high, each) => (each[1] > high[1] ? each : high)));
  }
  return found;
}

/**
 * 0 and the round numbers up to `most`, not many more than `count`.
 * @param {number} most
 * @param {number} count
 */
function ticksTo(most, count) {
  const power = 10 ** Math.floor(Math.log10(most / count));
  const step = [1, 2, 5, 10].map((n) => n * power).find((each) => most / each <= count) ?? most;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => Number((n * step).toPrecision(6)));
}

/** @param {number} value */
function place(value) {
  return value.toFixed(1);
}
