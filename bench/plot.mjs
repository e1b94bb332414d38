// node bench/plot.mjs RESULT.json NAME OUT.svg: draws one of the charts that a bench has saved in its result (--save).
import { readFile, writeFile } from 'node:fs/promises';

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 56;
const TOP = 48;
const BOTTOM = 96;
const COLOURS = ['#c0392b', '#1f6fb2', '#2e8b57', '#8e5ea2', '#d98200'];

/** @param {{ scale?: string }} axis @param {number[]} values */
function scaleOf({ scale }, values, from, to) {
  const log = scale === 'log';
  const on = (value) => (log ? Math.log10(value) : value);
  const low = log ? on(Math.min(...values)) : 0;
  const high = on(log ? Math.max(...values) : niceTop(Math.max(...values)));
  const span = high - low || 1;
  const place = (value) => from + ((on(value) - low) / span) * (to - from);
  return { place, ticks: log ? [...new Set(values)].toSorted((a, b) => a - b) : linearTicks(high) };
}

function niceTop(most) {
  const unit = 10 ** Math.floor(Math.log10(most));
  return Math.ceil((most * 1.05) / (unit / 5)) * (unit / 5);
}

function linearTicks(high) {
  return Array.from({ length: 6 }, (_, n) => (high * n) / 5);
}

const text = (value) => String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const shown = (value) => (value >= 100 ? value.toLocaleString('en') : String(Number(value.toPrecision(2))));

/** @param {{ title: string, x: { label: string, scale?: string }, y: { label: string, scale?: string }, series: { name: string, points: [number, number][] }[] }} chart */
export function svgOf({ title, x, y, series }) {
  const points = series.flatMap((each) => each.points);
  const across = scaleOf(
    x,
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const up = scaleOf(
    y,
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${text(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="bold">${text(title)}</text>`,
    `<text x="${LEFT}" y="40" fill="#555555">${text(y.label)}</text>`,
    ...up.ticks.flatMap((value) => yTick(value, up.place(value).toFixed(1))),
    ...across.ticks.flatMap((value) => xTick(value, across.place(value).toFixed(1))),
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - BOTTOM + 36}" text-anchor="end" fill="#555555">${text(x.label)}</text>`,
    ...series.flatMap((each, n) => lineOf(each, n, across.place, up.place)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function yTick(value, at) {
  return [
    `<line x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}" stroke="#dddddd"/>`,
    `<text x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${shown(value)}</text>`,
  ];
}

function xTick(value, at) {
  return [
    `<line x1="${at}" y1="${HEIGHT - BOTTOM}" x2="${at}" y2="${HEIGHT - BOTTOM + 5}" stroke="#555555"/>`,
    `<text x="${at}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${shown(value)}</text>`,
  ];
}

function lineOf({ name, points }, n, across, up) {
  const colour = COLOURS[n % COLOURS.length];
  const places = points.map(([x, y]) => [across(x).toFixed(1), up(y).toFixed(1)]);
  const legend = HEIGHT - BOTTOM + 44 + n * 16;
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
    ...places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.5" fill="${colour}"/>`),
    ...points.map(
      ([, y], index) =>
        `<text x="${places[index][0]}" y="${places[index][1]}" dx="6" dy="${n % 2 === 0 ? 14 : -6}" fill="${colour}">${shown(y)}</text>`,
    ),
    `<rect x="${LEFT}" y="${legend - 9}" width="18" height="3" fill="${colour}"/>`,
    `<text x="${LEFT + 26}" y="${legend - 4}">${text(name)}</text>`,
  ];
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [from, name, to] = process.argv.slice(2);
  if (from === undefined || name === undefined || to === undefined) {
    console.error('usage: node bench/plot.mjs RESULT.json NAME OUT.svg');
    process.exit(2);
  }
  const { charts } = JSON.parse(await readFile(from, 'utf8'));
  if (charts?.[name] === undefined) {
    console.error(`${from} has no chart ${name}; it has ${Object.keys(charts ?? {}).join(', ') || 'none'}`);
    process.exit(2);
  }
  await writeFile(to, svgOf(charts[name]));
}
